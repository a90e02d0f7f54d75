"""A message out of a PNG: the road back of `png`, for clients that send the op `png`.

The picture must be RGB with 8 bits; its bytes are the JSON, filled up with line feeds. OpenCV reads
it, loaded only when a client sends one; the file is looked over first (`png_file.py`), so that a
small one cannot become a huge picture, and none can fill the log.
"""

from __future__ import annotations

import binascii

from bbia_sim_ros import png_file

_DEPTH = 8
_PIXEL_B = 3


def unwrap(data: str, max_bytes: int) -> bytes:
    """Return the JSON in a base64 PNG of at most `max_bytes` pixel bytes; raises ValueError."""
    try:
        file = binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f'not base64: {error}') from None
    header = png_file.header(file)
    if (header.depth, header.colour) != (_DEPTH, png_file.RGB):
        raise ValueError('not an RGB picture with 8 bits a channel')
    if header.width * header.height * _PIXEL_B > max_bytes:
        raise ValueError(f'{header.width}x{header.height} pixels hold more than {max_bytes} bytes')
    whole = png_file.sound(file)
    # Imported here: it costs 30 MB, and hardly any client sends pictures.
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    pixels = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError('a damaged PNG')
    return pixels.tobytes().rstrip(b'\n')
