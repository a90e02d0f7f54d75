"""A robot that goes away and comes back"""

from __future__ import annotations

import time
from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus

from support.backends import STALE_S
from support.backends import Backend
from support.waiting import wait_until

Report = Callable[[str], None]
SILENCE_S = 0.3


def loss_is_told(robot: Backend, reason: str) -> None:
    """Wait until the driver says that the robot is away; fail unless nothing claims otherwise."""
    robot.wait_status(
        lambda now: not now.connected and reason in now.detail, f'the loss is told: {reason}'
    )
    wait_until(
        lambda: (found := robot.diagnosis('connection')) and found.level == DiagnosticStatus.ERROR,
        'the loss is an error in the diagnostics',
    )
    states = wait_silence(robot)
    robot.driver.stream_until(
        lambda: reason in robot.status.last_refusal, 'commands are refused for it', body_yaw=0.3
    )
    assert len(robot.driver.joint_states) == states


def wait_silence(robot: Backend) -> int:
    """Wait until no state has come for `SILENCE_S`; return how many came so far."""
    states, since = len(robot.driver.joint_states), time.monotonic()

    def is_silent() -> bool:
        nonlocal states, since
        if len(robot.driver.joint_states) > states:
            states, since = len(robot.driver.joint_states), time.monotonic()
        return time.monotonic() - since > SILENCE_S

    wait_until(is_silent, 'no states come')
    return states


def moves_again(robot: Backend) -> float:
    """Return how long it took until the robot moved as it is told, s."""
    start = time.monotonic()
    robot.driver.stream_until(lambda: robot.at(yaw_body=0.5), 'it moves', body_yaw=0.5)
    return time.monotonic() - start


def test_a_robot_that_stands_still_in_time_is_not_taken_for_fresh(
    robot: Backend, report: Report
) -> None:
    """A frozen robot is not taken for a fresh one, and when it wakes up motion goes on"""
    with robot.frozen():
        wait_silence(robot)
        if robot.daemon is not None:
            loss_is_told(robot, f'older than {STALE_S} s')
    robot.wait_status(lambda now: now.connected, 'it is back')
    report(f'{moves_again(robot):.1f} s to the target')


def test_a_robot_that_was_killed_is_driven_again(robot: Backend, report: Report) -> None:
    """A robot that was killed is missed, and driven again when it is back"""
    robot.kill()
    if robot.daemon is not None:
        loss_is_told(robot, 'no connection to')
    else:
        # Driver and robot are one process: nobody is left to tell anything.
        wait_until(
            lambda: robot.probe.node.count_publishers('joint_states') == 0, 'nobody tells a state'
        )
    robot.revive()
    back = time.monotonic()
    robot.wait_status(lambda now: now.connected, 'it is back')
    moves_again(robot)
    report(f'{time.monotonic() - back:.1f} s to the target')
