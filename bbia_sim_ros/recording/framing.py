"""The records of an MCAP file, as far as they are whole; what is damaged is named with its place.

Contract
    A file is a magic number and records: a byte that tells the kind, the length of the content as
    eight bytes, the content (mcap.dev/spec). `whole_records` walks over them without reading
    contents and ends where the file does, in the middle of a record too. All errors are
    `RecordingError`. Records, and chunks once they are unpacked, may have `MAX_RECORD_B`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from typing import Final

from mcap import records
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.writer import MCAP0_MAGIC
from zstandard import ZstdError

from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.writer import PROFILE

MAX_RECORD_B: Final = 2**28
_RECORD_HEAD: Final = struct.Struct('<BQ')
# What the library and the decompressors raise for bytes that make no sense.
_NONSENSE: Final = (McapError, ValueError, ZstdError, RuntimeError, struct.error, MemoryError)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading."""
    try:
        with path.open('rb') as file:
            yield file
    except OSError as error:
        raise RecordingError(f'{path} cannot be read: {error.strerror}') from error


@contextmanager
def damage(path: Path, place: int) -> Iterator[None]:
    """Turn what nonsense at a place of a file raises into a RecordingError."""
    try:
        yield
    except _NONSENSE as error:
        raise RecordingError(
            f'{path} is damaged at byte {place} ({str(error) or type(error).__name__});'
            ' the tool `mcap recover` saves what is good'
        ) from error


def begin_of_data(path: Path, file: BinaryIO, size: int) -> int:
    """Check that this is an MCAP file of ROS 2 and return where its second record begins."""
    begin = len(MCAP0_MAGIC)
    if file.read(begin) != MCAP0_MAGIC:
        raise RecordingError(f'{path} is not an MCAP file')
    for opcode, start, length in whole_records(path, file, begin, size):
        if opcode != Opcode.HEADER:
            break
        with damage(path, start):
            header = records.Header.read(content(file, start, length))
        if header.profile != PROFILE:
            raise RecordingError(
                f'{path} was not recorded with ROS 2: its profile is {header.profile!r}, needed is'
                f' {PROFILE!r}'
            )
        return start + length
    raise RecordingError(f'{path} has no header: nothing was recorded, or it is damaged')


def whole_records(
    path: Path, file: BinaryIO, begin: int, end: int
) -> Iterator[tuple[int, int, int]]:
    """Return opcode, begin and length of the content of each whole record."""
    while begin + _RECORD_HEAD.size <= end:
        file.seek(begin)
        opcode, length = _RECORD_HEAD.unpack(file.read(_RECORD_HEAD.size))
        begin += _RECORD_HEAD.size
        if begin + length > end:
            return
        if length > MAX_RECORD_B:
            raise RecordingError(
                f'{path} has a record of {length / 1e6:.0f} MB at byte {begin}; at most'
                f' {MAX_RECORD_B / 1e6:.0f} MB are read'
            )
        yield opcode, begin, length
        if opcode == Opcode.FOOTER:
            return
        begin += length


def content(file: BinaryIO, begin: int, length: int) -> ReadDataStream:
    """Return the content of a record as the library reads it."""
    file.seek(begin)
    return ReadDataStream(BytesIO(file.read(length)))


def chunk(file: BinaryIO, begin: int, length: int) -> records.Chunk:
    """Return a chunk, still packed; ValueError when it would become too large."""
    found: records.Chunk = records.Chunk.read(content(file, begin, length))
    if found.uncompressed_size > MAX_RECORD_B:
        raise ValueError(f'a chunk of {found.uncompressed_size} bytes')
    return found
