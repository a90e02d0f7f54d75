"""`state_node` over DDS: the tree it publishes is the robot that the simulator measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.poses import pose_from_message
from bbia_sim_ros.robot.transforms import TransformTree
from support.ros import StackProcess
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import pose_of
from support.waiting import wait_until


def matrix(transform: TransformStamped) -> np.ndarray:
    place, turn = transform.transform.translation, transform.transform.rotation
    return pose_from_message((place.x, place.y, place.z), (turn.x, turn.y, turn.z, turn.w))


def look_up(transforms: dict[str, TransformStamped], frame: str) -> np.ndarray:
    """Return the pose of a frame in the root by following the parents."""
    pose = np.eye(4)
    while frame in transforms:
        pose = matrix(transforms[frame]) @ pose
        frame = transforms[frame].header.frame_id
    assert frame == 'base_link'
    return pose


@pytest.mark.parametrize('namespace', ['', 'left'])
def test_the_head_in_tf_is_the_measured_head(start_simulator, namespace: str) -> None:
    simulator = start_simulator(namespace)
    remaps = ('-r', f'__ns:=/{namespace}', '-r', '/tf:=tf', '-r', '/tf_static:=tf_static')
    with StackProcess('state_node', ros_arguments=remaps if namespace else ()):
        prefix = '' if namespace else '/'
        static = simulator.probe.collect(TFMessage, f'{prefix}tf_static', qos.LATCHED)
        moving = simulator.probe.collect(TFMessage, f'{prefix}tf', qos.TRANSFORMS)
        wait_until(lambda: static and moving, 'transforms')
        simulator.stream_until(
            lambda: errors(simulator.head, head_pose(pitch=10, yaw=20))[1] < 0.5,
            'the head has turned',
            head=head_pose(pitch=10, yaw=20),
            body_yaw=0.4,
        )
        wait_until(simulator.at_rest, 'the head is at rest')
        count = len(moving)
        wait_until(lambda: len(moving) > count + 2, 'fresh transforms')
    newest = {
        item.child_frame_id: item for item in (*static[-1].transforms, *moving[-1].transforms)
    }
    head_in_neutral = np.linalg.inv(look_up(newest, 'head_neutral')) @ look_up(newest, 'head_link')
    measured = pose_of(simulator.head_poses[-1])
    distance, angle = errors(head_in_neutral, measured)
    assert distance < 0.5
    assert angle < 0.5
    optical = look_up(newest, 'camera_optical_frame')
    assert np.allclose(optical[:3, 2], look_up(newest, 'head_link')[:3, 0], atol=1e-6)


def test_transforms_come_for_each_who_asks_and_joints_are_heard_only_then(start_simulator) -> None:
    simulator = start_simulator()
    made, node = simulator.probe, simulator.probe.node
    moving: list[TFMessage] = []
    alone = node.count_subscribers('joint_states')
    with StackProcess('state_node') as process:
        for _ in range(2):
            moving.clear()
            subscription = made.make(
                lambda node: node.create_subscription(
                    TFMessage, '/tf', moving.append, qos.TRANSFORMS
                )
            )
            wait_until(lambda: len(moving) > 2, 'transforms')
            assert node.count_subscribers('joint_states') == alone + 1
            made.make(lambda node, gone=subscription: node.destroy_subscription(gone))
            wait_until(lambda: node.count_subscribers('joint_states') == alone, 'nobody listens')
        assert process.stop() == 0
        assert 'Traceback' not in process.output


def test_the_description_comes_late_and_whole_and_its_meshes_exist(
    ros_domain: int, ros_probe
) -> None:
    with StackProcess('state_node'):
        descriptions = ros_probe.collect(String, 'robot_description', qos.LATCHED)
        wait_until(lambda: descriptions, 'the description')
    text = descriptions[0].data
    assert TransformTree(text).root == 'base_link'
    files = {part.split('"')[0] for part in text.split('filename="file://')[1:]}
    assert len(files) > 20
    assert all(Path(name).stat().st_size > 80 for name in files)


def test_joint_states_that_lack_a_joint_are_reported_and_survived(
    ros_domain: int, ros_probe
) -> None:
    with StackProcess('state_node') as process:
        # The joints are heard only while somebody wants to have the transforms.
        ros_probe.collect(TFMessage, '/tf', qos.TRANSFORMS)
        publisher = ros_probe.publisher(JointState, 'joint_states')

        def reported() -> bool:
            publisher.publish(JointState(name=['yaw_body'], position=[0.1]))
            return 'cannot be turned into transforms' in process.output

        wait_until(reported, 'the report')
        assert process.stop() == 0
        assert 'Traceback' not in process.output
