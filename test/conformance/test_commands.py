"""What is answered to commands, and what follows"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest

from bbia_msgs.msg import BodyTarget
from support.backends import Backend
from support.simulator import head_pose
from support.simulator import target
from support.waiting import wait_until

Report = Callable[[str], None]
CHANGE_RAD = 0.02


def test_a_target_moves_the_robot(robot: Backend, report: Report) -> None:
    """A target moves the robot"""
    before = robot.joints[7]
    start = time.monotonic()
    robot.driver.stream_until(
        lambda: abs(robot.joints[7] - before) > CHANGE_RAD, 'a change', antennas=(1.0, -1.0)
    )
    report(f'{1000.0 * (time.monotonic() - start):.0f} ms to the first {CHANGE_RAD} rad')


@pytest.mark.parametrize(
    ('wanted', 'named'),
    [
        pytest.param({'head': head_pose(z=80.0)}, 'z', id='too-high'),
        pytest.param({'head': head_pose(pitch=80.0)}, 'pitch', id='looks-down-too-far'),
        pytest.param({'body_yaw': 3.1}, 'yaw', id='body-too-far'),
        pytest.param({'antennas': (4.0, 0.0)}, 'right_antenna', id='antenna-too-far'),
    ],
)
def test_a_target_out_of_reach_is_clipped_and_named(
    robot: Backend, wanted: dict[str, object], named: str
) -> None:
    """A target out of reach is taken to the nearest one, and `clipped` names what was changed"""
    refused = robot.status.commands_refused
    robot.driver.stream_until(
        lambda: any(named in clip for clip in robot.status.clipped), f'{named} is clipped', **wanted
    )
    assert robot.status.commands_refused == refused
    # Back within reach there is nothing to say any more.
    robot.driver.stream_until(
        lambda: not robot.status.clipped,
        'nothing is clipped',
        head=np.eye(4),
        body_yaw=0.0,
        antennas=(0.0, 0.0),
    )


def test_a_target_out_of_reach_comes_as_near_as_it_can(robot: Backend, report: Report) -> None:
    """A head sent 80 mm up goes up as far as it can"""
    robot.driver.stream_until(
        lambda: robot.driver.head[2, 3] > 0.015, 'it is up', head=head_pose(z=80.0)
    )
    robot.stream(20, head=head_pose(z=80.0))
    height = 1000.0 * robot.driver.head[2, 3]
    assert 15.0 < height < 26.0
    report(f'{height:.1f} mm')


def bad_targets() -> dict[str, BodyTarget]:
    """Return targets that must be refused, by what the reason must say."""
    not_unit, not_finite = target(head=np.eye(4)), target(head=np.eye(4))
    not_unit.head.orientation.w = 2.0
    not_finite.head.position.z = math.nan
    return {
        'NaN': not_finite,
        'normalise': not_unit,
        "frame 'map'": target(head=np.eye(4), frame='map'),
        'antennas (inf': target(antennas=(math.inf, 0.0)),
        'body yaw nan': target(body_yaw=math.nan),
        'is empty': target(),
    }


def refuse(robot: Backend, message: BodyTarget, reason: str) -> None:
    """Publish a target until it is refused for the reason."""
    refused = robot.status.commands_refused

    def publish_and_look() -> bool:
        robot.driver.targets.publish(message)
        status = robot.status
        return status.commands_refused > refused and reason.lower() in status.last_refusal.lower()

    wait_until(publish_and_look, f'the refusal of {reason}', 10.0)


def test_bad_targets_are_refused_and_nothing_moves(robot: Backend, report: Report) -> None:
    """NaN, infinity, a wrong frame, no rotation or nothing at all is refused with its reason"""
    before = robot.joints
    for reason, message in bad_targets().items():
        refuse(robot, message, reason)
    robot.wait_states(20)
    moved = np.abs(robot.joints - before).max()
    assert moved < robot.kind.joint_rad
    report(f'moved {moved:.4f} rad')


def test_the_road_that_is_not_obeyed_is_refused(robot: Backend) -> None:
    """Commands on the road that `command_source` does not name are refused with that reason"""
    with robot.parameters(command_source='joint_commands'):
        refuse(robot, target(body_yaw=0.5), 'command_source is joint_commands')
    robot.stream_joints(
        robot.joints,
        lambda: 'command_source is body_target' in robot.status.last_refusal,
        'the refusal',
    )


def test_targets_of_another_time_are_refused(robot: Backend) -> None:
    """Targets with a stamp too old or in the future are refused with their age"""
    refuse(robot, target(body_yaw=0.5, stamp_s=time.time() - 5.0), 's old')
    refuse(robot, target(body_yaw=0.5, stamp_s=time.time() + 3600.0), 'in the future')
    robot.wait_states(10)
    assert robot.at(yaw_body=0.0)


def test_a_robot_without_commands_holds_its_last_target(robot: Backend, report: Report) -> None:
    """When commands stop, the robot holds the last one, and tells how long ago it was"""
    timeout = 0.3
    with robot.parameters(command_timeout=timeout):
        start = time.monotonic()
        last = 0.0

        def turn() -> bool:
            nonlocal last
            last = 0.8 * (time.monotonic() - start)
            robot.driver.send(body_yaw=last)
            return time.monotonic() - start > 0.6

        wait_until(turn, 'the stream')
        robot.wait_status(lambda now: now.command_age > 2 * timeout, 'the silence is told')
    # A stream is led on by one period of it at most.
    off = abs(robot.joints[0] - last)
    assert off < 0.05
    held = robot.last_joints(10)
    assert np.ptp(held, axis=0).max() < robot.kind.joint_rad
    assert robot.status.connected
    report(f'{off:.3f} rad from the last target')
