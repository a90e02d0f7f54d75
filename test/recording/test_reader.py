"""Files that are whole, cut off, damaged, or something else."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from mcap.exceptions import EndOfFile
from mcap.records import Message
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType
from mcap.writer import Writer

from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.reader import by_publication
from bbia_sim_ros.recording.reader import by_reception
from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.recording.reader import messages
from support.recordings import BEGIN_NS
from support.recordings import SECOND_NS
from support.recordings import arrival
from support.recordings import recording
from support.recordings import string
from support.recordings import topic

COUNT = 50
ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
_EXAMPLES = 150


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of fifty messages of two topics, ten in a chunk."""
    words, others = topic('/words'), topic('/others')
    return recording(
        tmp_path_factory.mktemp('whole') / 'run.mcap',
        (arrival(number, others if number % 5 == 0 else words) for number in range(COUNT)),
    )


def test_contents_tell_topics_counts_times_and_qualities(whole: Path) -> None:
    contents = inspect(whole)
    assert contents.complete
    assert contents.whole_b <= contents.size_b == whole.stat().st_size
    counts = {one.topic: contents.counts[number] for number, one in contents.channels.items()}
    assert counts == {'/words': 40, '/others': 10}
    assert contents.begin_ns == BEGIN_NS
    assert contents.duration_s == pytest.approx(0.49)
    assert all(one.profiles[0].reliability == 'reliable' for one in contents.channels.values())


def test_messages_come_in_order_and_by_topic(whole: Path) -> None:
    contents = inspect(whole)
    found = list(messages(contents))
    assert [one.data for one in found] == [string(f'word {number}') for number in range(COUNT)]
    others = next(key for key, one in contents.channels.items() if one.topic == '/others')
    assert len(list(messages(contents, [others]))) == 10


def test_the_mcap_library_reads_a_file_that_was_cut_off_as_far_as_we_do(
    whole: Path, tmp_path: Path
) -> None:
    file = tmp_path / 'run.mcap'
    file.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = []
    # The library says so in one way or the other, depending on where the file ends.
    with file.open('rb') as stream, suppress(EndOfFile, struct.error):
        for record in StreamReader(stream).records:
            found.append(record)
    count = sum(isinstance(record, Message) for record in found)
    assert count == inspect(file).message_count > 0


def test_messages_that_stand_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    words = topic()
    order = [1, 0, 3, 2, 9, 4, 5, 6, 7, 8]
    file = recording(tmp_path / 'run.mcap', (arrival(one, words) for one in order), chunk=3)
    for key in (by_reception, by_publication):
        found = messages(inspect(file), order=key)
        assert [one.data for one in found] == [string(f'word {number}') for number in range(10)]


def test_a_file_that_is_cut_off_anywhere_is_good_up_to_its_last_whole_chunk(
    whole: Path, tmp_path: Path
) -> None:
    data = whole.read_bytes()
    counts = []
    for end in range(600, len(data), 23):
        file = tmp_path / f'{end}.mcap'
        file.write_bytes(data[:end])
        contents = inspect(file)
        assert not contents.complete
        found = list(messages(contents))
        assert len(found) == contents.message_count
        assert [one.data for one in found] == [
            string(f'word {number}') for number in range(len(found))
        ]
        counts.append(len(found))
    assert counts == sorted(counts)
    assert set(counts) == {0, 10, 20, 30, 40, 50}


@settings(max_examples=_EXAMPLES, deadline=None)
@given(data=st.data())
def test_damage_is_reported_or_harmless_but_never_anything_else(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp('damaged') / 'run.mcap'
    file.write_bytes(damaged)
    with suppress(RecordingError):
        assert len(list(messages(inspect(file)))) <= COUNT


def test_a_damaged_chunk_is_found_before_anything_is_played(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[data.index(ZSTD_MAGIC) + 20] ^= 0xFF
    file = tmp_path / 'run.mcap'
    file.write_bytes(data)
    with pytest.raises(RecordingError, match='is damaged at byte'):
        inspect(file)


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'is not an MCAP file'),
        (b'#!/bin/sh\n' * 100, 'is not an MCAP file'),
        (b'\x89MCAP0\r\n', 'has no header'),
        (b'\x89MCAP0\r\n' + b'\xff' * 100, 'has no header'),
        (b'\x89MCAP0\r\n\x02' + bytes(40), 'has no header'),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / 'run.mcap'
    file.write_bytes(content)
    with pytest.raises(RecordingError, match=said):
        inspect(file)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match='cannot be read: No such file'):
        inspect(tmp_path / 'nothing.mcap')
    with pytest.raises(RecordingError, match='cannot be read: Is a directory'):
        inspect(tmp_path)


def test_recordings_of_something_else_are_refused(tmp_path: Path) -> None:
    file = tmp_path / 'ros1.mcap'
    with file.open('wb') as stream:
        writer = Writer(stream)
        writer.start(profile='ros1')
        writer.finish()
    with pytest.raises(RecordingError, match="its profile is 'ros1', needed is 'ros2'"):
        inspect(file)
    file = tmp_path / 'json.mcap'
    with file.open('wb') as stream:
        writer = Writer(stream)
        writer.start(profile='ros2')
        schema = writer.register_schema('Word', 'jsonschema', b'{}')
        channel = writer.register_channel('/words', 'json', schema)
        writer.add_message(channel, log_time=0, data=b'{}', publish_time=0)
        writer.finish()
    with pytest.raises(RecordingError, match='/words holds no ROS 2 messages'):
        inspect(file)


@pytest.mark.parametrize('compression', list(CompressionType))
@pytest.mark.parametrize('use_chunking', [True, False])
def test_files_of_other_writers_are_read(
    tmp_path: Path, compression: CompressionType, use_chunking: bool
) -> None:
    file = tmp_path / 'run.mcap'
    words = topic()
    with file.open('wb') as stream:
        writer = Writer(stream, compression=compression, use_chunking=use_chunking)
        writer.start(profile='ros2')
        schema = writer.register_schema(words.type_name, 'ros2msg', words.definition.encode())
        channel = writer.register_channel('/words', 'cdr', schema)
        for number in range(5):
            time_ns = BEGIN_NS + number * SECOND_NS
            writer.add_message(channel, time_ns, string('word'), time_ns)
        writer.finish()
    contents = inspect(file)
    assert contents.complete
    assert contents.message_count == 5
    assert contents.channels[1].profiles == ()
    assert len(list(messages(contents))) == 5
