"""Messages and small recordings for tests that need no ROS."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from bbia_sim_ros.recording.definitions import definition_of
from bbia_sim_ros.recording.inbox import Arrival
from bbia_sim_ros.recording.inbox import Topic
from bbia_sim_ros.recording.profiles import OfferedProfile
from bbia_sim_ros.recording.profiles import to_text
from bbia_sim_ros.recording.writer import RecordingWriter

STRING = 'std_msgs/msg/String'
SECOND_NS = 1_000_000_000
BEGIN_NS = 1_700_000_000 * SECOND_NS
LARGE_B = 10**9
RELIABLE = OfferedProfile(reliability='reliable', durability='volatile')


def topic(name: str = '/words', type_name: str = STRING, *, latched: bool = False) -> Topic:
    definition = definition_of(type_name)
    return Topic(
        name=name,
        type_name=type_name,
        definition=definition.text,
        type_hash=definition.type_hash,
        offered=to_text([RELIABLE]),
        latched=latched,
    )


def string(text: str) -> bytes:
    """Return a std_msgs/String in CDR."""
    characters = text.encode() + b'\0'
    return b'\x00\x01\x00\x00' + struct.pack('<I', len(characters)) + characters


def arrival(
    number: int, of: Topic, data: bytes | None = None, *, step_ns: int = SECOND_NS // 100
) -> Arrival:
    """Return the message of a number, sent a millisecond before it came."""
    received_ns = BEGIN_NS + number * step_ns
    return Arrival(
        topic=of,
        publisher=b'publisher',
        received_ns=received_ns,
        published_ns=received_ns - SECOND_NS // 1000,
        sequence=number,
        data=string(f'word {number}') if data is None else data,
    )


def recording(path: Path, arrivals: Iterable[Arrival], *, chunk: int = 10) -> Path:
    """Write a recording with so many messages in a chunk and return its path."""
    writer = RecordingWriter(path, max_b=LARGE_B)
    for number, one in enumerate(arrivals, start=1):
        writer.add(one)
        if number % chunk == 0:
            writer.flush()
    assert writer.close() == ''
    return path
