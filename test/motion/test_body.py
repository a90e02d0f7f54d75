"""Body vectors and goals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.body import angle_between
from bbia_sim_ros.motion.body import nearest_turn
from bbia_sim_ros.robot.poses import pose_from_euler

SMALL = st.floats(-1.2, 1.2)
BODY = st.floats(math.radians(-160), math.radians(160))
RELATIVE = st.floats(math.radians(-65), math.radians(65))


@given(SMALL, SMALL, RELATIVE, BODY)
def test_a_posture_survives_the_way_to_a_matrix_and_back(
    roll: float, pitch: float, relative: float, body: float
) -> None:
    values = np.array([0.01, -0.02, 0.005, roll, pitch, body + relative, 0.3, -0.4, body])
    state = BodyState(values)
    again = BodyState.from_parts(
        head_pose=state.head_pose, antennas=state.antennas, body_yaw=state.body_yaw
    )
    assert np.allclose(again.values, values, atol=1e-9)


def test_a_head_turned_past_half_a_turn_stays_on_the_side_of_the_body() -> None:
    assert nearest_turn(math.radians(-170), math.radians(140)) == pytest.approx(math.radians(190))
    assert nearest_turn(math.radians(170), math.radians(-140)) == pytest.approx(math.radians(-190))


def test_a_turn_that_the_body_cannot_make_goes_the_other_way_round() -> None:
    wanted = nearest_turn(math.radians(-100), math.radians(100))
    assert wanted == pytest.approx(math.radians(-100))


def test_a_goal_leaves_out_what_it_does_not_name() -> None:
    current = NEUTRAL.values + 0.01
    values, mask, notes = BodyGoal(antennas=(0.5, -0.6)).resolve(current)
    assert mask.tolist() == [False] * 6 + [True] * 2 + [False]
    assert values[6:8].tolist() == [0.5, -0.6]
    assert np.array_equal(values[~mask], current[~mask])
    assert notes == ()


def test_a_head_that_looks_far_round_takes_the_body_along() -> None:
    goal = BodyGoal(head_pose=pose_from_euler(yaw=math.radians(90)))
    values, mask, notes = goal.resolve(NEUTRAL.values)
    assert math.degrees(values[8]) == pytest.approx(25.0)
    assert mask[8]
    assert notes == ('body turns to 25 deg so that the head reaches',)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        ({}, 'empty'),
        ({'head_pose': np.full((4, 4), math.nan)}, 'NaN'),
        ({'head_pose': np.eye(3)}, '4x4'),
        ({'head_pose': 2.0 * np.eye(4)}, 'last row|orthonormal'),
        ({'antennas': (0.0,)}, 'two angles'),
        ({'antennas': (0.0, math.inf)}, 'left antenna is inf'),
        ({'antennas': (4.0, 0.0)}, 'right antenna is 4.0 rad; allowed'),
        ({'body_yaw': math.nan}, 'body yaw is nan'),
        ({'body_yaw': 3.0}, '160 degrees'),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_with_the_reason(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(GoalError, match=message):
        BodyGoal(**fields)  # type: ignore[arg-type]


def test_a_body_state_takes_only_nine_finite_numbers() -> None:
    for values in (np.zeros(8), np.full(9, math.nan)):
        with pytest.raises(GoalError, match='nine finite numbers'):
            BodyState(values)


def test_the_angle_between_two_poses_is_that_of_the_turn_between_them() -> None:
    first, second = pose_from_euler(yaw=0.2), pose_from_euler(yaw=0.7)
    assert angle_between(first, second) == pytest.approx(0.5)
    assert angle_between(first, first) == pytest.approx(0.0, abs=1e-7)
