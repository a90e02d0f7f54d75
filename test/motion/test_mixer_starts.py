"""How the mixer begins, is stopped, sleeps and wakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.rest import RESTING
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import wake_up
from bbia_sim_ros.robot.names import SLEEP_ANTENNAS_RAD
from bbia_sim_ros.robot.names import SLEEP_HEAD_POSE
from support.stage import DT_S
from support.stage import Stage
from support.stage import go

SLEEP = BodyState.from_parts(head_pose=SLEEP_HEAD_POSE, antennas=SLEEP_ANTENNAS_RAD, body_yaw=0.0)


def test_nothing_leaves_before_a_posture_was_measured(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    mixer = new_mixer()
    assert mixer.step(DT_S, now=1.0) is None
    with pytest.raises(Refused, match='has not reported its posture yet'):
        _ = mixer.posture


def test_the_safe_start_leads_to_neutral_before_anything_else(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.layers.idle_enabled = False
    stage.mixer.begin(SLEEP)
    first = stage.step()
    assert first.active == SAFE_START
    assert np.abs(first.body.values - SLEEP.values).max() < 0.002
    move = go(stage, yaw=0.5)
    stage.mixer.start(move)
    assert move.state is MoveState.WAITING
    stage.run_until(lambda: move.state is MoveState.RUNNING, at_most=4.0)
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 0.01
    stage.run_until(lambda: move.state.final, at_most=2.0)
    stage.assert_smooth()


def test_a_goal_that_waits_is_replaced_or_cancelled_like_one_that_runs(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(SLEEP)
    stage.step()
    first, second = go(stage, yaw=0.5), go(stage, yaw=-0.5)
    stage.mixer.start(first)
    stage.mixer.start(second)
    assert first.state is MoveState.ABORTED
    with pytest.raises(ValueError, match='was started before'):
        stage.mixer.start(second)
    with pytest.raises(Refused):
        stage.mixer.start(go(stage, yaw=0.1, priority=1))
    assert stage.mixer.cancel(second)
    assert second.state is MoveState.CANCELLED


def test_an_emergency_stop_ends_everything_and_refuses_until_a_new_start(stage: Stage) -> None:
    move = go(stage, yaw=0.6)
    stage.mixer.start(move)
    stage.run(0.4)
    stage.mixer.suspend('emergency stop; call rearm')
    assert (move.state, move.reason) == (MoveState.ABORTED, 'emergency stop; call rearm')
    assert stage.mixer.step(DT_S, now=stage.now) is None
    with pytest.raises(Refused, match='does not move: emergency stop; call rearm'):
        stage.mixer.start(move)
    where = BodyState(stage.positions[-1] + 0.01)
    stage.mixer.begin(where)
    output = stage.mixer.step(DT_S, now=stage.now)
    assert output is not None
    assert np.abs(output.body.values - where.values).max() < 0.002


def test_sleep_is_still_and_anything_else_rises_first(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(NEUTRAL)
    sleep = go_to_sleep(stage.mixer.limits)
    stage.mixer.start(sleep)
    stage.run_until(lambda: sleep.state.final, at_most=8.0)
    assert stage.mixer.asleep
    assert stage.run(5.0).layers == ()
    assert np.abs(stage.positions[-1] - RESTING.values).max() < 1e-6
    stage.mixer.gaze.push((1.0, 0.5, 0.0), stage.now)
    assert stage.run(0.3).active == ''
    move = go(stage, yaw=0.3)
    stage.mixer.start(move)
    assert stage.step().active == SAFE_START
    stage.run_until(lambda: move.state.final, at_most=6.0)
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_waking_up_needs_no_safe_start_and_ends_looking_ahead(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(SLEEP)
    stage.run(3.5)
    sleep = go_to_sleep(stage.mixer.limits)
    stage.mixer.start(sleep)
    stage.run_until(lambda: sleep.state.final, at_most=8.0)
    wake = wake_up(stage.mixer.limits)
    stage.mixer.start(wake)
    assert stage.step().label == 'wake_up'
    stage.run_until(lambda: wake.state.final, at_most=6.0)
    assert not stage.mixer.asleep
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 1e-6
    stage.assert_smooth()
