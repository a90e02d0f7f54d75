"""The compression 'png' of rosbridge: the JSON of a message as the pixels of a picture.

Contract
    `encode(message)` returns what the member `data` of the operation `png` holds. The picture is
    RGB, about square; its bytes are those of the JSON, with line feeds to fill it. Clients
    (roslibjs) take every byte for a character, so the JSON is brought to ASCII first. Any thread.

Layout
    Portable Network Graphics (ISO/IEC 15948), 8 bits a channel, every line unfiltered. Written
    here because zlib does all the work and the picture libraries are large.
"""

from __future__ import annotations

import binascii
import math
import re
import struct
import zlib

from bbia_sim_ros.png_file import RGB
from bbia_sim_ros.png_file import SIGNATURE
from bbia_sim_ros.png_file import chunk

_PIXEL_B = 3
_BITS_PER_CHANNEL = 8
_UNFILTERED = b'\0'
# A message waits for its compression: little smaller at the usual level, three times as slow.
_LEVEL = 1
_NOT_ASCII = re.compile('[^\0-\x7f]')


def encode(message: bytes) -> str:
    """Return the picture of a JSON text, base64."""
    return binascii.b2a_base64(picture(message), newline=False).decode('ascii')


def picture(message: bytes) -> bytes:
    """Return the PNG file whose pixels are this JSON (UTF-8), brought to ASCII."""
    text = message if message.isascii() else _escape(message)
    width = max(1, math.isqrt(len(text) // _PIXEL_B))
    line = width * _PIXEL_B
    height = max(1, -(-len(text) // line))
    pixels = text.ljust(height * line, b'\n')
    lines = b''.join(
        _UNFILTERED + pixels[start : start + line] for start in range(0, len(pixels), line)
    )
    header = struct.pack('>2I5B', width, height, _BITS_PER_CHANNEL, RGB, 0, 0, 0)
    return b''.join(
        (
            SIGNATURE,
            chunk(b'IHDR', header),
            chunk(b'IDAT', zlib.compress(lines, _LEVEL)),
            chunk(b'IEND', b''),
        )
    )


def _escape(message: bytes) -> bytes:
    """Return the JSON with its characters beyond ASCII, which stand in strings only, escaped."""
    return _NOT_ASCII.sub(_escaped, message.decode()).encode('ascii')


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode('utf-16-be')
    return ''.join(f'\\u{units[at : at + 2].hex()}' for at in range(0, len(units), 2))
