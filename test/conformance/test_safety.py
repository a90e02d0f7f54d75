"""Stop, rearm and motors"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from support.backends import Ability
from support.backends import Backend
from support.simulator import errors
from support.simulator import head_pose
from support.waiting import wait_until

Report = Callable[[str], None]
# At 4 rad/s: 0.1 rad of braking, and what the state is late.
STOPPING_RAD = 0.6
FAR_RAD = 2.4


def turn_far(robot: Backend) -> None:
    """Let the body be on its way to `FAR_RAD`."""
    robot.driver.stream_until(
        lambda: robot.joints[0] > 0.2,
        'the body turns',
        body_yaw=FAR_RAD,
        head=head_pose(yaw=math.degrees(FAR_RAD)),
    )


def test_an_emergency_stop_is_near_and_latched(robot: Backend, report: Report) -> None:
    """An emergency stop in mid-motion stops at once, and is latched against all commands"""
    turn_far(robot)
    robot.trigger('emergency_stop')
    told_at = robot.joints[0]
    robot.wait_status(lambda now: now.emergency_stopped, 'the stop is told')
    robot.driver.stream_until(robot.is_still, 'it stands still', body_yaw=-1.0)
    stopped = robot.joints
    refused = robot.status.commands_refused
    robot.driver.stream_until(
        lambda: robot.status.commands_refused >= refused + 50, 'fifty refusals', body_yaw=-1.0
    )
    assert 'emergency stop' in robot.status.last_refusal
    assert np.abs(robot.joints - stopped).max() < robot.kind.joint_rad
    further = stopped[0] - told_at
    assert abs(further) < STOPPING_RAD
    report(f'{max(further, 0.0):.2f} rad further at 4 rad/s')


def test_rearm_goes_on_from_where_the_robot_is(robot: Backend) -> None:
    """`rearm` lets it go on from where it stopped, without a jump"""
    turn_far(robot)
    robot.trigger('emergency_stop')
    robot.wait_status(lambda now: now.emergency_stopped, 'the stop is told')
    wait_until(robot.is_still, 'it stands still')
    stopped_at = robot.joints
    robot.trigger('rearm')
    robot.wait_status(lambda now: not now.emergency_stopped, 'the stop is released')
    robot.wait_states(20)
    assert np.abs(robot.joints - stopped_at).max() < robot.kind.joint_rad
    robot.driver.stream_until(
        lambda: robot.at(yaw_body=-0.5), 'it moves again', body_yaw=-0.5, head=head_pose()
    )


def test_an_unknown_mode_of_the_motors_is_refused(robot: Backend) -> None:
    """An unknown mode of the motors is refused, and the allowed ones are named"""
    answer = robot.set_motors('limp')
    assert not answer.success
    assert "'limp'" in answer.message
    assert all(mode in answer.message for mode in ('on', 'off', 'compliant'))


def is_refused_for_motors(robot: Backend, mode: str) -> None:
    """Fail unless commands are refused because of the motors' mode, and nothing moves."""
    before = robot.joints[7]
    robot.driver.stream_until(
        lambda: f'motors are {mode}' in robot.status.last_refusal,
        'the refusal',
        antennas=(1.5, 0.0),
    )
    robot.stream(10, antennas=(1.5, 0.0))
    assert abs(robot.joints[7] - before) < 0.5


@pytest.mark.needs(Ability.MOTORS)
@pytest.mark.parametrize('mode', ['off', 'compliant'])
def test_the_answer_about_the_motors_is_true(robot: Backend, mode: str) -> None:
    """Motors off or compliant: answered, told, commands refused; switched on, it moves again"""
    answer = robot.set_motors(mode)
    if Ability.MOTORS in robot.kind.lacks:
        assert not answer.success
        assert 'reports on' in answer.message
    else:
        assert answer.success
        robot.wait_status(lambda now: now.motors == mode, 'the mode is told')
        is_refused_for_motors(robot, mode)
        assert robot.set_motors('on').success
    robot.wait_status(lambda now: now.motors == 'on' and not now.detail, 'it takes commands')
    robot.driver.stream_until(
        lambda: robot.at(right_antenna=0.6), 'it moves again', antennas=(0.6, -0.6)
    )


@pytest.mark.needs(Ability.MOTORS, Ability.GRAVITY)
def test_a_limp_head_sinks_and_is_lifted_again(robot: Backend, report: Report) -> None:
    """With the motors off the head sinks, and is lifted again when they are on"""
    height = robot.driver.head[2, 3]
    answer = robot.set_motors('off')
    assert answer.success is (Ability.MOTORS not in robot.kind.lacks)
    if Ability.GRAVITY in robot.kind.lacks:
        robot.wait_states(20)
        assert abs(robot.driver.head[2, 3] - height) < 1e-3
        return
    robot.driver.stream_until(
        lambda: robot.driver.head[2, 3] < height - 0.005, 'the head sinks', head=np.eye(4)
    )
    sunk = 1000.0 * (height - robot.driver.head[2, 3])
    assert robot.set_motors('on').success
    robot.driver.stream_until(
        lambda: max(errors(robot.driver.head, np.eye(4))) < 1.0, 'the head is up', head=np.eye(4)
    )
    report(f'{sunk:.0f} mm and more')
