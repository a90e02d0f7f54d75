"""WebSocket frames of a server (RFC 6455, section 5.2), built once and written to many clients.

A server does not mask its frames, so the same bytes fit every client that takes no compression;
the bridge negotiates none. Each frame is final and holds a whole message.
"""

from __future__ import annotations

import struct

_FINAL = 0x80
_TEXT = 0x1
_BINARY = 0x2
_PING = 0x9
_SHORT_B = 126
_MEDIUM_B = 65536


def text_frame(payload: bytes) -> bytes:
    """Return a text frame; `payload` must be UTF-8."""
    return _header(_FINAL | _TEXT, len(payload)) + payload


def binary_frame(payload: bytes) -> bytes:
    """Return a binary frame."""
    return _header(_FINAL | _BINARY, len(payload)) + payload


def ping_frame() -> bytes:
    """Return a ping without payload."""
    return _header(_FINAL | _PING, 0)


def _header(first: int, length: int) -> bytes:
    if length < _SHORT_B:
        return struct.pack('!BB', first, length)
    if length < _MEDIUM_B:
        return struct.pack('!BBH', first, _SHORT_B, length)
    return struct.pack('!BBQ', first, _SHORT_B + 1, length)
