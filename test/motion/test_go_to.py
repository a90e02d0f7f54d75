"""Planning a go_to: what is refused, and what is changed and reported."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.go_to import error_between
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.poses import pose_from_euler


def plan(goal: BodyGoal, **options: object) -> GoTo:
    """Plan from neutral with the default limits."""
    return plan_go_to(
        goal,
        current=NEUTRAL.values,
        limits=MotionLimits(),
        reach=BoxReach(),
        **options,  # type: ignore[arg-type]
    )


def head(**euler: float) -> BodyGoal:
    """Return a goal for the head."""
    return BodyGoal(head_pose=pose_from_euler(**euler))


@pytest.mark.parametrize('duration', [0.0, -0.5, math.nan, math.inf, 1e9])
def test_a_duration_that_makes_no_sense_is_refused(duration: float) -> None:
    with pytest.raises(GoalError, match=r'duration is .* above 0 and at most 600'):
        plan(head(yaw=0.2), duration=duration)


@pytest.mark.parametrize('speed', [0.0, -1.0, math.nan])
def test_a_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    with pytest.raises(GoalError, match='speed is'):
        plan(head(yaw=0.2), speed=speed)


def test_an_unknown_interpolation_is_refused_with_the_known_ones() -> None:
    with pytest.raises(GoalError, match="unknown interpolation 'bouncy'; known: minjerk"):
        plan(head(yaw=0.2), duration=1.0, interpolation='bouncy')


def test_a_pose_out_of_reach_is_refused_and_the_nearest_one_named() -> None:
    with pytest.raises(GoalError, match=r'out of reach; the nearest is: z: 0.060 -> 0.015'):
        plan(head(z=0.06), duration=1.0)


def test_a_pose_just_out_of_reach_is_nudged_and_reported() -> None:
    move = plan(head(z=0.016), duration=1.0)
    assert move.goal[2] == pytest.approx(0.015)
    assert move.clipped == ('z: 0.016 -> 0.015',)


def test_a_speed_gives_the_duration_by_the_fastest_part() -> None:
    slow = plan(BodyGoal(antennas=(1.1745, -0.1745), body_yaw=0.5), speed=0.5)
    assert slow.duration == pytest.approx(1.875 * 1.0 / 0.5)
    assert plan(BodyGoal(antennas=(1.1745, -0.1745)), speed=2.0).duration == pytest.approx(
        slow.duration / 4.0
    )


def test_the_result_tells_the_error_that_was_measured() -> None:
    move = plan(head(yaw=0.3), duration=0.5)
    move.begin(Motion(NEUTRAL.values, np.zeros(9)))
    short = move.goal.copy()
    short[5] -= 0.05
    short[0] += 0.002
    measured = Measured(BodyState(short))
    assert move.judge(0.6, lambda: measured) is None
    ending = move.judge(1.1, lambda: measured)
    assert ending is not None
    assert ending.state is MoveState.DONE
    assert ending.reason == 'reached within 2.0 mm, 2.86 deg'
    assert move.reached is not None
    assert move.reached.position_error == pytest.approx(0.002)
    assert move.reached.angle_error == pytest.approx(0.05)


def test_an_error_without_the_head_has_no_position() -> None:
    move = plan(BodyGoal(antennas=(0.5, -0.5)), duration=0.5)
    error = error_between(move.goal, NEUTRAL, move.owned)
    assert error.position_error == -1.0
    assert error.angle_error == pytest.approx(0.5 - 0.1745)
