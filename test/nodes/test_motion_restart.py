"""A motion node that is killed and started again: it moves nothing, and it knows the emotion."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from std_msgs.msg import Header

from bbia_msgs.action import GoTo
from bbia_msgs.msg import Emotion
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.motion_memory import MotionMemory
from bbia_sim_ros.nodes.orders import OrderError
from bbia_sim_ros.nodes.orders import Orders
from bbia_sim_ros.robot.lasting_state import LastingState
from support.motion import Motion
from support.motion import Robot
from support.motion import body_of
from support.motion import running_robot
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import head_pose
from support.simulator import target
from support.waiting import DEADLINE_S
from support.waiting import wait_until

STILL = ('-p', 'idle:=false')
# The head sags by its weight, and the measurement is held instead of the target.
HELD_RAD = 0.02


def kill_motion(robot: Robot) -> None:
    """End the motion node as a crash would."""
    assert robot.process.stop(signal.SIGKILL) == -signal.SIGKILL


def turned_robot(robot: Robot) -> np.ndarray:
    """Bring the robot to a posture that is not neutral, and return its body vector (9,)."""
    robot.at_rest_at('a turned posture', head=head_pose(yaw=25, pitch=8), body_yaw=0.3)
    return body_of(robot.motion.targets[-1])


def test_a_killed_motion_node_comes_back_holding_and_replays_nothing(ros_domain: int) -> None:
    with running_robot(idle=False) as robot:
        here = turned_robot(robot)
        robot.motion.go_to(head=head_pose(yaw=-40), duration=20.0)
        robot.motion.wait_active('go_to')
        kill_motion(robot)
        with StackProcess('motion_node', ros_arguments=STILL):
            again = Motion(robot.probe)
            again.wait_ready()
            targets = wait_until(lambda: again.targets[200:], 'two seconds of targets')
            assert {status.active for status in again.statuses} == {''}
            bodies = np.array([body_of(message) for message in targets])
            assert np.ptp(bodies, axis=0).max() < 1e-6
            assert np.abs(bodies[-1] - here).max() < 0.1 + HELD_RAD
            again.go_to(head=head_pose(yaw=10)).outcome()


def test_who_waits_for_a_goal_of_a_killed_node_learns_that_it_is_lost(ros_domain: int) -> None:
    with running_robot(idle=False) as robot, ThreadPoolExecutor() as threads:
        orders = robot.probe.make(lambda node: Orders(node, {'go_to': GoTo}))
        goal = GoTo.Goal(target=target(head=head_pose(yaw=20)), duration=600.0)
        waiting = threads.submit(orders.perform, 'go_to', goal, threading.Event())
        robot.motion.wait_active('go_to')
        kill_motion(robot)
        with (
            StackProcess('motion_node', ros_arguments=STILL),
            pytest.raises(OrderError, match='go_to was lost: the node'),
        ):
            waiting.result(DEADLINE_S)


def test_after_a_clean_end_motion_begins_with_a_safe_start(ros_domain: int) -> None:
    with running_robot(idle=False) as robot:
        turned_robot(robot)
        assert robot.process.stop() == 0
        with StackProcess('motion_node', ros_arguments=STILL):
            again = Motion(robot.probe)
            wait_until(lambda: again.statuses, 'its first status')
            again.wait_active('safe_start')


def test_the_emotion_survives_the_motion_node(ros_domain: int) -> None:
    with running_robot() as robot:
        assert robot.motion.play_emotion('happy', 0.5).outcome()[1].success
        kill_motion(robot)
        with StackProcess('motion_node'):
            heard = robot.probe.collect(Emotion, 'emotion', qos.LATCHED)
            wait_until(lambda: heard, 'the emotion')
            assert (heard[0].name, heard[0].intensity) == ('happy', 0.5)


def test_older_emotions_that_others_have_latched_do_not_replace_the_kept_one(
    ros_probe: Probe,
) -> None:
    now = ros_seconds(ros_probe.node)
    MotionMemory(ros_probe.node).keep(felt('happy', now - 10.0))
    memory = MotionMemory(ros_probe.node)
    assert memory.emotion == felt('happy', now - 10.0)
    assert memory.is_outdated(felt('sad', now - 20.0))
    assert not memory.is_outdated(felt('sad', now - 5.0))
    assert not memory.is_outdated(Emotion(name='sad'))


def test_a_clock_that_was_set_back_makes_no_emotion_old(ros_probe: Probe) -> None:
    now = ros_seconds(ros_probe.node)
    MotionMemory(ros_probe.node).keep(felt('happy', now + 1000.0))
    assert not MotionMemory(ros_probe.node).is_outdated(felt('sad', now))


@pytest.mark.parametrize('text', ['[]', '{"emotion": 3}', '{"emotion": "sad", "stamp": "now"}'])
def test_a_memory_that_cannot_be_read_is_forgotten_but_not_that_there_was_one(
    ros_probe: Probe, ros_domain: int, text: str
) -> None:
    node = ros_probe.node
    MotionMemory(node).keep(felt('happy', 1.0))
    LastingState(ros_domain, node.get_fully_qualified_name()).path.write_text(text)
    memory = MotionMemory(node)
    assert memory.found
    assert memory.emotion is None


def felt(name: str, stamp_s: float) -> Emotion:
    """Return an emotion felt at a time, s."""
    return Emotion(header=Header(stamp=time_message(stamp_s)), name=name, intensity=0.5)
