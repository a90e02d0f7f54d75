"""The mixer: which move is in charge, and that nothing ever jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bbia_sim_ros.motion.limits import MAX_STEP_S
from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import MoveState
from support.stage import DT_S
from support.stage import Stage
from support.stage import go


@pytest.mark.parametrize('interpolation', ['minjerk', 'linear', 'ease_in_out', 'cartoon'])
def test_go_to_arrives_in_its_duration_and_follows_its_time_law(
    stage: Stage, interpolation: str
) -> None:
    move = go(stage, duration=0.8, yaw=0.5, pitch=0.2, z=0.01, interpolation=interpolation)
    stage.mixer.start(move)
    took = stage.run_until(lambda: move.state.final, at_most=1.0)
    assert move.state is MoveState.DONE
    assert took == pytest.approx(0.8, abs=3 * DT_S)
    assert np.abs(stage.positions[-1] - move.goal).max() < 1e-6
    assert move.reached is not None
    assert move.reached.close
    stage.assert_smooth()


def test_a_move_that_is_too_fast_is_stretched_and_says_so(stage: Stage) -> None:
    move = go(stage, duration=0.05, yaw=0.6)
    stage.mixer.start(move)
    assert move.clipped[0].startswith('duration 0.05 -> 0.3')
    stage.run_until(lambda: move.state.final, at_most=1.0)
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_parts_that_a_goal_does_not_name_stay(stage: Stage) -> None:
    stage.mixer.start(go(stage, yaw=0.4, antennas=(0.8, -0.8)))
    stage.run(1.2)
    stage.mixer.start(go(stage, antennas=(0.1, -0.1)))
    stage.run(1.2)
    assert stage.positions[-1][5] == pytest.approx(0.4)
    assert stage.positions[-1][6:8] == pytest.approx([0.1, -0.1])


def test_an_equal_priority_replaces_without_a_jump_and_names_the_successor(stage: Stage) -> None:
    first = go(stage, yaw=0.6)
    stage.mixer.start(first)
    stage.run(0.5)
    speed = stage.velocities()[-1][5]
    second = go(stage, yaw=-0.5, antennas=(1.0, -1.0))
    stage.mixer.start(second)
    assert (first.state, first.reason) == (MoveState.ABORTED, 'replaced by go_to')
    stage.step()
    assert stage.velocities()[-1][5] == pytest.approx(speed, rel=0.02)
    stage.run(1.5)
    assert second.state is MoveState.DONE
    assert stage.positions[-1][5] == pytest.approx(-0.5)
    stage.assert_smooth()


def test_a_lower_priority_is_refused_and_told_why(stage: Stage) -> None:
    stage.mixer.start(go(stage, yaw=0.6, priority=60))
    stage.run(0.2)
    with pytest.raises(Refused, match='go_to is in charge with priority 60; go_to has 50'):
        stage.mixer.start(go(stage, yaw=-0.6))
    assert stage.mixer.active is not None
    assert stage.mixer.active.priority == 60


@pytest.mark.parametrize('when', [0.05, 0.25, 0.5, 0.95])
def test_cancel_comes_to_a_standstill_within_three_tenths_of_a_second(
    stage: Stage, when: float
) -> None:
    move = go(stage, duration=1.0, yaw=1.0, z=0.015, antennas=(2.5, -2.5))
    stage.mixer.start(move)
    stage.run(when)
    assert stage.mixer.cancel(move)
    assert move.state is MoveState.STOPPING
    stage.run(0.28)
    here = stage.positions[-1]
    assert (move.state, move.reason) == (MoveState.CANCELLED, 'cancelled')
    stage.run(0.5)
    assert np.abs(stage.positions[-1] - here).max() < 1e-9
    stage.assert_smooth()


def test_cancelling_what_is_not_in_charge_does_nothing(stage: Stage) -> None:
    move = go(stage, yaw=0.3)
    assert not stage.mixer.cancel(move)
    stage.mixer.start(move)
    stage.run(1.2)
    assert not stage.mixer.cancel(move)
    assert move.state is MoveState.DONE


def test_a_move_cannot_be_started_twice(stage: Stage) -> None:
    move = go(stage, yaw=0.3)
    stage.mixer.start(move)
    with pytest.raises(ValueError, match='was started before'):
        stage.mixer.start(move)


def test_limits_can_be_changed_while_moving(stage: Stage) -> None:
    stage.mixer.start(go(stage, duration=0.5, yaw=1.0))
    stage.run(0.25)
    stage.mixer.limits = replace(stage.mixer.limits, turn_velocity_rad_s=0.5)
    stage.run(0.2)
    slow = np.abs(stage.velocities()[-1][5])
    assert slow == pytest.approx(0.5)
    stage.run(3.0)
    assert stage.positions[-1][5] == pytest.approx(1.0)


def test_a_late_loop_delays_the_motion_instead_of_making_it_jump(stage: Stage) -> None:
    move = go(stage, duration=1.0, yaw=0.8)
    stage.mixer.start(move)
    stage.run(0.4)
    before = stage.positions[-1][5]
    stage.mixer.step(3.0, now=stage.now + 3.0)
    output = stage.mixer.step(0.0, now=stage.now + 3.0)
    assert output is not None
    assert output.body.values[5] - before <= stage.mixer.limits.velocity[5] * MAX_STEP_S
    assert move.state is MoveState.RUNNING
