"""The motion node as a process: never a jump on the wire, loss of the robot, clean ends."""

from __future__ import annotations

import math
import random
import signal
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import PointStamped
from std_srvs.srv import SetBool

from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import RecordMove
from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.emotions import EMOTIONS
from bbia_sim_ros.motion.limits import MAX_STEP_S
from bbia_sim_ros.motion.limits import MotionLimits
from support.motion import ABORTED
from support.motion import Goal
from support.motion import Robot
from support.motion import running_robot
from support.motion import series
from support.ros import StackProcess
from support.ros import wait_until
from support.simulator import head_pose
from support.simulator import target

PERIOD_S = 0.01


def random_order(robot: Robot, dice: random.Random) -> Goal | None:
    """Give one order of any kind, good or bad; return its goal if it has one."""
    motion = robot.motion
    pose = head_pose(
        roll=dice.uniform(-15, 15), pitch=dice.uniform(-20, 20), yaw=dice.uniform(-90, 90)
    )
    match dice.randrange(5):
        case 0:
            law = dice.choice(['minjerk', 'linear', 'ease_in_out', 'cartoon'])
            return motion.go_to(head=pose, duration=dice.uniform(0.1, 1.0), interpolation=law)
        case 1:
            return motion.play_emotion(dice.choice(EMOTIONS), dice.random())
        case 2:
            return motion.play_move(dice.choice(['groove', 'robot_pop', 'waltz', 'wake_up']))
        case 3:
            return motion.go_to(antennas=(dice.uniform(-3, 3), dice.uniform(-3, 3)), duration=0.2)
        case _:
            return motion.go_to(head=head_pose(z=90), duration=0.5)


def differences(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the velocities (n - 1, 9), and where they may be compared their changes.

    A busy machine makes the node late or loses a message here. Over a gap of D only the mean
    velocity is known; the one at its end differs from it by no more than acceleration x D / 2,
    which the third value, the time that a change may have taken (m, 1) in s, allows for. A node
    that is later than ``MAX_STEP_S`` delays the motion, so that nothing is told of that time.
    """
    steps = np.diff(times)[:, None]
    velocity = np.diff(values, axis=0) / steps
    allowed_s = steps[1:] + np.where(steps[:-1] > 1.5 * PERIOD_S, steps[:-1] / 2.0, 0.0)
    known = (np.maximum(steps[1:], steps[:-1]) <= MAX_STEP_S)[:, 0]
    return velocity, np.diff(velocity, axis=0)[known], allowed_s[known]


def test_whatever_is_switched_the_targets_on_the_wire_never_jump(fast_robot: Robot) -> None:
    robot = fast_robot
    assert robot.set_parameters('robot', speed=1.0) == ''
    dice = random.Random(20)
    joystick = robot.probe.publisher(BodyTarget, 'cmd_body')
    gaze = robot.probe.publisher(PointStamped, 'cmd_gaze')
    count = len(robot.motion.targets)
    goals: list[Goal] = []
    for turn in range(24):
        goal = random_order(robot, dice)
        goals += [goal] if goal else []
        if turn % 5 == 2:
            goals[-1].cancel()
        until = len(robot.motion.targets) + dice.randrange(5, 45)
        steering = turn % 4 == 3

        def passed(until: int = until, steering: bool = steering) -> bool:
            seen = len(robot.motion.targets)
            if steering:
                joystick.publish(target(head=head_pose(yaw=40 * math.sin(seen / 10))))
            place = PointStamped()
            place.header.frame_id = 'head_neutral'
            place.point.x, place.point.y = 0.7, 0.4
            gaze.publish(place)
            return seen >= until

        wait_until(passed, 'some time passes')
    robot.motion.wait_ready()
    times, values = series(robot.motion.targets[count:])
    assert robot.set_parameters('robot', speed=4.0) == ''
    assert len(times) > 400
    assert np.ptp(values[:, COORDINATES.index('yaw')]) > 0.5
    limits = MotionLimits()
    velocity, change, allowed_s = differences(times, values)
    # Stamps are rounded to nanoseconds, which a second difference at 100 Hz multiplies by 1e4.
    assert (np.abs(velocity) / limits.velocity).max() <= 1.001
    assert (np.abs(change) / (limits.acceleration * 1.001 + 1e-3) / allowed_s).max() <= 1.0


def test_a_paused_simulation_pauses_the_motion(fast_robot: Robot) -> None:
    goal = fast_robot.motion.go_to(head=head_pose(yaw=40), duration=3.0)
    wait_until(lambda: goal.feedback and goal.feedback[-1].progress > 0.2, 'it is under way')
    pause = SetBool.Request(data=True)
    assert fast_robot.probe.call(SetBool, 'simulator/set_pause', pause).success
    count = len(goal.feedback)
    wait_until(lambda: len(goal.feedback) > count + 10, 'feedback goes on')
    # What was under way when the pause came has arrived by now.
    silent, count = len(fast_robot.motion.targets), len(goal.feedback)
    wait_until(lambda: len(goal.feedback) > count + 10, 'feedback goes on')
    assert len(fast_robot.motion.targets) == silent
    assert goal.feedback[-1].progress == goal.feedback[count].progress
    go_on = SetBool.Request(data=False)
    assert fast_robot.probe.call(SetBool, 'simulator/set_pause', go_on).success
    assert goal.outcome()[1].success


def test_a_reset_of_the_simulation_begins_anew_with_a_safe_start(fast_robot: Robot) -> None:
    goal = fast_robot.motion.go_to(head=head_pose(yaw=40), duration=3.0)
    seen = len(fast_robot.motion.statuses)
    fast_robot.call('simulator/reset')
    status, result = goal.outcome()
    assert status == ABORTED
    assert 'the clock went back' in result.message
    fast_robot.motion.wait_ready()
    sources = {status.active for status in fast_robot.motion.statuses[seen:]}
    assert 'safe_start' in sources


def test_motion_is_suspended_while_the_robot_is_not_heard(ros_domain: int) -> None:
    with running_robot() as robot:
        goal = robot.motion.go_to(head=head_pose(yaw=40), duration=10.0)
        assert robot.simulator.process.stop() == 0
        status, result = goal.outcome()
        assert status == ABORTED
        assert 'no state from the robot for 0.5 s' in result.message
        assert 'no state from the robot' in robot.motion.status.detail
        seen = len(robot.motion.statuses)
        with StackProcess('simulator_node'):
            robot.motion.wait_ready()
            # A restart of the driver starts no motion: what is found is held.
            assert {status.active for status in robot.motion.statuses[seen:]} == {''}


def test_ctrl_c_in_the_middle_of_goals_ends_them_with_a_result(
    ros_domain: int, tmp_path: Path
) -> None:
    path = tmp_path / 'half.json'
    with running_robot() as robot:
        goal = robot.motion.send('play_emotion', PlayEmotion.Goal(name='happy', intensity=1.0))
        recording = robot.motion.send('record_move', RecordMove.Goal(name=str(path)))
        wait_until(lambda: goal.feedback and len(recording.feedback) > 5, 'both are under way')
        assert robot.process.stop(signal.SIGINT) == 0
        status, result = goal.outcome()
        assert (status, result.message) == (ABORTED, 'the motion node ends')
        assert recording.outcome()[1].success
        assert path.is_file()
        assert 'Traceback' not in robot.process.output


def test_a_second_motion_node_in_the_namespace_is_refused(fast_robot: Robot) -> None:
    with StackProcess('motion_node') as second:
        assert second.wait() == 2
        assert '/motion already runs' in second.output
        assert 'Traceback' not in second.output


@pytest.mark.parametrize(
    ('parameter', 'reason'),
    [
        ('turn_velocity:=9.0', 'cannot brake'),
        ('rate:=5.0', 'rate'),
        ('emotion_file:=/none.yaml', '/none.yaml'),
    ],
)
def test_a_bad_parameter_ends_the_start_with_one_line(
    ros_domain: int, parameter: str, reason: str
) -> None:
    with StackProcess('motion_node', ros_arguments=('-p', parameter)) as process:
        assert process.wait() == 2
        assert reason in process.output
        assert 'Traceback' not in process.output
