"""The real robot's body against a peer that says what the test wants."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.hardware.diagnosis import Severity
from bbia_sim_ros.hardware.link import DaemonLink
from bbia_sim_ros.hardware.parameters import HardwareParameters
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.robot import HardwareRobot
from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.driver import BodyStatus
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.driver_parameters import make_gate
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import SLEEP_JOINTS_RAD
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.assets import prepare
from support.scripted_daemon import HOST
from support.scripted_daemon import ScriptedDaemon
from support.scripted_daemon import joints_frame
from support.waiting import wait_until


def no_status() -> StatusMessage:
    raise DriverError('this peer has no REST interface')


class Driven:
    """A robot, its link and its peer; every look at it is one control period."""

    def __init__(self, daemon: ScriptedDaemon) -> None:
        values = HardwareParameters()
        self.daemon = daemon
        self.link = DaemonLink(HOST, daemon.port, ask_status=no_status, on_state=lambda: None)
        self.robot = HardwareRobot(
            self.link,
            make_gate(prepare().kinematics_data, values),
            clock=time.monotonic,
            stale_after=values.stale_after,
            neutral_duration=values.neutral_duration,
        )
        self.states: list[RobotState] = []
        self.link.start()

    def tick(self) -> BodyStatus:
        state = self.robot.tick(now=time.time())
        if state is not None:
            self.states.append(state)
        return self.robot.status(now=time.time())

    def until(self, text: str, *, connected: bool = True) -> None:
        """Tick until the status is so and its detail contains the text."""

        def fits() -> bool:
            status = self.tick()
            return status.connected is connected and text in status.detail

        wait_until(fits, f'connected {connected} and {text!r}')

    def until_ready(self) -> None:
        wait_until(lambda: self.tick().connected and self.tick().detail == '', 'a ready robot')

    def head_frames(self) -> list[list[float]]:
        return [frame['joints'] for frame in self.daemon.of_type('set_head_joints')]


@pytest.fixture
def driven() -> Iterator[Driven]:
    with ScriptedDaemon() as daemon:
        made = Driven(daemon)
        yield made
        made.link.close()


def pose_frame(pose: np.ndarray) -> str:
    return json.dumps({'type': 'head_pose', 'head_pose': pose.tolist()})


def command(**fields: Any) -> BodyCommand:
    return BodyCommand(**fields)


def test_a_robot_that_stands_is_left_alone_until_somebody_commands(driven: Driven) -> None:
    driven.until_ready()
    wait_until(lambda: driven.tick() and len(driven.states) > 20, 'some states')
    assert driven.daemon.received == []
    driven.robot.command_body(command(body_yaw=0.2), now=time.time())
    wait_until(lambda: driven.tick() and driven.head_frames(), 'a target')


def test_the_first_target_is_where_the_robot_is(driven: Driven) -> None:
    turned = [0.5, 0.5301, -0.8092, 0.5301, -0.8092, 0.5301, -0.8092]
    driven.daemon.frames = [joints_frame(turned, (1.0, -1.0))]
    wait_until(lambda: driven.tick().connected, 'a connection')
    driven.robot.command_body(command(head_pose=np.eye(4), body_yaw=0.0), now=time.time())
    wait_until(lambda: driven.tick() and len(driven.head_frames()) > 3, 'targets')
    assert driven.head_frames()[0] == pytest.approx(turned, abs=0.02)
    assert driven.daemon.of_type('set_antennas')[0]['antennas'] == pytest.approx([1.0, -1.0])


def test_a_robot_that_sleeps_is_found_where_it_is(driven: Driven) -> None:
    antennas = (-SLEEP_JOINTS_RAD[ANTENNAS_SLICE]).tolist()
    driven.daemon.frames = [joints_frame(SLEEP_JOINTS_RAD[:7].tolist(), tuple(antennas))]
    driven.until_ready()
    wait_until(lambda: driven.tick() and driven.states, 'a state')
    assert driven.states[-1].joints == pytest.approx(SLEEP_JOINTS_RAD)
    assert driven.states[-1].head_pose[2, 3] == pytest.approx(-0.044, abs=0.008)


def test_the_head_pose_is_that_of_the_joints_whatever_the_daemon_says(driven: Driven) -> None:
    # What a daemon reported for neutral joints after a random jump.
    wrong = pose_from_euler(z=-0.107, yaw=math.pi)
    driven.daemon.frames = [joints_frame(), pose_frame(wrong)]
    driven.until_ready()
    wait_until(lambda: driven.tick() and driven.states, 'a state')
    assert driven.states[-1].head_pose == pytest.approx(np.eye(4), abs=1e-3)
    finding = wait_until(
        lambda: next(
            (
                one
                for one in driven.robot.diagnose()
                if one.name == 'head pose' and one.severity is Severity.WARN
            ),
            None,
        ),
        'the disagreement',
    )
    assert 'ours is published' in finding.message
    assert float(finding.values['angle, deg']) == pytest.approx(180.0, abs=0.1)


def test_joints_that_fit_no_head_are_refused_and_forgotten(driven: Driven) -> None:
    driven.daemon.frames = [joints_frame([0.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0])]
    driven.until('fit no pose', connected=False)
    verdict = driven.robot.command_body(command(body_yaw=0.1), now=time.time())
    assert not verdict.accepted
    driven.daemon.frames = [joints_frame()]
    driven.until_ready()


def test_a_state_is_given_once_with_the_time_of_its_arrival(driven: Driven) -> None:
    before = time.time()
    driven.until_ready()
    wait_until(lambda: driven.tick() and len(driven.states) > 10, 'states')
    stamps = [state.stamp for state in driven.states]
    assert all(stamp is not None and before <= stamp <= time.time() for stamp in stamps)
    assert len(set(stamps)) == len(stamps)
    assert np.isnan(driven.states[-1].efforts).all()


def test_a_robot_that_does_not_follow_is_told(driven: Driven) -> None:
    driven.until_ready()

    def stray() -> bool:
        driven.robot.command_body(command(antennas=(1.0, 0.0)), now=time.time())
        return 'another program' in driven.tick().detail

    wait_until(stray, 'the complaint')
    assert driven.tick().detail.startswith('right_antenna is 1.00 rad')
    motors = next(one for one in driven.robot.diagnose() if one.name == 'motors')
    assert motors.severity is Severity.WARN
    driven.daemon.frames = [joints_frame(antennas=(-1.0, 0.0))]
    wait_until(lambda: driven.tick().detail == '', 'obedience')


def test_a_stop_that_the_robot_cannot_hear_is_latched_and_says_so(driven: Driven) -> None:
    driven.until_ready()
    driven.daemon.talks.clear()
    driven.until('older than', connected=False)
    with pytest.raises(DriverError, match='power switch'):
        driven.robot.emergency_stop()
    driven.daemon.talks.set()
    wait_until(lambda: driven.tick().connected, 'the robot')
    assert driven.tick().emergency_stopped
    assert not driven.robot.command_body(command(body_yaw=0.1), now=time.time()).accepted
    driven.robot.rearm()
    assert driven.robot.command_body(command(body_yaw=0.1), now=time.time()).accepted


def test_a_stop_ends_a_move_that_the_daemon_plays(driven: Driven) -> None:
    driven.until_ready()
    driven.robot.emergency_stop()
    wait_until(lambda: driven.daemon.of_type('stop_move'), 'stop_move')


def test_an_absent_robot_is_not_armed(driven: Driven) -> None:
    with pytest.raises(DriverError, match='not been reached'):
        driven.robot.rearm()
