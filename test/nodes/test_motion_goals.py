"""`go_to` and what all goals share: refusals, priorities, cancelling, stopping, several clients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_msgs.action import GoTo
from bbia_msgs.srv import SetMotors
from bbia_sim_ros.motion.body import BODY_YAW
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Motion
from support.motion import Robot
from support.motion import body_of
from support.motion import series
from support.ros import probe
from support.ros import wait_until
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import target

UP = head_pose(pitch=-12, z=5)
DOWN = head_pose(pitch=12)


@pytest.fixture(autouse=True)
def neutral(robot: Robot) -> None:
    """Begin each test at rest, looking straight ahead."""
    robot.straighten()


def test_a_goal_moves_head_antennas_and_body_and_says_how_near_it_came(robot: Robot) -> None:
    wanted = head_pose(pitch=8, yaw=25, x=5)
    goal = robot.motion.go_to(head=wanted, antennas=(0.6, -0.4), body_yaw=0.3)
    status, result = goal.outcome()
    assert status == SUCCEEDED
    assert result.success
    distance, angle = errors(robot.simulator.head, wanted)
    assert distance < 1.0
    assert angle < 0.5
    assert result.position_error < 0.001
    assert result.angle_error < math.radians(0.5)
    assert robot.simulator.position('right_antenna') == pytest.approx(0.6, abs=0.01)
    assert robot.simulator.position('left_antenna') == pytest.approx(-0.4, abs=0.01)
    assert robot.simulator.position('yaw_body') == pytest.approx(0.3, abs=0.01)
    progress = [feedback.progress for feedback in goal.feedback]
    assert progress == sorted(progress)
    assert progress[0] < 0.2
    assert progress[-1] > 0.9


@pytest.mark.parametrize('interpolation', ['minjerk', 'linear', 'ease_in_out', 'cartoon'])
def test_every_interpolation_arrives(robot: Robot, interpolation: str) -> None:
    status, result = robot.motion.go_to(head=UP, interpolation=interpolation).outcome()
    assert status == SUCCEEDED, result.message
    assert errors(robot.simulator.head, UP)[1] < 0.5


def test_without_a_duration_the_speed_counts(robot: Robot) -> None:
    slow = robot.motion.go_to(body_yaw=0.2, duration=0.0, speed=0.4)
    fast = len(slow.feedback)
    assert slow.outcome()[0] == SUCCEEDED
    slow_feedback = len(slow.feedback) - fast
    quick = robot.motion.go_to(body_yaw=0.0, duration=0.0, speed=4.0)
    assert quick.outcome()[0] == SUCCEEDED
    assert len(quick.feedback) < slow_feedback


def test_parts_that_a_goal_leaves_out_stay(robot: Robot) -> None:
    robot.at_rest_at('antennas', antennas=(0.5, -0.5))
    robot.at_rest_at('head', head=UP)
    assert robot.simulator.position('right_antenna') == pytest.approx(0.5, abs=0.01)


def test_a_goal_at_the_edge_is_moved_into_reach_and_says_so(robot: Robot) -> None:
    status, result = robot.motion.go_to(head=head_pose(yaw=80), duration=1.0).outcome()
    assert status == SUCCEEDED
    assert any('body turns' in text for text in result.clipped)
    assert errors(robot.simulator.head, head_pose(yaw=80))[1] < 0.5


@pytest.mark.parametrize(
    ('fields', 'reason'),
    [
        ({'head': UP, 'duration': -1.0}, 'duration is -1.0 s; it must be above 0'),
        ({'head': UP, 'duration': math.nan}, 'duration is nan s'),
        ({'head': UP, 'duration': math.inf}, 'duration is inf s'),
        ({'head': UP, 'duration': 0.0, 'speed': -2.0}, 'speed is -2.0 rad/s'),
        ({'head': UP, 'interpolation': 'spline'}, "unknown interpolation 'spline'; known: minjerk"),
        ({'head': head_pose(z=80)}, 'out of reach; the nearest is'),
        ({'head': UP, 'frame': 'map'}, "unknown frame 'map'; use 'head_neutral' or 'base_link'"),
        ({'antennas': (0.0, math.nan)}, 'left antenna is nan rad'),
        ({'antennas': (4.0, 0.0)}, 'right antenna is 4.0 rad'),
        ({'body_yaw': 3.0}, 'body yaw is 3.0 rad'),
        ({}, 'the goal is empty'),
    ],
)
def test_a_goal_that_cannot_be_met_ends_at_once_with_the_reason(
    robot: Robot, fields: dict[str, object], reason: str
) -> None:
    status, result = robot.motion.go_to(**fields).outcome()
    assert status == ABORTED
    assert not result.success
    assert reason in result.message


def test_a_pose_that_is_not_a_number_is_refused(robot: Robot) -> None:
    message = target(head=UP)
    message.head.position.x = math.nan
    status, result = robot.motion.send('go_to', GoTo.Goal(target=message, duration=1.0)).outcome()
    assert status == ABORTED
    assert 'NaN' in result.message


def test_an_equal_goal_replaces_the_old_one_which_ends_with_the_reason(robot: Robot) -> None:
    old = robot.motion.go_to(head=UP, duration=3.0)
    new = robot.motion.go_to(head=DOWN)
    status, result = old.outcome()
    assert (status, result.message) == (ABORTED, 'replaced by go_to')
    assert new.outcome()[0] == SUCCEEDED
    assert errors(robot.simulator.head, DOWN)[1] < 0.5


def test_a_lower_priority_does_not_interrupt(robot: Robot) -> None:
    important = robot.motion.go_to(head=UP, priority=90)
    robot.motion.wait_active('go_to')
    assert robot.motion.status.priority == 90
    status, result = robot.motion.play_emotion('happy', priority=40).outcome()
    assert status == ABORTED
    assert 'go_to is in charge with priority 90; play_emotion happy has 40' in result.message
    assert important.outcome()[0] == SUCCEEDED


def test_a_cancelled_goal_comes_to_rest_within_its_braking_distance(robot: Robot) -> None:
    goal = robot.motion.go_to(body_yaw=1.0, duration=2.0)
    wait_until(lambda: robot.simulator.position('yaw_body') > 0.3, 'it is under way')
    sent = len(robot.motion.targets)
    goal.cancel()
    heard = len(robot.motion.targets)
    status, result = goal.outcome()
    assert (status, result.success, result.message) == (CANCELED, False, 'cancelled')
    times, values = series(robot.motion.targets[sent:])
    path = values[:, BODY_YAW]
    speed = (np.diff(path) / np.diff(times)).max()
    # A smooth stop of 0.25 s travels half of what it would have at full speed; 20 ms to notice.
    assert path[-1] - path[heard - sent] < speed * (0.125 + 0.04)
    assert path[-1] < 0.8


def test_cancelling_twice_or_too_late_does_no_harm(robot: Robot) -> None:
    goal = robot.motion.go_to(head=UP, duration=2.0)
    goal.cancel()
    goal.cancel()
    assert goal.outcome()[0] == CANCELED
    goal.cancel()
    robot.at_rest_at('down', head=DOWN)


def test_two_clients_take_turns(robot: Robot) -> None:
    with probe() as made:
        rival = Motion(made)
        mine = robot.motion.go_to(head=UP, duration=3.0)
        theirs = rival.go_to(head=DOWN, duration=0.4)
        assert mine.outcome()[1].message == 'replaced by go_to'
        assert theirs.outcome()[0] == SUCCEEDED


def test_a_goal_goes_on_when_its_client_dies(robot: Robot) -> None:
    with probe() as made:
        Motion(made).go_to(body_yaw=0.5, duration=1.0)
    wait_until(lambda: robot.simulator.position('yaw_body') > 0.49, 'the body has turned')
    wait_until(lambda: robot.motion.status.last_end.startswith('go_to: reached'), 'the end')
    robot.at_rest_at('back', body_yaw=0.0)


def test_an_emergency_stop_ends_the_goal_and_rearming_starts_safely(robot: Robot) -> None:
    goal = robot.motion.go_to(head=UP, body_yaw=1.0, duration=3.0)
    wait_until(lambda: robot.simulator.position('yaw_body') > 0.3, 'it is under way')
    robot.call('emergency_stop')
    status, result = goal.outcome()
    assert status == ABORTED
    assert 'emergency stop' in result.message
    wait_until(lambda: 'rearm' in robot.motion.status.detail, 'the status says what to do')
    silent = len(robot.motion.targets)
    status, result = robot.motion.go_to(head=DOWN).outcome()
    assert status == ABORTED
    assert 'call the service rearm' in result.message
    assert len(robot.motion.targets) == silent
    stopped_at = robot.simulator.position('yaw_body')
    seen = len(robot.motion.statuses)
    robot.call('rearm')
    robot.motion.wait_active('safe_start')
    waiting = robot.motion.go_to(head=DOWN)
    assert waiting.outcome()[0] == SUCCEEDED
    sources = [status.active for status in robot.motion.statuses[seen:] if status.active]
    assert list(dict.fromkeys(sources)) == ['safe_start', 'go_to']
    first = body_of(robot.motion.targets[silent])
    assert first[8] == pytest.approx(stopped_at, abs=0.02)
    assert robot.simulator.position('yaw_body') == pytest.approx(0.0, abs=0.01)


def test_motion_waits_while_the_motors_are_off(robot: Robot) -> None:
    request = SetMotors.Request(mode=SetMotors.Request.MODE_COMPLIANT)
    assert robot.probe.call(SetMotors, 'set_motors', request).success
    wait_until(lambda: 'motors are compliant' in robot.motion.status.detail, 'motion waits')
    status, result = robot.motion.play_emotion('happy').outcome()
    assert status == ABORTED
    assert 'set_motors' in result.message
    request = SetMotors.Request(mode=SetMotors.Request.MODE_ON)
    assert robot.probe.call(SetMotors, 'set_motors', request).success
    robot.motion.wait_active('safe_start')
    robot.motion.wait_ready()
