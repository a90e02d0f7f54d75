"""Messages written and read as bytes are those of the real serialiser."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.nodes.body_target_reader import BodyTargetReader
from bbia_sim_ros.nodes.fixed_message import FixedMessage
from bbia_sim_ros.nodes.messages import body_command
from bbia_sim_ros.robot.poses import PoseError

NUMBERS = st.floats(allow_nan=False, width=64)
ANY_NUMBERS = st.floats(width=64)
READER = BodyTargetReader()


def joint_state(stamp, groups) -> JointState:
    position, effort = groups
    return JointState(
        header=Header(stamp=stamp, frame_id='odd'), name=['a'], position=position, effort=effort
    )


@given(
    position=st.lists(NUMBERS, min_size=3, max_size=3),
    effort=st.lists(NUMBERS, min_size=2, max_size=2),
    milliseconds=st.integers(0, 2**31 * 1000 - 1),
)
def test_a_fixed_message_reads_as_the_message_it_stands_for(position, effort, milliseconds) -> None:
    written = FixedMessage(joint_state, [3, 2]).serialise(milliseconds / 1000, (position, effort))
    read = deserialize_message(written, JointState)
    nanosec = read.header.stamp.nanosec
    assert read.header.stamp.sec * 1000 + nanosec / 1e6 == pytest.approx(milliseconds, abs=1e-3)
    assert read == joint_state(Time(sec=read.header.stamp.sec, nanosec=nanosec), (position, effort))


def test_a_fixed_message_keeps_infinities_and_nan() -> None:
    written = FixedMessage(joint_state, [3, 2]).serialise(0.0, ((math.nan, math.inf, -0.0), (1, 2)))
    position = deserialize_message(written, JointState).position
    assert np.isnan(position[0])
    assert position[1] == math.inf
    assert math.copysign(1.0, position[2]) == -1.0


def test_a_fixed_message_refuses_numbers_of_another_shape() -> None:
    message = FixedMessage(joint_state, [3, 2])
    with pytest.raises(ValueError, match='groups'):
        message.serialise(0.0, ((1.0, 2.0, 3.0), (1.0, 2.0, 3.0)))
    with pytest.raises(ValueError, match='groups'):
        message.serialise(0.0, ((1.0, 2.0, 3.0),))


@pytest.mark.parametrize(
    ('fill', 'reason'),
    [
        (lambda stamp, groups: JointState(position=groups[0]), 'one piece'),
        (lambda stamp, groups: joint_state(stamp, (groups[0], groups[0])), 'one piece'),
        (lambda stamp, groups: joint_state(stamp, (groups[0], groups[0] * 2)), 'one piece'),
        (
            lambda stamp, groups: JointState(
                header=Header(stamp=stamp, frame_id=str(groups[0][0])[-3:]), position=groups[0]
            ),
            'change',
        ),
    ],
)
def test_a_message_that_is_not_fixed_is_refused(fill, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        FixedMessage(fill, [3])


def outcome(read, source) -> tuple[object, ...]:
    try:
        command = read(source)
    except PoseError as error:
        return ('refused', str(error))
    head = None if command.head_pose is None else command.head_pose.tobytes()
    return (head, repr(command.antennas), repr(command.body_yaw), command.stamp)


@given(
    frame=st.sampled_from(['head_neutral', 'base_link', '/head_neutral', 'head_neutrai', '', 'ä']),
    stamp=st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(0, 999_999_999)),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    pose=st.tuples(*[ANY_NUMBERS] * 7) | st.just((1.0, 2.0, 3.0, 0.6, 0.0, 0.8, 0.0)),
    angles=st.tuples(*[ANY_NUMBERS] * 3),
)
def test_a_target_read_in_place_is_the_same_command(frame, stamp, flags, pose, angles) -> None:
    message = BodyTarget(header=Header(frame_id=frame, stamp=Time(sec=stamp[0], nanosec=stamp[1])))
    message.has_head, message.has_antennas, message.has_body_yaw = flags
    message.head = Pose()
    p, q = message.head.position, message.head.orientation
    p.x, p.y, p.z, q.x, q.y, q.z, q.w = pose
    message.left_antenna, message.right_antenna, message.body_yaw = angles
    assert outcome(READER.read, serialize_message(message)) == outcome(body_command, message)
