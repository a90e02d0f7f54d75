"""Looking at points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.look_at import gaze_angles
from bbia_sim_ros.motion.look_at import gaze_error
from bbia_sim_ros.motion.look_at import plan_look_at
from bbia_sim_ros.motion.look_at import point_of_pixel
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import Stage

COORDINATE = st.floats(-5.0, 5.0)
SHIFT = st.floats(-0.03, 0.03)


@given(st.tuples(*[COORDINATE] * 3), st.tuples(*[SHIFT] * 3))
def test_the_optical_axis_goes_through_the_point(
    point: tuple[float, float, float], head: tuple[float, float, float]
) -> None:
    assume(math.dist(point, head) > 0.15)
    pitch, yaw = gaze_angles(point, head_position=head)
    values = np.array([*head, 0.0, pitch, yaw, 0.0, 0.0, 0.0])
    assert gaze_error(point, values) < 1e-6


def test_a_point_straight_ahead_of_the_camera_needs_no_turn() -> None:
    assert gaze_angles((1.0, 0.0, CAMERA_IN_HEAD_M[2])) == pytest.approx((0.0, 0.0))


def test_up_is_negative_pitch_and_left_is_positive_yaw() -> None:
    pitch, yaw = gaze_angles((1.0, 0.5, 0.6))
    assert pitch < 0.0 < yaw


@pytest.mark.parametrize('point', [(0.0, 0.0, 0.0), (0.05, 0.0, 0.0), (0.0, 0.0, 0.1)])
def test_a_point_inside_or_touching_the_head_is_refused(point: tuple[float, ...]) -> None:
    with pytest.raises(GoalError, match='in front of the camera'):
        gaze_angles(point)


def test_a_point_that_is_not_finite_is_refused() -> None:
    with pytest.raises(GoalError, match='must be finite'):
        gaze_angles((math.nan, 0.0, 0.0))


def test_looking_at_a_point_behind_turns_the_body_along(stage: Stage) -> None:
    point = (-1.0, 0.6, 0.1)
    move = plan_look_at(
        point, current=stage.mixer.posture, limits=stage.mixer.limits, reach=BoxReach()
    )
    assert move.clipped == ('body turns to 104 deg',)
    stage.mixer.start(move)
    stage.run_until(lambda: move.state.final, at_most=5.0)
    assert move.state is MoveState.DONE
    assert gaze_error(point, stage.positions[-1]) < 1e-4
    stage.assert_smooth()


def test_a_point_too_high_is_refused_with_the_nearest_posture(limits: MotionLimits) -> None:
    with pytest.raises(GoalError, match=r'out of reach; the nearest is: pitch'):
        plan_look_at(
            (0.3, 0.0, 2.0), current=NEUTRAL.values, limits=limits, reach=BoxReach(), duration=1.0
        )


@pytest.mark.parametrize('duration', [0.0, -1.0, math.nan, math.inf])
def test_a_duration_that_makes_no_sense_is_refused(limits: MotionLimits, duration: float) -> None:
    with pytest.raises(GoalError, match='duration is'):
        plan_look_at(
            (1.0, 0.2, 0.1),
            current=NEUTRAL.values,
            limits=limits,
            reach=BoxReach(),
            duration=duration,
        )


@given(st.floats(0.0, 640.0), st.floats(0.0, 480.0), st.floats(-0.5, 0.5), st.floats(-0.4, 0.4))
def test_looking_at_the_point_of_a_pixel_centres_that_pixel(
    column: float, row: float, yaw: float, pitch: float
) -> None:
    head = pose_from_euler(pitch=pitch, yaw=yaw, z=0.01)
    intrinsics = (286.0, 286.0, 320.0, 240.0)
    point = point_of_pixel((column, row), intrinsics=intrinsics, head_pose=head, distance=1.5)
    camera = head[:3, :3] @ np.array(CAMERA_IN_HEAD_M) + head[:3, 3]
    in_head = head[:3, :3].T @ (np.array(point) - camera)
    assert np.linalg.norm(in_head) == pytest.approx(1.5)
    assert 320.0 - 286.0 * in_head[1] / in_head[0] == pytest.approx(column, abs=1e-6)
    assert 240.0 - 286.0 * in_head[2] / in_head[0] == pytest.approx(row, abs=1e-6)


def test_a_pixel_that_is_no_number_is_refused() -> None:
    with pytest.raises(GoalError, match='no direction'):
        point_of_pixel((math.nan, 3.0), intrinsics=(286.0,) * 4, head_pose=np.eye(4))
