"""PNG files looked over before they are decoded, and the chunks that they are made of.

libpng prints what is wrong with a file to stderr, a line a picture, and neither OpenCV nor its
callers can prevent or count that. So a file that others sent is read here first: `sound` returns
one of which libpng has nothing to say, or tells what is wrong.

Layout
    Portable Network Graphics (ISO/IEC 15948): section 5.3 chunks, 11.2 the critical ones, 7.2 and
    9.2 rows with their filter bytes, 8.2 interlacing (Adam7). Any thread; nothing is kept.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SIGNATURE: Final = b'\x89PNG\r\n\x1a\n'
RGB: Final = 2
PALETTE: Final = 3
_HEADER: Final = struct.Struct('>2I5B')
_CHUNK: Final = struct.Struct('>I4s')
_CHECKSUM: Final = struct.Struct('>I')
# Channels and bits a channel by colour type: table 11.1.
_KINDS: Final = {
    0: (1, (1, 2, 4, 8, 16)),
    RGB: (3, (8, 16)),
    PALETTE: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
# First column, first row, column step and row step of the passes of Adam7; else there is one.
_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_ONE_PASS: Final = ((0, 0, 1, 1),)
_LAST_FILTER: Final = 4
_ENTRY_B: Final = 3
# In the first byte of a chunk's name: a decoder that does not know it may pass it over.
_ANCILLARY: Final = 0x20


class PngError(ValueError):
    """A file is no PNG or is damaged; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the file says of its picture, in the units of the standard."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    checksum = _CHECKSUM.pack(zlib.crc32(name + data))
    return _CHUNK.pack(len(data), name) + data + checksum


def header(file: bytes) -> Header:
    """Return what a PNG file is to hold; raises `PngError` for no PNG, or an impossible one."""
    if not file.startswith(SIGNATURE):
        raise PngError('not a PNG')
    name, data = next(_chunks(file), (b'', b''))
    if name != b'IHDR' or len(data) != _HEADER.size:
        raise PngError('the PNG has no header')
    width, height, depth, colour, compression, filtering, interlace = _HEADER.unpack(data)
    possible = (
        0 < width < 2**31
        and 0 < height < 2**31
        and depth in _KINDS.get(colour, (0, ()))[1]
        and (compression, filtering) == (0, 0)
        and interlace in {0, 1}
    )
    if not possible:
        raise PngError(f'its header {data.hex()} describes no picture that a PNG can hold')
    return Header(width=width, height=height, depth=depth, colour=colour, interlaced=interlace == 1)


def sound(file: bytes) -> bytes:
    """Return the file with nothing in it but what its pixels need; raises `PngError`.

    The pixels are unpacked for that: the caller has looked at their number in `header` before.
    """
    wanted = header(file)
    palette, packed = b'', bytearray()
    for name, data in _chunks(file):
        if name == b'PLTE':
            palette = data
        elif name == b'IDAT':
            packed += data
        elif name not in {b'IHDR', b'IEND'} and not name[0] & _ANCILLARY:
            raise PngError(f'its chunk {name!r} is needed and unknown')
    _check_rows(wanted, bytes(packed))
    parts = [SIGNATURE, file[len(SIGNATURE) : len(SIGNATURE) + 12 + _HEADER.size]]
    if wanted.colour == PALETTE:
        parts.append(chunk(b'PLTE', _whole_palette(palette, wanted.depth)))
    return b''.join((*parts, chunk(b'IDAT', bytes(packed)), chunk(b'IEND', b'')))


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return names and contents to the end of the picture; raises `PngError` for a damaged one."""
    at, name = len(SIGNATURE), b''
    while name != b'IEND':
        if at + _CHUNK.size > len(file):
            raise PngError('the PNG is cut off')
        length, name = _CHUNK.unpack_from(file, at)
        start = at + _CHUNK.size
        at = start + length + _CHECKSUM.size
        if at > len(file):
            raise PngError(f'its chunk {name!r} is cut off')
        data = file[start : start + length]
        if _CHECKSUM.unpack_from(file, start + length)[0] != zlib.crc32(name + data):
            raise PngError(f'the checksum of its chunk {name!r} is wrong')
        yield name, data


def _check_rows(wanted: Header, packed: bytes) -> None:
    """Raise `PngError` unless this unpacks to as many rows as the header says, with filters."""
    passes = [(rows, 1 + row_b) for rows, row_b in _passes(wanted)]
    size_b = sum(rows * line_b for rows, line_b in passes)
    unpacking = zlib.decompressobj()
    try:
        # One more than there should be, so that too many are seen.
        lines = unpacking.decompress(packed, size_b + 1)
    except zlib.error as error:
        raise PngError(f'its pixels cannot be unpacked: {error}') from None
    if len(lines) != size_b or not unpacking.eof or unpacking.unused_data:
        raise PngError(f'its pixels are not the {size_b} bytes that the header tells of')
    at = 0
    for rows, line_b in passes:
        end = at + rows * line_b
        if max(lines[at:end:line_b]) > _LAST_FILTER:
            raise PngError(f'a row of its pixels has a filter above {_LAST_FILTER}')
        at = end


def _passes(wanted: Header) -> Iterator[tuple[int, int]]:
    """Return rows, and bytes a row, of each pass that has pixels."""
    channels, _ = _KINDS[wanted.colour]
    for column, row, columns_on, rows_on in _ADAM7 if wanted.interlaced else _ONE_PASS:
        columns = -(-(wanted.width - column) // columns_on)
        rows = -(-(wanted.height - row) // rows_on)
        if columns > 0 and rows > 0:
            yield rows, -(-columns * channels * wanted.depth // 8)


def _whole_palette(palette: bytes, depth: int) -> bytes:
    """Return it with an entry, black at need, for every value that a pixel may have."""
    most_b = _ENTRY_B << depth
    if not palette or len(palette) % _ENTRY_B or len(palette) > most_b:
        raise PngError(f'its palette of {len(palette)} bytes is none for {depth} bits')
    return palette.ljust(most_b, b'\0')
