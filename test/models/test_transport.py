"""Messages cross the socket small, whatever they carry, and leave nothing behind."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.models.transport import SHARE_FROM_B
from bbia_sim_ros.models.transport import Channel
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.transport import TransportError
from bbia_sim_ros.models.transport import Unreadable
from bbia_sim_ros.models.transport import decode
from bbia_sim_ros.models.transport import encode

LIMIT_B = 20_000_000


@pytest.fixture
def channels() -> Iterator[tuple[Channel, Channel]]:
    """Two ends of a connection."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channels = Channel(ends[0], max_message_b=LIMIT_B), Channel(ends[1], imports=False)
    yield channels
    for channel in channels:
        channel.close()


def crossed(channels: tuple[Channel, Channel], payload: Any) -> tuple[int, Any]:
    """Return the bytes that went through the socket, and what arrived."""
    sent = channels[0].send(Message(Kind.DONE, 7, payload))
    message = channels[1].receive()
    assert (message.kind, message.request) == (Kind.DONE, 7)
    return sent, message.payload


@pytest.mark.parametrize(
    'payload',
    [
        np.arange(2_000_000, dtype=np.float64),
        np.asfortranarray(np.ones((300, 400), np.float32)),
        np.ones((1000, 1000))[::2, ::3],
        np.zeros((0, 5)),
        b'x' * SHARE_FROM_B,
        bytearray(1_000_000),
        'é' * 100_000,
        list(range(100_000)),
    ],
    ids=lambda payload: type(payload).__name__,
)
def test_what_is_large_does_not_go_through_the_socket(channels, payload: Any) -> None:
    sent, arrived = crossed(channels, payload)
    assert sent < 1000
    assert type(arrived) is type(payload)
    if isinstance(payload, np.ndarray):
        np.testing.assert_array_equal(arrived, payload)
        assert arrived.dtype == payload.dtype
    else:
        assert arrived == payload


def test_many_arrays_share_one_descriptor(channels) -> None:
    arrays = [np.full(SHARE_FROM_B + i, i, np.uint8) for i in range(100)]
    sent, arrived = crossed(channels, arrays)
    assert sent < 1000
    assert all(np.array_equal(one, other) for one, other in zip(arrays, arrived, strict=True))


def test_an_array_that_may_not_be_written_stays_so(channels) -> None:
    array = np.ones(100_000)
    array.flags.writeable = False
    _, arrived = crossed(channels, array)
    assert not arrived.flags.writeable


def test_descriptors_go_with_what_they_carried(channels) -> None:
    def count() -> int:
        return len(os.listdir('/proc/self/fd'))

    before, names = count(), set(Path('/dev/shm').iterdir())
    for _ in range(20):
        crossed(channels, np.ones(100_000))
    assert count() == before
    assert not {path for path in set(Path('/dev/shm').iterdir()) - names if 'model' in path.name}


def test_what_is_too_large_is_refused_and_nothing_is_sent(channels) -> None:
    with pytest.raises(
        TransportError, match=r'a message of 20\.0 MB is too large, at most 20\.0 MB go at once'
    ):
        channels[0].send(Message(Kind.DONE, 1, np.zeros(LIMIT_B + 1, np.uint8)))
    assert crossed(channels, 'still there')[1] == 'still there'


class Prickly:
    """Cannot be sent."""

    def __reduce__(self) -> Any:
        raise OSError('hands off')


class Broken:
    """Cannot be read."""

    def __reduce__(self) -> Any:
        return int, ('not a number',)


def test_what_cannot_be_sent_is_refused(channels) -> None:
    with pytest.raises(TransportError, match='cannot be sent between processes: OSError: hands of'):
        channels[0].send(Message(Kind.DONE, 1, [Prickly()]))
    assert crossed(channels, 'still there')[1] == 'still there'


def test_what_cannot_be_read_says_so(channels) -> None:
    _, arrived = crossed(channels, Broken())
    assert arrived == Unreadable(
        "ValueError: invalid literal for int() with base 10: 'not a number'"
    )


def test_without_descriptors_left_a_message_is_refused_and_the_connection_holds(channels) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(TransportError, match=r'no shared memory for 1\.0 MB: .*Too many open'):
            channels[0].send(Message(Kind.DONE, 1, np.zeros(1_000_000, np.uint8)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    channels[0].send(Message(Kind.DONE, 1, np.zeros(1_000_000, np.uint8)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert isinstance(channels[1].receive().payload, Unreadable)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert crossed(channels, 'still there')[1] == 'still there'


def test_the_end_of_the_other_end_is_seen(channels) -> None:
    channels[0].close()
    with pytest.raises(EOFError):
        channels[1].receive()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.integers(0, 2**32 - 1))
def test_any_plain_value_arrives_as_it_was(value: Any, request: int) -> None:
    packet, memory = encode(Message(Kind.ITEM, request, value), LIMIT_B)
    assert decode(packet, memory, imports=False) == Message(Kind.ITEM, request, value)
