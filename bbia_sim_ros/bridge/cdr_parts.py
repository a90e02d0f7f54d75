"""What the compiler of decoders and the compiled decoders call; see `cdr`.

Contract
    `StringsReader` keeps one array of strings of limited size; the rest has no state. Any thread.
    What is wrong with the bytes is said by `ValueError`, `IndexError` or `struct.error`.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any

import orjson

from bbia_sim_ros.bridge.schema import CODES
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields

HEADER_B = 4
LARGEST_ALIGNMENT_B = 8

_LONGEST_KEPT_B = 8192


class Target(Enum):
    """What the objects are made for.

    JSON: what `orjson` takes with `OPT_SERIALIZE_NUMPY`; byte arrays are base64, numbers NumPy.
    CBOR: what `cbor2` takes; byte arrays are `bytes`, arrays of numbers tagged (RFC 8746).
    """

    JSON = 'json'
    CBOR = 'cbor'


class StringsReader:
    """Reads arrays of strings, and knows the last one again: names of joints hardly ever change."""

    def __init__(self, order: str, target: Target) -> None:
        self._length = struct.Struct(f'{order}I')
        self._target = target
        self._last: tuple[int, bytes, Any] = (-1, b'', None)

    def read(self, raw: bytes, start: int, count: int) -> tuple[Any, int]:
        """Return the value of `count` strings that begin at `start`, and where they end.

        The value may be returned again; do not change it.
        """
        last_count, last_bytes, last_value = self._last
        if count == last_count and raw.startswith(last_bytes, start):
            return last_value, start + len(last_bytes)
        strings, end = self._read(raw, start, count)
        value = orjson.Fragment(orjson.dumps(strings)) if self._target is Target.JSON else strings
        if end - start <= _LONGEST_KEPT_B:
            self._last = (count, raw[start:end], value)
        return value, end

    def _read(self, raw: bytes, start: int, count: int) -> tuple[list[str], int]:
        if count * self._length.size > len(raw) - start:
            raise too_short(start + count * self._length.size, len(raw))
        strings = []
        end = start
        for _ in range(count):
            begin = (end + 3 & -4) + self._length.size
            (length,) = self._length.unpack_from(raw, begin - self._length.size)
            end = begin + length
            if length and raw[end - 1]:
                raise ValueError('a string does not end with a zero')
            strings.append(str(raw[begin : max(begin, end - 1)], 'utf-8', 'replace'))
        return strings, end


def layouts(order: str, codes: str) -> tuple[tuple[Callable[..., Any], int], ...]:
    """Return, for each place modulo 8 where these numbers may begin, the reader and the length."""
    places = []
    for place in range(LARGEST_ALIGNMENT_B):
        offset = start = (place - HEADER_B) % LARGEST_ALIGNMENT_B
        parts = []
        for code in codes:
            size = struct.calcsize(f'<{code}')
            parts.append(f'{-offset % size}x{code}')
            offset += -offset % size + size
        layout = struct.Struct(order + ''.join(parts))
        assert layout.size == offset - start
        places.append((layout.unpack_from, layout.size))
    return tuple(places)


def least_size(field: Field) -> int:
    """Return the fewest bytes that an element takes, 1 or more."""
    if field.kind in (Kind.STRING, Kind.WSTRING):
        return 4
    if field.message is None:
        return CODES[field.typename][1]
    sizes = (
        4 if part.is_array and part.length is None else least_size(part) * (part.length or 1)
        for part in fields(field.message)
    )
    return sum(sizes) or 1


def base64(data: bytes) -> orjson.Fragment:
    """Return the JSON of bytes."""
    return orjson.Fragment(b'"%b"' % binascii.b2a_base64(data, newline=False))


def too_short(needed: int, length: int) -> ValueError:
    """Return the error for a message that would have to be longer."""
    return ValueError(f'{needed} bytes are needed, {length} are there')
