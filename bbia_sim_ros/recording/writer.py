"""One MCAP file with ROS 2 messages, as rosbag2 and Foxglove read it.

Contract
    Profile `ros2`, messages in CDR, schemas `ros2msg` with all nested definitions, chunks of about
    `CHUNK_B` compressed with zstd, with indexes, statistics and checksums. Channels carry
    `offered_qos_profiles` and `topic_type_hash`, the file a `rosbag2` record, as rosbag2 writes
    them. A topic enters the file with its first message.

    The file never becomes larger than `max_b`: `add` raises `LimitReached` for the message that
    would not fit, with room kept for the summary. When the disk takes no more, `add` and `flush`
    raise `StorageFailed` after the reserve has taken the last piece (`recording/sink.py`). `close`
    writes the summary; what it returns is '' or why the file has none. Not thread-safe.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO
from typing import Final
from typing import cast

import yaml
from mcap.writer import CompressionType
from mcap.writer import Writer

from bbia_sim_ros.recording.errors import LimitReached
from bbia_sim_ros.recording.errors import StorageFailed
from bbia_sim_ros.recording.inbox import Arrival
from bbia_sim_ros.recording.inbox import Topic
from bbia_sim_ros.recording.sink import Sink

PROFILE: Final = 'ros2'
MESSAGE_ENCODING: Final = 'cdr'
SCHEMA_ENCODING: Final = 'ros2msg'
QOS_KEY: Final = 'offered_qos_profiles'
HASH_KEY: Final = 'topic_type_hash'
CHUNK_B: Final = 2**20
# What rosbag2 of Jazzy and later calls its metadata; from it on policies are named, not numbered.
_METADATA_VERSION: Final = 9
# Header of a message record and its entry in the index of its chunk.
_MESSAGE_B: Final = 31 + 16
# A chunk's header, the record of its index, and what both need besides for each channel.
_CHUNK_INDEX_B: Final = 200
_CHANNEL_INDEX_B: Final = 40
# Record headers, ids and lengths of a channel or a schema; footer, statistics and offsets.
_RECORD_B: Final = 64
_SUMMARY_B: Final = 1024
_MAX_SEQUENCE: Final = 2**32
_NEVER_B: Final = 2**62


class RecordingWriter:
    """See the module's docstring. Raises RecordingError when the file cannot be begun."""

    def __init__(self, path: Path, *, max_b: int, distribution: str = '') -> None:
        self._sink = Sink(path)
        self._path = path
        self._max_b = max_b
        # Chunks end where `flush` says, so that nothing else has to be counted.
        self._writer = Writer(
            cast(IO[bytes], self._sink),
            chunk_size=_NEVER_B,
            compression=CompressionType.ZSTD,
        )
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self._open_b = 0
        self._summary_b = _SUMMARY_B
        self.messages = 0
        """Messages in the file."""
        self._writer.start(profile=PROFILE, library='bbia_sim_ros')
        self._writer.add_metadata('rosbag2', {'serialized_metadata': _bag_metadata(distribution)})
        self._commit()

    @property
    def size_b(self) -> int:
        """The size of the file so far, with what waits to be compressed at its full size."""
        return self._sink.tell() + self._open_b

    def add(self, arrival: Arrival) -> None:
        """Write a message. Raises LimitReached before it, StorageFailed after it."""
        need = self._need(arrival)
        if self._open_b and self.size_b + self._summary_b + need > self._max_b:
            self.flush()
        if self.size_b + self._summary_b + need > self._max_b:
            raise LimitReached(f'{self._path} has reached {self._max_b / 1e6:g} MB')
        self._writer.add_message(
            channel_id=self._channel(arrival.topic),
            log_time=arrival.received_ns,
            publish_time=arrival.published_ns,
            sequence=arrival.sequence % _MAX_SEQUENCE,
            data=arrival.data,
        )
        self.messages += 1
        self._open_b += len(arrival.data) + _MESSAGE_B
        if self._open_b > CHUNK_B:
            self.flush()

    def flush(self) -> None:
        """Put what waits on the disk as a chunk; raises StorageFailed."""
        if self._open_b:
            self._writer.flush()  # type: ignore[no-untyped-call]
            self._open_b = 0
            self._summary_b += _CHUNK_INDEX_B + _CHANNEL_INDEX_B * len(self._channels)
        self._commit()

    def close(self) -> str:
        """Write what waits and the summary, and close; return '' or why there is no summary."""
        try:
            if not self._sink.is_staged:
                self.flush()
                self._writer.finish()  # type: ignore[no-untyped-call]
                self._sink.free_reserve()
                self._sink.commit()
        except StorageFailed as error:
            return f'{error}; the file has no summary'
        except OSError as error:
            return f'the file has no summary ({error.strerror})'
        finally:
            lost = self._sink.is_staged
            self._sink.close()
        # What the disk did not take has its place in the index: without it there can be none.
        return 'the file has no summary, since there is no room for it' if lost else ''

    def _need(self, arrival: Arrival) -> int:
        """Return the bytes that a message adds at most, in chunk and summary."""
        need = len(arrival.data) + _MESSAGE_B + _CHUNK_INDEX_B
        topic = arrival.topic
        if topic.name not in self._channels:
            need += 2 * (_RECORD_B + len(topic.name) + len(topic.offered) + len(topic.type_hash))
            need += _CHANNEL_INDEX_B
        if topic.type_name not in self._schemas:
            need += 2 * (_RECORD_B + len(topic.type_name) + len(topic.definition.encode()))
        return need

    def _channel(self, topic: Topic) -> int:
        known = self._channels.get(topic.name)
        if known is not None:
            return known
        schema = self._schemas.get(topic.type_name)
        if schema is None:
            text = topic.definition.encode()
            schema = self._writer.register_schema(topic.type_name, SCHEMA_ENCODING, text)
            self._schemas[topic.type_name] = schema
            self._grow(len(topic.type_name) + len(text))
        metadata = {QOS_KEY: topic.offered, HASH_KEY: topic.type_hash}
        channel = self._writer.register_channel(topic.name, MESSAGE_ENCODING, schema, metadata)
        self._channels[topic.name] = channel
        self._grow(len(topic.name) + len(topic.offered) + len(topic.type_hash))
        return channel

    def _grow(self, size_b: int) -> None:
        """Count a schema or channel, which stands in the chunk and again in the summary."""
        self._open_b += _RECORD_B + size_b
        self._summary_b += _RECORD_B + size_b

    def _commit(self) -> None:
        try:
            self._sink.commit()
        except OSError as error:
            reason = f'{self._path} cannot grow ({error.strerror})'
            self._sink.free_reserve()
            try:
                self._sink.commit()
            except OSError:
                raise StorageFailed(reason) from error
            raise StorageFailed(reason) from error


def _bag_metadata(distribution: str) -> str:
    """Return what rosbag2 keeps of a file; it counts and measures by itself when it reads."""
    text: str = yaml.safe_dump(
        {
            'version': _METADATA_VERSION,
            'storage_identifier': 'mcap',
            'duration': {'nanoseconds': 0},
            'starting_time': {'nanoseconds_since_epoch': 0},
            'message_count': 0,
            'topics_with_message_count': [],
            'compression_format': '',
            'compression_mode': '',
            'relative_file_paths': [],
            'files': [],
            'custom_data': {},
            'ros_distro': distribution,
        },
        sort_keys=False,
    )
    return text
