"""When the robot may be driven, step by step and without a network."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bbia_sim_ros.hardware.link_state import Arrived
from bbia_sim_ros.hardware.link_state import LinkState
from bbia_sim_ros.hardware.protocol import Message
from bbia_sim_ros.hardware.protocol import TaskEndMessage
from bbia_sim_ros.hardware.protocol import parse
from bbia_sim_ros.hardware.readiness import SETTLE_S
from bbia_sim_ros.hardware.readiness import Phase
from bbia_sim_ros.hardware.readiness import Readiness
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors
from support.scripted_daemon import joints_frame
from support.scripted_daemon import status_fields

NEUTRAL_DURATION_S = 1.0


class Peer:
    """What the link would know of a peer that tells its state at every moment."""

    def __init__(self) -> None:
        self.now = 100.0
        self.state = LinkState(connected=True, connection=1)
        self.requests: list[dict[str, Any]] = []
        self.readiness = Readiness(
            address='robot:8000',
            request=self._request,
            stale_after=0.2,
            neutral_duration=NEUTRAL_DURATION_S,
        )
        self.mode = 'enabled'

    def _request(self, frame: str) -> bool:
        self.requests.append(json.loads(frame))
        return True

    def pass_time(self, seconds: float = 0.5, *, stopped: bool = False, **status: Any) -> Phase:
        self.now += seconds
        backend = {'motor_control_mode': self.mode, 'error': None}
        for frame in (joints_frame(), json.dumps(status_fields(backend_status=backend) | status)):
            message = parse(frame)
            assert message is not None
            self.take(message)
        return self.update(stopped=stopped)

    def take(self, message: Message) -> None:
        self.state = self.state.with_message(message, monotonic=self.now, wall=0.0)

    def update(self, *, stopped: bool = False) -> Phase:
        self.readiness.update(self.state, now=self.now, stopped=stopped)
        return self.readiness.phase


@pytest.fixture
def peer() -> Peer:
    return Peer()


def test_a_robot_with_its_motors_on_is_ready_at_once(peer: Peer) -> None:
    assert peer.readiness.phase is Phase.ABSENT
    assert peer.pass_time() is Phase.READY
    assert peer.readiness.why == ''
    assert peer.requests == []


def test_without_a_fresh_state_the_robot_is_absent(peer: Peer) -> None:
    peer.pass_time()
    peer.now += 0.21
    assert peer.update() is Phase.ABSENT
    assert 'older than 0.2 s' in peer.readiness.why
    assert peer.pass_time() is Phase.READY


def test_a_daemon_that_does_not_drive_its_robot_is_absent(peer: Peer) -> None:
    assert peer.pass_time(state='error', error='no motors found') is Phase.ABSENT
    assert peer.readiness.why == 'the daemon is error: no motors found'


def test_before_the_first_status_nobody_knows_whether_it_is_ready(peer: Peer) -> None:
    message = parse(joints_frame())
    assert message is not None
    peer.take(message)
    assert peer.update() is Phase.ABSENT
    assert 'not told its state yet' in peer.readiness.why


@pytest.mark.parametrize('mode', ['disabled', 'gravity_compensation'])
def test_without_torque_it_is_limp(peer: Peer, mode: str) -> None:
    peer.mode = mode
    assert peer.pass_time() is Phase.LIMP
    assert 'set_motors' in peer.readiness.why


def test_motors_switched_on_by_us_go_to_neutral_before_anything_else(peer: Peer) -> None:
    peer.mode = 'disabled'
    peer.pass_time()
    peer.readiness.begin_switch(Motors.ON)
    peer.mode = 'enabled'
    assert 'neutral' in peer.readiness.end_switch(Motors.ON, Motors.ON, now=peer.now)
    assert peer.pass_time() is Phase.SETTLING
    (task,) = peer.requests
    assert task['req']['duration'] == NEUTRAL_DURATION_S
    assert peer.pass_time() is Phase.SETTLING
    peer.take(TaskEndMessage(task['uuid'], ''))
    assert peer.pass_time() is Phase.READY
    assert len(peer.requests) == 1


def test_a_way_to_neutral_that_never_ends_is_not_waited_for_for_ever(peer: Peer) -> None:
    peer.mode = 'disabled'
    peer.pass_time()
    peer.readiness.begin_switch(Motors.ON)
    peer.mode = 'enabled'
    peer.readiness.end_switch(Motors.ON, Motors.ON, now=peer.now)
    peer.pass_time()
    assert peer.pass_time(NEUTRAL_DURATION_S) is Phase.SETTLING
    assert peer.pass_time(SETTLE_S) is Phase.READY


def test_motors_switched_on_by_another_program_are_left_to_it_for_a_while(peer: Peer) -> None:
    peer.mode = 'disabled'
    peer.pass_time()
    peer.mode = 'enabled'
    assert peer.pass_time() is Phase.SETTLING
    assert 'another program' in peer.readiness.why
    assert peer.pass_time(SETTLE_S) is Phase.READY
    assert peer.requests == []


def test_with_the_stop_latched_motors_come_on_without_a_movement(peer: Peer) -> None:
    peer.mode = 'disabled'
    peer.pass_time(stopped=True)
    peer.readiness.begin_switch(Motors.ON)
    peer.mode = 'enabled'
    peer.readiness.end_switch(Motors.ON, Motors.ON, now=peer.now)
    for _ in range(10):
        assert peer.pass_time(stopped=True) is Phase.LIMP
    assert 'emergency stop' in peer.readiness.why
    assert peer.requests == []
    assert peer.pass_time(stopped=False) is Phase.SETTLING
    assert len(peer.requests) == 1


def test_a_switch_that_the_daemon_only_claims_is_an_error_and_changes_nothing(peer: Peer) -> None:
    peer.pass_time()
    peer.readiness.begin_switch(Motors.OFF)
    assert peer.pass_time() is Phase.LIMP
    with pytest.raises(DriverError, match='asked for motors off, but the daemon reports on'):
        peer.readiness.end_switch(Motors.OFF, Motors.ON, now=peer.now)
    assert peer.pass_time() is Phase.READY
    assert peer.requests == []


def test_a_switch_without_an_answer_leaves_it_to_the_next_status(peer: Peer) -> None:
    peer.pass_time()
    peer.readiness.begin_switch(Motors.OFF)
    peer.readiness.end_switch(Motors.OFF, None, now=peer.now)
    peer.mode = 'disabled'
    assert peer.pass_time() is Phase.LIMP
    assert peer.readiness.motors is Motors.OFF


def test_a_status_from_before_the_switch_is_not_believed(peer: Peer) -> None:
    peer.pass_time()
    peer.readiness.begin_switch(Motors.OFF)
    peer.readiness.end_switch(Motors.OFF, Motors.OFF, now=peer.now)
    assert peer.pass_time(0.05) is Phase.LIMP
    assert peer.readiness.motors is Motors.OFF


def test_nothing_of_an_old_connection_holds_for_a_new_one(peer: Peer) -> None:
    peer.mode = 'disabled'
    peer.pass_time()
    peer.state = replace(peer.state, connection=2)
    peer.mode = 'enabled'
    assert peer.pass_time() is Phase.READY


def test_motors_of_an_absent_robot_cannot_be_switched(peer: Peer) -> None:
    with pytest.raises(DriverError, match='has not been reached yet'):
        peer.readiness.begin_switch(Motors.ON)


def test_what_arrived_keeps_both_clocks() -> None:
    message = parse(joints_frame())
    assert message is not None
    joints = LinkState().with_message(message, monotonic=3.0, wall=5.0).joints
    assert isinstance(joints, Arrived)
    assert (joints.monotonic, joints.wall) == (3.0, 5.0)
