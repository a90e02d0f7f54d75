"""Recordings read back: what is in them, and their messages in order.

Contract
    `inspect(path)` reads the whole file once and verifies the checksum of every chunk; it raises
    `RecordingError` for a file that is no MCAP file, is not of ROS 2, or is damaged. A file that
    merely ends too early, as after a crash, is good up to its last whole chunk (`complete` is
    False then). `messages` reads such a file again, with memory for `_WINDOW_NS` of it: messages
    come in the order of `order`, if none is out of place by more than that. Pure functions.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import BinaryIO
from typing import Final
from typing import NamedTuple

from mcap import records
from mcap.opcode import Opcode
from mcap.stream_reader import breakup_chunk
from mcap.stream_reader import get_chunk_data_stream
from mcap.writer import MCAP0_MAGIC

from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.framing import begin_of_data
from bbia_sim_ros.recording.framing import chunk
from bbia_sim_ros.recording.framing import content
from bbia_sim_ros.recording.framing import damage
from bbia_sim_ros.recording.framing import opened
from bbia_sim_ros.recording.framing import whole_records
from bbia_sim_ros.recording.profiles import OfferedProfile
from bbia_sim_ros.recording.profiles import from_text
from bbia_sim_ros.recording.writer import HASH_KEY
from bbia_sim_ros.recording.writer import MESSAGE_ENCODING
from bbia_sim_ros.recording.writer import QOS_KEY

_WINDOW_NS: Final = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One topic of a recording."""

    topic: str
    type_name: str
    definition: str
    type_hash: str
    profiles: tuple[OfferedProfile, ...]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a recording. Times are ns since the Unix epoch."""

    path: Path
    channels: dict[int, Channel]
    counts: dict[int, int]
    """Messages by channel."""
    begin_ns: int
    end_ns: int
    complete: bool
    whole_b: int
    """Where the last whole record ends."""
    size_b: int

    @property
    def message_count(self) -> int:
        """All messages."""
        return sum(self.counts.values())

    @property
    def duration_s(self) -> float:
        """From the first message to the last, s."""
        return (self.end_ns - self.begin_ns) * 1e-9


class Stored(NamedTuple):
    """One message; times as in `recording/inbox.py`."""

    channel: int
    received_ns: int
    published_ns: int
    data: bytes


def by_reception(message: Stored) -> int:
    """Order messages as they came."""
    return message.received_ns


def by_publication(message: Stored) -> int:
    """Order messages as they were sent; exact among nodes of one computer."""
    return message.published_ns


@dataclass
class _Found:
    """What a walk through a file has met."""

    schemas: dict[int, records.Schema] = field(default_factory=dict)
    channels: dict[int, records.Channel] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    begin_ns: int | None = None
    end_ns: int = 0
    statistics: records.Statistics | None = None

    def take(self, record: object) -> None:
        if isinstance(record, records.Schema):
            self.schemas[record.id] = record
        elif isinstance(record, records.Channel):
            self.channels[record.id] = record
        elif isinstance(record, records.Statistics):
            self.statistics = record
        elif isinstance(record, records.Message):
            self.counts[record.channel_id] += 1
            time_ns = record.log_time
            self.begin_ns = time_ns if self.begin_ns is None else min(self.begin_ns, time_ns)
            self.end_ns = max(self.end_ns, time_ns)

    @property
    def has_summary(self) -> bool:
        """Whether the end of the file tells all that is in its chunks."""
        statistics = self.statistics
        return statistics is not None and (
            statistics.channel_count == len(self.channels)
            and statistics.schema_count == len(self.schemas)
            and statistics.channel_message_counts.keys() <= self.channels.keys()
        )

    def trust_summary(self) -> None:
        statistics = self.statistics
        if statistics is not None:
            self.counts = Counter(statistics.channel_message_counts)
            self.begin_ns = statistics.message_start_time
            self.end_ns = statistics.message_end_time


def inspect(path: Path) -> Contents:
    """Return what is in a recording; see the module's docstring."""
    found = _Found()
    chunks: list[tuple[int, int]] = []
    complete = False
    with opened(path) as file:
        size = path.stat().st_size
        whole = begin_of_data(path, file, size)
        for opcode, begin, length in whole_records(path, file, whole, size):
            with damage(path, begin):
                if opcode == Opcode.CHUNK:
                    get_chunk_data_stream(chunk(file, begin, length), validate_crc=True)
                    chunks.append((begin, length))
                elif opcode == Opcode.FOOTER:
                    complete = size - begin - length >= len(MCAP0_MAGIC)
                else:
                    found.take(_record(opcode, file, begin, length))
            whole = begin + length
        if complete and found.has_summary:
            found.trust_summary()
        else:
            for begin, length in chunks:
                with damage(path, begin):
                    for record in breakup_chunk(chunk(file, begin, length)):
                        found.take(record)
    return Contents(
        path=path,
        channels=_channels(path, found),
        counts=dict(found.counts),
        begin_ns=found.begin_ns or 0,
        end_ns=found.end_ns,
        complete=complete,
        whole_b=whole,
        size_b=size,
    )


def messages(
    contents: Contents,
    channels: Iterable[int] | None = None,
    *,
    order: Callable[[Stored], int] = by_reception,
) -> Iterator[Stored]:
    """Return the messages of some channels, or of all; see the module's docstring."""
    wanted = set(contents.channels if channels is None else channels)
    waiting: list[tuple[int, int, Stored]] = []
    newest = 0
    for number, message in enumerate(_stored(contents)):
        if message.channel not in wanted:
            continue
        key = order(message)
        newest = max(newest, key)
        heapq.heappush(waiting, (key, number, message))
        while waiting[0][0] < newest - _WINDOW_NS:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def _stored(contents: Contents) -> Iterator[Stored]:
    """Return the messages in the order of the file."""
    path = contents.path
    with opened(path) as file:
        head = begin_of_data(path, file, contents.whole_b)
        for opcode, begin, length in whole_records(path, file, head, contents.whole_b):
            with damage(path, begin):
                if opcode == Opcode.CHUNK:
                    found = breakup_chunk(chunk(file, begin, length))
                elif opcode == Opcode.MESSAGE:
                    found = [records.Message.read(content(file, begin, length), length)]
                else:
                    continue
            for record in found:
                if isinstance(record, records.Message):
                    yield Stored(
                        record.channel_id, record.log_time, record.publish_time, record.data
                    )


def _record(opcode: int, file: BinaryIO, begin: int, length: int) -> object:
    """Return a record of which `_Found` takes note, else None."""
    if opcode == Opcode.SCHEMA:
        return records.Schema.read(content(file, begin, length))
    if opcode == Opcode.CHANNEL:
        return records.Channel.read(content(file, begin, length))
    if opcode == Opcode.STATISTICS:
        return records.Statistics.read(content(file, begin, length))
    if opcode == Opcode.MESSAGE:
        return records.Message.read(content(file, begin, length), length)
    return None


def _channels(path: Path, found: _Found) -> dict[int, Channel]:
    unknown = found.counts.keys() - found.channels.keys()
    if unknown:
        raise RecordingError(f'{path} is damaged: it does not say what channel {min(unknown)} is')
    return {number: _channel(path, one, found) for number, one in found.channels.items()}


def _channel(path: Path, channel: records.Channel, found: _Found) -> Channel:
    schema = found.schemas.get(channel.schema_id)
    if schema is None or channel.message_encoding != MESSAGE_ENCODING:
        raise RecordingError(
            f'{path}: {channel.topic} holds no ROS 2 messages (encoding'
            f' {channel.message_encoding!r}, needed is {MESSAGE_ENCODING!r} with a definition)'
        )
    try:
        profiles = from_text(channel.metadata.get(QOS_KEY, ''))
        definition = schema.data.decode()
    except ValueError as error:
        raise RecordingError(f'{path} is damaged: {channel.topic}: {error}') from error
    return Channel(
        topic=channel.topic,
        type_name=schema.name,
        definition=definition,
        type_hash=channel.metadata.get(HASH_KEY, ''),
        profiles=profiles,
    )
