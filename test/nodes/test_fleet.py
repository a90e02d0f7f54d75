"""Several robots in one process: each obeys its own commands and has its own tf."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from geometry_msgs.msg import PoseStamped
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_sim_ros import stack
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.poses import euler_from_rotation
from support.domains import reserved_domain
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.simulator import head_pose
from support.simulator import pose_of
from support.simulator import target
from support.waiting import wait_until

ONE, TWO = '/robot_1', '/robot_2'


@dataclass
class Seen:
    """What comes from one robot."""

    statuses: list[RobotStatus]
    poses: list[PoseStamped]
    transforms: list[TFMessage]
    fixed: list[TFMessage]

    @property
    def yaw(self) -> float:
        """Yaw of the measured head, degrees."""
        return math.degrees(euler_from_rotation(pose_of(self.poses[-1]))[2])


def watch(watcher: Probe, namespace: str) -> Seen:
    """Subscribe to a robot and wait until it moves."""
    seen = Seen(
        statuses=watcher.collect(RobotStatus, f'{namespace}/robot_status', qos.LATCHED),
        poses=watcher.collect(PoseStamped, f'{namespace}/head_pose'),
        transforms=watcher.collect(TFMessage, f'{namespace}/tf'),
        fixed=watcher.collect(TFMessage, f'{namespace}/tf_static', qos.LATCHED),
    )
    wait_until(lambda: seen.statuses and seen.poses, f'{namespace} is up')
    return seen


@pytest.fixture(scope='module')
def watcher() -> Iterator[Probe]:
    """A probe beside two whole robots in one process, as the table of processes starts them."""
    planned = stack.plan({'robots': '2'})[0]
    with (
        reserved_domain(),
        StackProcess(*planned.nodes, ros_arguments=planned.ros_arguments),
        probe() as made,
    ):
        yield made


@pytest.fixture(scope='module')
def robots(watcher: Probe) -> dict[str, Seen]:
    """What comes from each."""
    return {namespace: watch(watcher, namespace) for namespace in (ONE, TWO)}


def test_a_command_moves_the_robot_that_it_is_for_and_no_other(
    watcher: Probe, robots: dict[str, Seen]
) -> None:
    commands = watcher.publisher(BodyTarget, f'{ONE}/cmd_body')
    pose = head_pose(yaw=20.0)

    def has_turned() -> bool:
        commands.publish(target(head=pose))
        return robots[ONE].yaw > 18.0

    seen_before = len(robots[TWO].poses)
    wait_until(has_turned, 'the first robot turns its head')
    wait_until(lambda: len(robots[TWO].poses) > seen_before + 20, 'news of the second robot')
    others = robots[TWO].poses[seen_before:]
    yaws = [euler_from_rotation(pose_of(message))[2] for message in others]
    assert max(map(abs, yaws)) < math.radians(5.0)


def test_an_emergency_stop_is_one_robots(watcher: Probe, robots: dict[str, Seen]) -> None:
    assert watcher.call(Trigger, f'{TWO}/emergency_stop').success
    wait_until(lambda: robots[TWO].statuses[-1].emergency_stopped, 'the second robot is stopped')
    count = len(robots[ONE].statuses)
    wait_until(lambda: len(robots[ONE].statuses) > count + 1, 'news of the first robot')
    assert not robots[ONE].statuses[-1].emergency_stopped


def test_each_robot_has_a_tf_of_its_own_and_nobody_the_common_one(
    watcher: Probe, robots: dict[str, Seen]
) -> None:
    def frames(messages: list[TFMessage]) -> set[str]:
        return {item.child_frame_id for message in messages for item in message.transforms}

    for seen in robots.values():
        wait_until(lambda seen=seen: seen.transforms and seen.fixed, 'transforms')
    first, second = (robots[namespace] for namespace in (ONE, TWO))
    assert 'head_neutral' in frames(first.fixed)
    assert frames(first.fixed) == frames(second.fixed)
    assert frames(first.transforms) == frames(second.transforms)
    for name in ('/tf', '/tf_static'):
        assert watcher.node.count_publishers(name) == 0
        for namespace in (ONE, TWO):
            assert watcher.node.count_publishers(namespace + name) == 1


def test_a_killed_process_takes_its_own_robots_only_and_they_come_back_as_they_were(
    ros_probe: Probe,
) -> None:
    first = ('simulator_node@/robot_1', 'simulator_node@/robot_2')
    with StackProcess(*first) as doomed, StackProcess('simulator_node@/robot_3') as other:
        lost, kept = watch(ros_probe, ONE), watch(ros_probe, '/robot_3')
        moving = watch(ros_probe, TWO)
        assert ros_probe.call(Trigger, f'{ONE}/emergency_stop').success
        doomed.stop(signal.SIGKILL)
        before = kept.statuses[-1].steps
        wait_until(lambda: kept.statuses[-1].steps > before + 500, 'a second of the third robot')
        assert other.process.poll() is None
        known = [len(seen.statuses) for seen in (lost, moving)]
        with StackProcess(*first):
            for seen, count in zip((lost, moving), known, strict=True):
                wait_until(lambda s=seen, c=count: len(s.statuses) > c, 'the robot is back')
            assert lost.statuses[-1].emergency_stopped
            assert not moving.statuses[-1].emergency_stopped


@pytest.mark.parametrize(
    ('node', 'reason'),
    [
        ('bridge_node@/robot_1', 'bridge_node takes its namespace from the whole process'),
        ('toaster_node@/robot_1', "no node 'toaster_node'"),
    ],
)
def test_a_node_that_cannot_be_there_several_times_is_refused(
    node: str, reason: str, ros_domain: int
) -> None:
    with StackProcess(node) as process:
        assert process.wait() == 2
        assert reason in process.output
