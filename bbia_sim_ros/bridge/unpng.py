"""A message out of a PNG: the road back of `png`, for clients that send the op `png`.

The picture must be RGB with 8 bits; its bytes are the JSON, filled up with line feeds. OpenCV reads
it, loaded only when a client sends one; the header is looked at first, so that a small file cannot
become a huge picture.
"""

from __future__ import annotations

import binascii
import struct

_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_HEADER = struct.Struct('>8s4x4sIIBB')
_RGB = 2
_DEPTH = 8
_PIXEL_B = 3


def unwrap(data: str, max_bytes: int) -> bytes:
    """Return the JSON in a base64 PNG of at most `max_bytes` pixel bytes; raises ValueError."""
    try:
        file = binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f'not base64: {error}') from None
    if len(file) < _HEADER.size:
        raise ValueError('not a PNG')
    signature, chunk, width, height, depth, colour = _HEADER.unpack_from(file)
    if signature != _SIGNATURE or chunk != b'IHDR':
        raise ValueError('not a PNG')
    if (depth, colour) != (_DEPTH, _RGB):
        raise ValueError('not an RGB picture with 8 bits a channel')
    if width * height * _PIXEL_B > max_bytes:
        raise ValueError(f'{width}x{height} pixels hold more than {max_bytes} bytes')
    # Imported here: it costs 30 MB, and hardly any client sends pictures.
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    pixels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError('a damaged PNG')
    return pixels.tobytes().rstrip(b'\n')
