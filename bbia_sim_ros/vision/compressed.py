"""The bytes of a sensor_msgs/CompressedImage as an RGB array.

Contract
    JPEG and PNG, told apart by their content, whatever the field `format` says. The size is read
    from the header and checked before anything is decoded, so that some kilobytes cannot claim all
    of the memory; a picture that stops short is refused, not shown half, and so is a damaged PNG,
    before libpng prints what is wrong with it (`png_file.py`). The pixels are in the
    order of the sensor: an orientation in EXIF data is not obeyed, for it would turn the picture
    away from its camera_info. Raises `ImageError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from bbia_sim_ros import png_file
from bbia_sim_ros.vision.encodings import Buffer
from bbia_sim_ros.vision.encodings import check_size
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.picture import Picture

MAX_COMPRESSED_B: Final = 64_000_000
_JPEG: Final = b'\xff\xd8\xff'
_JPEG_END: Final = b'\xff\xd9'
_PNG_END: Final = b'IEND'
# Marker codes of ITU-T T.81, table B.1: frames, without the three among them that are no frames.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN: Final = 0xDA
_MARKER: Final = re.compile(rb'\xff+[^\x00\xff]', re.DOTALL)
_MAX_SEGMENTS: Final = 1000


def decompressed(data: Buffer) -> Picture:
    """Return the picture (height, width, 3), uint8, red first; see the module's docstring."""
    given = np.frombuffer(data, np.uint8)
    if given.size > MAX_COMPRESSED_B:
        raise ImageError(
            f'the compressed picture has {given.size} bytes, and at most {MAX_COMPRESSED_B} are '
            'read'
        )
    content = given.tobytes()
    measure = _measure(content)
    try:
        size = measure(content)
        if size is None:
            raise _cut_off(content)
        check_size(*size)
        whole = png_file.sound(content) if measure is _png_size else content
    except png_file.PngError as error:
        raise ImageError(
            f'the compressed picture of {len(content)} bytes is damaged: {error}'
        ) from error
    return _decoded(whole, size)


def _measure(content: bytes) -> Callable[[bytes], tuple[int, int] | None]:
    if content.startswith(_JPEG):
        return _jpeg_size
    if content.startswith(png_file.SIGNATURE):
        return _png_size
    raise ImageError(
        f'the compressed picture of {len(content)} bytes begins with {content[:8]!r}, which is '
        'neither JPEG nor PNG: let the camera publish one of them'
    )


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height, None for a picture that stops short; raises `PngError`."""
    if _PNG_END not in content[-12:]:
        return None
    header = png_file.header(content)
    return header.width, header.height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height, None for a picture that stops short (ITU-T T.81, annex B)."""
    size, at = None, 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.match(content, at)
        if found is None:
            return None
        marker, at = content[found.end() - 1], found.end()
        length = int.from_bytes(content[at : at + 2], 'big')
        if marker in _FRAMES:
            height, width = content[at + 3 : at + 5], content[at + 5 : at + 7]
            size = int.from_bytes(width, 'big'), int.from_bytes(height, 'big')
        if marker == _START_OF_SCAN:
            # A camera may pad what follows the end.
            return size if content.rfind(_JPEG_END) > at else None
        at += length
    return None


def _decoded(content: bytes, size: tuple[int, int]) -> Picture:
    import cv2  # noqa: PLC0415 - takes 0.2 s

    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if picture is None or picture.shape[1::-1] != size:
        raise ImageError(
            f'the compressed picture of {len(content)} bytes is damaged: it cannot be decoded'
        )
    picture.flags.writeable = False
    return np.asarray(picture, dtype=np.uint8)


def _cut_off(content: bytes) -> ImageError:
    return ImageError(
        f'the compressed picture of {len(content)} bytes has no end: it was cut off on its way'
    )
