"""What the robot tells of itself"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage

from bbia_sim_ros.description import robot_description
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from bbia_sim_ros.robot.transforms import TransformTree
from conformance.links import link_pose
from support.backends import Ability
from support.backends import Backend
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import pose_of
from support.waiting import wait_until

Report = Callable[[str], None]
STATES = 60
SLOWEST_SHARE = 0.4
FASTEST_SHARE = 1.1
FRESH_S = 0.2


def stamps_of(messages: list) -> list[float]:
    return [seconds(message.header.stamp) or 0.0 for message in messages]


def test_states_come_in_pairs_at_a_steady_rate(robot: Backend, report: Report) -> None:
    """`joint_states` and `head_pose` come in pairs, at the robot's own rate"""
    nominal = robot.kind.rate_hz
    robot.wait_states(STATES)

    def rate() -> float:
        stamps = stamps_of(robot.driver.joint_states[-STATES:])
        return (len(stamps) - 1) / (stamps[-1] - stamps[0])

    # A busy machine may be late for a while.
    measured = wait_until(
        lambda: (found := rate()) > SLOWEST_SHARE * nominal and found,
        f'more than {SLOWEST_SHARE:.0%} of {nominal} Hz',
    )
    assert measured < FASTEST_SHARE * nominal
    joints = stamps_of(robot.driver.joint_states[-STATES:])
    heads = wait_until(
        lambda: (
            joints[-1] <= stamps_of(robot.driver.head_poses[-1:])[0]
            and stamps_of(robot.driver.head_poses[-2 * STATES :])
        ),
        'the head poses',
    )
    unpaired = [stamp for stamp in joints if stamp not in heads]
    # The probe subscribes as best effort: a busy machine loses some.
    assert len(unpaired) < 0.1 * STATES
    report(f'{measured:.1f} Hz')


def test_stamps_rise_and_are_fresh(robot: Backend, report: Report) -> None:
    """Their stamps rise, and say when the state was measured"""
    states = robot.driver.joint_states
    ages = []
    for _ in range(20):
        robot.wait_states(1)
        ages.append(time.time() - stamps_of(states[-1:])[0])
    assert -0.01 < np.median(ages) < FRESH_S
    stamps = stamps_of(states[-STATES:])
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
    report(f'{1000.0 * np.median(ages):.0f} ms old on arrival')


def test_joints_and_frames_have_the_names_of_the_contract(robot: Backend) -> None:
    """All 30 joints are there, the nine motors first; the head is told in `head_neutral`"""
    state = robot.driver.joint_states[-1]
    assert list(state.name) == [*ACTUATED_JOINTS, *PASSIVE_JOINTS]
    assert len(state.position) == len(state.velocity) == len(state.effort) == len(state.name)
    assert np.isfinite(state.position).all()
    assert np.isfinite(state.velocity).all()
    assert robot.driver.head_poses[-1].header.frame_id == HEAD_NEUTRAL


def test_the_head_pose_is_that_of_the_joints(robot: Backend, report: Report) -> None:
    """The head of the URDF, placed by all measured joints, is where `head_pose` says"""
    wanted = head_pose(roll=10.0, pitch=-12.0, yaw=20.0, z=4.0)
    robot.stream(30, head=wanted)
    tree = TransformTree(robot_description())
    # The stream goes on: the pair of one stamp is meant, wherever the head is.
    newest = wait_until(lambda: paired(robot), 'a head pose of the same stamp')
    in_urdf = link_pose(tree, newest[0], 'head_neutral', 'head_link')
    distance, angle = errors(in_urdf, pose_of(newest[1]))
    assert distance < 0.5
    assert angle < 0.5
    assert errors(in_urdf, np.eye(4))[1] > 5.0
    report(f'{distance:.2f} mm, {angle:.2f} deg')


def paired(robot: Backend) -> tuple | None:
    heads = {stamp: head for stamp, head in keyed(robot.driver.head_poses)}
    return next(
        (
            (state, heads[stamp])
            for stamp, state in reversed(keyed(robot.driver.joint_states))
            if stamp in heads
        ),
        None,
    )


def keyed(messages: list) -> list[tuple]:
    return [((m.header.stamp.sec, m.header.stamp.nanosec), m) for m in messages[-10:]]


def test_velocities_are_those_of_the_motion(robot: Backend, report: Report) -> None:
    """Velocities are those of the motion, with its sign"""
    before = len(robot.driver.joint_states)
    start, speed = time.monotonic(), 0.6

    def turn() -> bool:
        robot.driver.send(body_yaw=speed * (time.monotonic() - start))
        return robot.joints[0] > 0.4

    wait_until(turn, 'the body turns')
    states = [s for s in robot.driver.joint_states[before:] if 0.1 < s.position[0] < 0.35]
    # States that a busy machine delivers late and together give spikes.
    measured = float(np.median([state.velocity[0] for state in states]))
    assert 0.1 * speed < measured < 3.0 * speed
    report(f'{measured:.2f} of {speed} rad/s')


@pytest.mark.needs(Ability.EFFORT)
def test_efforts_are_measured(robot: Backend) -> None:
    """The motors' efforts are measured"""
    efforts = robot.driver.joint_states[-1].effort[: len(ACTUATED_JOINTS)]
    if Ability.EFFORT in robot.kind.lacks:
        assert all(math.isnan(effort) for effort in efforts)
    else:
        assert np.isfinite(efforts).all()
        assert np.abs(efforts).max() > 1e-3


def test_the_status_is_that_of_a_robot_that_follows(robot: Backend) -> None:
    """`robot_status` says what is driven, that it is there, armed and obeys"""
    status = robot.status
    assert status.source == ('simulation' if robot.daemon is None else 'hardware')
    assert status.connected
    assert status.motors == 'on'
    assert not status.emergency_stopped
    assert status.clipped == []
    assert status.detail == ''
    assert status.command_source == 'body_target'
    assert status.commands_accepted > 0
    # A busy machine may simulate slowly, and catches up.
    assert 0.0 < status.real_time_factor < 2.0


@pytest.mark.needs(Ability.CAMERA)
def test_the_camera_gives_pictures(robot: Backend, report: Report) -> None:
    """The driver gives pictures of the head's camera, and their geometry"""
    if Ability.CAMERA in robot.kind.lacks:
        assert robot.status.camera == 'off'
        assert robot.probe.node.count_publishers('camera/image_raw/compressed') == 0
        return
    pictures = robot.probe.collect(CompressedImage, 'camera/image_raw/compressed')
    infos = robot.probe.collect(CameraInfo, 'camera/camera_info')
    wait_until(lambda: pictures and infos, 'a picture and its geometry')
    for subscription in list(robot.probe.node.subscriptions):
        if '/camera/' in subscription.topic_name:
            robot.probe.node.destroy_subscription(subscription)
    assert infos[-1].header.frame_id == pictures[-1].header.frame_id == 'camera_optical_frame'
    report(f'{infos[-1].width} x {infos[-1].height}')
