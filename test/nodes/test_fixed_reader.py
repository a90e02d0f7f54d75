"""Numbers read in place are those of the real deserialiser, whatever message comes next."""

from __future__ import annotations

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from bbia_sim_ros.nodes.fixed_reader import FixedReader
from bbia_sim_ros.nodes.fixed_reader import Groups

NUMBERS = st.floats(width=64)


def groups(message: JointState) -> Groups:
    if message.header.frame_id == 'wrong':
        raise ValueError('the wrong frame')
    return tuple(message.position), tuple(message.velocity), tuple(message.effort)


def put(message: JointState, values: Groups) -> None:
    message.position, message.velocity, message.effort = values


def message_of(frame: str, count: int, values: list[float], sec: int) -> JointState:
    """Return a message of `count` joints with positions and efforts, without velocities."""
    return JointState(
        header=Header(frame_id=frame, stamp=Time(sec=sec, nanosec=500_000_000)),
        name=[f'joint_{index}' for index in range(count)],
        position=values[:count],
        effort=values[count : 2 * count],
    )


@settings(deadline=None)
@given(
    messages=st.lists(
        st.builds(
            message_of,
            st.sampled_from(['', 'a', 'longer']),
            st.integers(1, 3),
            st.lists(NUMBERS, min_size=6, max_size=6),
            st.integers(0, 2**31 - 1),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_any_sequence_of_messages_is_read_as_it_was_written(messages: list[JointState]) -> None:
    reader = FixedReader(JointState, groups, put)
    for message in messages:
        stamp, read = reader.read(bytes(serialize_message(message)))
        assert stamp == message.header.stamp.sec + 0.5
        for found, wanted in zip(read, groups(message), strict=True):
            assert np.array_equal(found, wanted, equal_nan=True)


def test_a_message_that_is_refused_does_not_spoil_the_next_one() -> None:
    reader = FixedReader(JointState, groups, put)
    good = bytes(serialize_message(message_of('', 2, [1.0, 2.0, 3.0, 4.0], 1)))
    assert reader.read(good)[1] == ((1.0, 2.0), (), (3.0, 4.0))
    with pytest.raises(ValueError, match='the wrong frame'):
        reader.read(bytes(serialize_message(message_of('wrong', 2, [0.0] * 4, 1))))
    assert reader.read(good)[1] == ((1.0, 2.0), (), (3.0, 4.0))


def test_the_second_message_of_a_kind_is_not_deserialised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = FixedReader(JointState, groups, put)
    first = bytes(serialize_message(message_of('', 2, [1.0, 2.0, 3.0, 4.0], 1)))
    second = bytes(serialize_message(message_of('', 2, [5.0, 6.0, 7.0, 8.0], 2)))
    reader.read(first)
    monkeypatch.delattr('bbia_sim_ros.nodes.fixed_reader.deserialize_message')
    assert reader.read(second) == (2.5, ((5.0, 6.0), (), (7.0, 8.0)))
