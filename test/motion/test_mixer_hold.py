"""The mixer that begins after a crash: it holds what it finds until somebody asks for more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import time_law
from bbia_sim_ros.robot.names import SLEEP_ANTENNAS_RAD
from bbia_sim_ros.robot.names import SLEEP_HEAD_POSE
from support.stage import Stage

SLEEP = BodyState.from_parts(head_pose=SLEEP_HEAD_POSE, antennas=SLEEP_ANTENNAS_RAD, body_yaw=0.0)
TURNED = NEUTRAL.values.copy()
TURNED[COORDINATES.index('yaw')] = 0.4


def go_to_neutral(limits: MotionLimits) -> GoTo:
    return GoTo(
        NEUTRAL.values, owned=WHOLE_BODY, duration=1.0, law=time_law('minjerk'), limits=limits
    )


def test_the_posture_that_is_found_is_held_until_a_goal_comes(
    new_mixer: Callable[[], MotionMixer], limits: MotionLimits
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.layers.idle_enabled = False
    stage.mixer.begin(BodyState(TURNED), hold=True)
    stage.run(2.0)
    assert np.abs(stage.positions - TURNED).max() < 1e-9
    move = go_to_neutral(limits)
    stage.mixer.start(move)
    stage.run_until(lambda: move.state is MoveState.DONE, at_most=3.0)
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 0.01
    stage.assert_smooth()


def test_it_breathes_around_the_posture_that_is_found(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(BodyState(TURNED), hold=True)
    stage.run(6.0)
    away = np.abs(np.array(stage.positions) - TURNED).max()
    assert 1e-3 < away < 0.1
    stage.assert_smooth()


def test_a_robot_that_is_found_asleep_stays_so_and_rises_before_its_first_goal(
    new_mixer: Callable[[], MotionMixer], limits: MotionLimits
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(SLEEP, hold=True)
    stage.run(3.0)
    assert stage.mixer.asleep
    assert np.abs(np.array(stage.positions) - SLEEP.values).max() < 1e-9
    stage.mixer.start(go_to_neutral(limits))
    assert stage.step().active == SAFE_START
