"""PNG files that are damaged, each in another way, and what is wrong with them."""

from __future__ import annotations

import struct
import zlib

from bbia_sim_ros.png_file import SIGNATURE
from bbia_sim_ros.png_file import chunk

WIDTH, HEIGHT = 5, 4
ROWS = b''.join(b'\0' + bytes(range(row, row + 3 * WIDTH)) for row in range(HEIGHT))
END = chunk(b'IEND', b'')


def start(colour: int = 2, depth: int = 8, interlace: int = 0) -> bytes:
    """Return signature and header."""
    values = (WIDTH, HEIGHT, depth, colour, 0, 0, interlace)
    return SIGNATURE + chunk(b'IHDR', struct.pack('>2I5B', *values))


def pixels(rows: bytes = ROWS) -> bytes:
    """Return rows as they stand in a file."""
    return chunk(b'IDAT', zlib.compress(rows))


def with_wrong_checksum(part: bytes) -> bytes:
    """Return a chunk whose last bit is another."""
    return part[:-1] + bytes((part[-1] ^ 1,))


DAMAGED = {
    'no header': (SIGNATURE + pixels() + END, 'no header'),
    'header of another size': (SIGNATURE + chunk(b'IHDR', bytes(3)) + END, 'no header'),
    'impossible header': (start(depth=3) + pixels() + END, 'describes no picture'),
    'checksum of the header': (with_wrong_checksum(start()) + pixels() + END, 'checksum'),
    'checksum of the pixels': (start() + with_wrong_checksum(pixels()) + END, 'checksum'),
    'no pixels': (start() + END, 'are not the 64 bytes'),
    'no zlib stream': (start() + chunk(b'IDAT', b'x' * 20) + END, 'unpacked'),
    'too few pixels': (start() + pixels(ROWS[:-1]) + END, 'are not the 64 bytes'),
    'too many pixels': (start() + pixels(ROWS + b'\0') + END, 'are not the 64 bytes'),
    'bytes after the stream': (
        start() + chunk(b'IDAT', zlib.compress(ROWS) + b'x') + END,
        'are not the 64 bytes',
    ),
    'unknown filter': (start() + pixels(b'\5' + ROWS[1:]) + END, 'a filter above 4'),
    'unknown chunk': (start() + chunk(b'ABCD', b'') + pixels() + END, 'is needed and unknown'),
    'no palette': (start(colour=3) + pixels(bytes(24)) + END, 'palette'),
    'no end': (start() + pixels(), 'cut off'),
    'cut off in a chunk': ((start() + pixels() + END)[:-5], 'cut off'),
}
# What libpng warns of, and the picture needs not.
NEEDLESS = (
    chunk(b'iCCP', b'profile\0\0' + zlib.compress(bytes(9))),
    chunk(b'sBIT', b'abcdef'),
    chunk(b'gAMA', b'1'),
    chunk(b'tEXt', b''),
    chunk(b'PLTE', b'abc'),
)
