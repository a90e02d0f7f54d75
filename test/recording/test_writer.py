"""Files that other projects' readers read, that stay in their bounds and survive a full disk."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from rclpy.serialization import serialize_message
from rosbags.highlevel import AnyReader

from bbia_sim_ros.bridge.interfaces import interfaces
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.recording.errors import LimitReached
from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.errors import StorageFailed
from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.recording.sink import RESERVE_B
from bbia_sim_ros.recording.writer import RecordingWriter
from support.recordings import LARGE_B
from support.recordings import arrival
from support.recordings import recording
from support.recordings import topic
from support.ros import ROOT

_TMPFS_B = RESERVE_B + 2**20
_LIMIT_B = 2_000_000
# The middleware pads an empty last sequence of 8-byte numbers, which rosbags takes for damage.
_PADDED = {
    'rcl_interfaces/msg/Parameter',
    'rcl_interfaces/msg/ParameterValue',
    'sensor_msgs/msg/JointState',
    'std_msgs/msg/Float64MultiArray',
    'std_msgs/msg/Int64MultiArray',
    'std_msgs/msg/UInt64MultiArray',
    'trajectory_msgs/msg/JointTrajectoryPoint',
}

# Writes noise until nothing more can be written; says how many messages, why, and what is missing.
_FILLER = """
import itertools, resource, sys
from pathlib import Path
import numpy as np
from bbia_sim_ros.recording.errors import StorageFailed
from bbia_sim_ros.recording.writer import RecordingWriter
from support.recordings import arrival, topic
path, limit = Path(sys.argv[1]), int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
noise = np.random.default_rng(1)
writer = RecordingWriter(path, max_b=10**9)
image = topic('/noise')
try:
    for number in itertools.count():
        writer.add(arrival(number, image, noise.bytes(100_000)))
except StorageFailed as error:
    print(writer.messages, error, writer.close(), sep='|')
"""


def fill(path: Path, limit_b: int = 0) -> tuple[int, str, str]:
    """Record into a file until that fails; return messages written, why, and what is missing."""
    folders = os.pathsep.join((str(ROOT / 'test'), os.environ['PYTHONPATH']))
    done = subprocess.run(
        [sys.executable, '-c', _FILLER, str(path), str(limit_b)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': folders},
    )
    messages, reason, missing = done.stdout.strip('\n').split('|')
    return int(messages), reason, missing


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with little room."""
    if os.geteuid() != 0:
        pytest.skip('needs root, to mount a small file system')
    libc = ctypes.CDLL(None, use_errno=True)
    size = f'size={_TMPFS_B}'.encode()
    if libc.mount(b'tmpfs', str(tmp_path).encode(), b'tmpfs', 0, size) != 0:
        pytest.skip(f'a small file system cannot be mounted: {os.strerror(ctypes.get_errno())}')
    yield tmp_path
    libc.umount(str(tmp_path).encode())


def test_every_installed_message_is_recorded_so_that_rosbags_can_decode_it(tmp_path: Path) -> None:
    names = [name for name in interfaces('msg') if name not in _PADDED]
    assert 'bbia_msgs/msg/BodyTarget' in names
    file = recording(
        tmp_path / 'all.mcap',
        (
            arrival(
                number, topic(f'/topic_{number}', name), serialize_message(message_class(name)())
            )
            for number, name in enumerate(names)
        ),
    )
    with AnyReader([file]) as reader:
        read = [
            (connection.msgtype, reader.deserialize(data, connection.msgtype))
            for connection, _, data in reader.messages()
        ]
    assert [name for name, _ in read] == names


def test_the_mcap_library_finds_schemas_qualities_times_and_checksums_in_order(
    tmp_path: Path,
) -> None:
    words = topic()
    file = recording(tmp_path / 'run.mcap', (arrival(number, words) for number in range(25)))
    with file.open('rb') as stream:
        reader = make_reader(stream, validate_crcs=True)
        assert reader.get_header().profile == 'ros2'
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics is not None
        assert summary.statistics.message_count == 25
        assert summary.statistics.chunk_count == 3
        assert [one.name for one in reader.iter_metadata()] == ['rosbag2']
        found = list(reader.iter_messages())
    schema, channel, message = found[7]
    assert schema is not None
    assert (schema.name, schema.encoding) == ('std_msgs/msg/String', 'ros2msg')
    assert channel.message_encoding == 'cdr'
    assert channel.metadata['topic_type_hash'].startswith('RIHS01_')
    assert 'reliability: reliable' in channel.metadata['offered_qos_profiles']
    wanted = arrival(7, words)
    assert (message.log_time, message.publish_time) == (wanted.received_ns, wanted.published_ns)
    assert (message.sequence, message.data) == (7, wanted.data)


def test_a_file_is_private_and_never_written_over(tmp_path: Path) -> None:
    file = recording(tmp_path / 'run.mcap', [arrival(0, topic())])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(RecordingError, match='exists and is not written over'):
        RecordingWriter(file, max_b=LARGE_B)
    assert file.read_bytes() == before
    with pytest.raises(RecordingError, match='cannot be made: No such file'):
        RecordingWriter(tmp_path / 'nowhere' / 'run.mcap', max_b=LARGE_B)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 60_000), min_size=1, max_size=60),
    max_b=st.integers(20_000, 300_000),
    topics=st.integers(1, 10),
)
def test_no_file_becomes_larger_than_was_allowed(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], max_b: int, topics: int
) -> None:
    path = tmp_path_factory.mktemp('bounds') / 'run.mcap'
    noise = np.random.default_rng(1)
    writer = RecordingWriter(path, max_b=max_b)
    written = 0
    try:
        for number, size in enumerate(sizes):
            of = topic(f'/topic_{number % topics}', 'sensor_msgs/msg/JointState')
            writer.add(arrival(number, of, noise.bytes(size)))
            written += 1
    except LimitReached:
        assert written < len(sizes)
    assert writer.close() == ''
    assert path.stat().st_size <= max_b
    assert inspect(path).message_count == written


def test_a_full_disk_ends_the_recording_and_leaves_a_whole_file(small_disk: Path) -> None:
    file = small_disk / 'run.mcap'
    messages, reason, missing = fill(file)
    assert 'cannot grow (No space left on device)' in reason
    assert missing == ''
    contents = inspect(file)
    assert contents.complete
    assert contents.message_count == messages >= 10
    with AnyReader([file]) as reader:
        assert reader.message_count == messages


def test_without_room_for_the_reserve_nothing_is_begun(small_disk: Path) -> None:
    (small_disk / 'ballast').write_bytes(bytes(_TMPFS_B - RESERVE_B + 1))
    with pytest.raises(RecordingError, match='at least 8 MB must be free'):
        RecordingWriter(small_disk / 'run.mcap', max_b=LARGE_B)
    assert [path.name for path in small_disk.iterdir()] == ['ballast']


def test_where_even_the_reserve_is_of_no_use_the_file_ends_with_its_last_whole_chunk(
    tmp_path: Path,
) -> None:
    # A limit of the process for the size of a file: no room can be made.
    file = tmp_path / 'run.mcap'
    messages, reason, missing = fill(file, RESERVE_B)
    assert 'cannot grow (File too large)' in reason
    assert 'has no summary' in missing
    contents = inspect(file)
    assert not contents.complete
    assert contents.whole_b == contents.size_b
    assert 0 < contents.message_count < messages


def test_what_does_not_fit_is_said_before_it_is_written(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / 'run.mcap', max_b=_LIMIT_B)
    with pytest.raises(LimitReached, match='has reached 2 MB'):
        writer.add(arrival(0, topic(), bytes(_LIMIT_B)))
    writer.add(arrival(0, topic()))
    assert writer.close() == ''
    assert inspect(tmp_path / 'run.mcap').message_count == 1


def test_storage_that_failed_is_a_recording_error() -> None:
    assert issubclass(StorageFailed, RecordingError)
