"""A simulator that is killed and started again: what held the robot back still does."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from std_srvs.srv import Trigger

from bbia_msgs.srv import SetMotors
from bbia_sim_ros.robot.lasting_state import LastingState
from support.simulator import Simulator


def kill(simulator: Simulator) -> None:
    """End it as a crash would."""
    assert simulator.process.stop(signal.SIGKILL) == -signal.SIGKILL


@pytest.fixture
def left_behind(ros_domain: int) -> Path:
    """The file that the driver leaves behind."""
    return LastingState(ros_domain, '/robot').path


def test_an_emergency_stop_outlives_its_driver_until_rearm(start_simulator) -> None:
    first = start_simulator()
    assert first.probe.call(Trigger, 'emergency_stop').success
    kill(first)
    second = start_simulator()
    assert second.status.emergency_stopped
    assert 'did not end by itself' in second.process.output
    second.stream_until(
        lambda: 'emergency stop' in second.status.last_refusal, 'a refusal', body_yaw=0.5
    )
    assert second.status.commands_accepted == 0
    assert second.probe.call(Trigger, 'rearm').success
    second.stream_until(lambda: second.position('yaw_body') > 0.4, 'it moves again', body_yaw=0.5)


@pytest.mark.parametrize('mode', ['off', 'compliant'])
def test_motors_stay_as_they_were_switched(start_simulator, mode: str) -> None:
    first = start_simulator()
    assert first.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode=mode)).success
    kill(first)
    second = start_simulator()
    assert second.status.motors == mode
    assert not second.status.emergency_stopped
    second.stream_until(
        lambda: f'motors are {mode}' in second.status.last_refusal, 'a refusal', body_yaw=0.5
    )
    assert second.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode='on')).success
    second.stream_until(lambda: second.position('yaw_body') > 0.4, 'it moves again', body_yaw=0.5)


def test_what_was_released_before_the_crash_is_not_held_back(
    start_simulator, left_behind: Path
) -> None:
    first = start_simulator()
    assert first.probe.call(Trigger, 'emergency_stop').success
    assert left_behind.is_file()
    assert first.probe.call(Trigger, 'rearm').success
    kill(first)
    assert not start_simulator().status.emergency_stopped


def test_after_a_clean_end_a_start_is_a_fresh_one(start_simulator, left_behind: Path) -> None:
    first = start_simulator()
    assert first.probe.call(Trigger, 'emergency_stop').success
    assert left_behind.is_file()
    assert first.process.stop() == 0
    assert not left_behind.exists()
    assert not start_simulator().status.emergency_stopped


def test_what_cannot_be_read_stops_the_robot_until_rearm(
    start_simulator, left_behind: Path
) -> None:
    left_behind.write_text('{"emergency_stopped": fal')
    simulator = start_simulator()
    assert simulator.status.emergency_stopped
    assert f'{left_behind} cannot be read' in simulator.process.output
    assert simulator.probe.call(Trigger, 'rearm').success
    assert not left_behind.exists()


def test_a_stop_that_could_not_be_written_holds_after_a_crash_all_the_same(
    start_simulator, left_behind: Path
) -> None:
    first = start_simulator()
    # In the way of the file that is written first, as a full disk is.
    left_behind.with_suffix('.new').mkdir()
    assert first.probe.call(Trigger, 'emergency_stop').success
    assert f'{left_behind} cannot be written' in first.process.output
    kill(first)
    second = start_simulator()
    assert second.status.emergency_stopped
    assert second.probe.call(Trigger, 'rearm').success
    kill(second)
    assert not start_simulator().status.emergency_stopped


def test_a_stop_that_could_not_be_written_and_was_released_is_forgotten(
    start_simulator, left_behind: Path
) -> None:
    first = start_simulator()
    left_behind.with_suffix('.new').mkdir()
    assert first.probe.call(Trigger, 'emergency_stop').success
    assert left_behind.read_bytes() == b''
    assert first.probe.call(Trigger, 'rearm').success
    assert not left_behind.exists()
