"""sensor_msgs/Image as RGB arrays and back.

Contract
    Takes and gives the fields of messages; knows no ROS. A picture is an array (height, width, 3),
    uint8, red first. What `to_rgb` returns is read-only: for rgb8 it shares the memory of the
    message, every other encoding is copied. Rows may be padded (`step`); data after the last row
    is not looked at. What cannot be a picture raises `ImageError` before memory is taken for it.
    OpenCV is imported at the first picture that is not rgb8.

    The colours are those of cv_bridge, which converts with OpenCV: YUV has the limited range of
    BT.601, Bayer patterns are interpolated, and of 16 bits v, 8 are left as round(v * 255 / 65535).
    Beyond it ``nv12`` and ``nv21`` are known. Numbers that are not said to be colours (``8UC3``,
    ``16UC1``, ``32FC1`` and the like) are no pictures here or there.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from typing import Final
from typing import NamedTuple
from typing import TypeAlias
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture

# A string, for array.array cannot be subscripted before Python 3.12.
Buffer: TypeAlias = 'bytes | bytearray | memoryview | array[int] | npt.NDArray[np.uint8]'

MAX_PIXELS: Final = 4608 * 3456
"""The most that is read, as of a camera (`camera.captured`); the robot's gives 3840x2592."""
MAX_SIDE: Final = 16384
"""The most pixels in a row or column: what is read can be drawn on, scaled and written as JPEG."""


class _Encoding(NamedTuple):
    """How a pixel lies in memory, and OpenCV's name of the way to RGB ('' when it is RGB).

    The size has to be at least ``smallest`` and a multiple of ``columns`` and ``rows``. For every
    ``rows`` rows of a picture there is one more row of colours when ``chroma_rows``.
    """

    channels: int
    conversion: str = ''
    depth_b: int = 1
    columns: int = 1
    rows: int = 1
    smallest: int = 1
    chroma_rows: bool = False


def _yuv422(order: str) -> _Encoding:
    return _Encoding(2, f'COLOR_YUV2RGB_{order}', columns=2)


def _yuv420(order: str) -> _Encoding:
    return _Encoding(1, f'COLOR_YUV2RGB_{order}', columns=2, rows=2, chroma_rows=True)


def _bayer(opencv: str, depth_b: int = 1) -> _Encoding:
    return _Encoding(1, f'COLOR_Bayer{opencv}2RGB', depth_b, smallest=3)


# OpenCV calls a Bayer pattern after the middle of its second row.
_ENCODINGS: Final[Mapping[str, _Encoding]] = MappingProxyType(
    {
        'rgb8': _Encoding(3),
        'bgr8': _Encoding(3, 'COLOR_BGR2RGB'),
        'rgba8': _Encoding(4, 'COLOR_RGBA2RGB'),
        'bgra8': _Encoding(4, 'COLOR_BGRA2RGB'),
        'mono8': _Encoding(1, 'COLOR_GRAY2RGB'),
        'rgb16': _Encoding(3, '', 2),
        'bgr16': _Encoding(3, 'COLOR_BGR2RGB', 2),
        'rgba16': _Encoding(4, 'COLOR_RGBA2RGB', 2),
        'bgra16': _Encoding(4, 'COLOR_BGRA2RGB', 2),
        'mono16': _Encoding(1, 'COLOR_GRAY2RGB', 2),
        'bayer_rggb8': _bayer('BG'),
        'bayer_bggr8': _bayer('RG'),
        'bayer_gbrg8': _bayer('GR'),
        'bayer_grbg8': _bayer('GB'),
        'bayer_rggb16': _bayer('BG', 2),
        'bayer_bggr16': _bayer('RG', 2),
        'bayer_gbrg16': _bayer('GR', 2),
        'bayer_grbg16': _bayer('GB', 2),
        'yuv422': _yuv422('UYVY'),
        'uyvy': _yuv422('UYVY'),
        'yuv422_yuy2': _yuv422('YUY2'),
        'yuyv': _yuv422('YUY2'),
        'nv12': _yuv420('NV12'),
        'nv21': _yuv420('NV21'),
    }
)
ENCODINGS: Final = tuple(_ENCODINGS)


class ImageFields(TypedDict):
    """The fields of a sensor_msgs/Image but its header."""

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: array[int]


def to_rgb(
    *, encoding: str, height: int, width: int, step: int, is_bigendian: bool | int, data: Buffer
) -> Picture:
    """Return the picture of a sensor_msgs/Image; see the module's docstring.

    ``step`` is the length of a row in bytes; ``is_bigendian`` is of the numbers with 16 bits.
    Raises `ImageError`.
    """
    known = _ENCODINGS.get(encoding)
    if known is None:
        raise ImageError(
            f'the encoding is {encoding!r}, and a picture is one of {", ".join(ENCODINGS)}'
        )
    _check_size(width, height, encoding, known)
    row_b = width * known.channels * known.depth_b
    rows = height + height // 2 if known.chroma_rows else height
    needed_b = (rows - 1) * step + row_b
    given = np.frombuffer(data, np.uint8)
    if step < row_b:
        raise ImageError(
            f'rows of {width} pixels in {encoding} have {row_b} bytes, and step says {step}'
        )
    if given.size < needed_b:
        raise ImageError(
            f'the picture of {width}x{height} pixels in {encoding} with step {step} has '
            f'{given.size} bytes, and needs {needed_b}: it was cut off on its way'
        )
    dtype = np.dtype(np.uint8 if known.depth_b == 1 else '>u2' if is_bigendian else '<u2')
    shape = (rows, width, known.channels)
    strides = (step, known.channels * known.depth_b, known.depth_b)
    return _converted(np.ndarray(shape, dtype, given, strides=strides), known)


def from_rgb(picture: Picture) -> ImageFields:
    """Return the fields of a sensor_msgs/Image in rgb8 of a picture (height, width, 3), uint8.

    Raises `ImageError` for any other array.
    """
    whole = rgb_picture(picture)
    height, width, _ = whole.shape
    data = array('B')
    data.frombytes(whole.data)
    return ImageFields(
        height=height, width=width, encoding='rgb8', is_bigendian=0, step=3 * width, data=data
    )


def check_size(width: int, height: int) -> None:
    """Raise `ImageError` for a picture without pixels or beyond `MAX_PIXELS` or `MAX_SIDE`."""
    if width < 1 or height < 1:
        raise ImageError(f'the picture is empty: {width}x{height} pixels')
    if width * height > MAX_PIXELS:
        raise ImageError(
            f'the picture has {width}x{height} pixels, and at most {MAX_PIXELS} are read: let the '
            'camera publish a smaller mode'
        )
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f'the picture has {width}x{height} pixels, and at most {MAX_SIDE} in a row or column '
            'are read: let the camera publish another mode'
        )


def _check_size(width: int, height: int, name: str, encoding: _Encoding) -> None:
    check_size(width, height)
    if width % encoding.columns or height % encoding.rows:
        raise ImageError(
            f'a picture in {name} has a multiple of {encoding.columns} columns and of '
            f'{encoding.rows} rows, and this one {width}x{height}'
        )
    if min(width, height) < encoding.smallest:
        raise ImageError(
            f'a picture in {name} has {encoding.smallest}x{encoding.smallest} pixels or more, and '
            f'this one {width}x{height}'
        )


def _converted(pixels: npt.NDArray[Any], encoding: _Encoding) -> Picture:
    picture = pixels
    if encoding.depth_b == 2:
        picture = np.ascontiguousarray(pixels, dtype=np.uint16)
    if encoding.conversion or encoding.depth_b == 2:
        import cv2  # noqa: PLC0415 - takes 0.2 s, and rgb8 needs none of it

        if encoding.conversion:
            picture = cv2.cvtColor(picture, getattr(cv2, encoding.conversion))
        if encoding.depth_b == 2:
            picture = cv2.convertScaleAbs(picture, alpha=255.0 / 65535.0)
    picture.flags.writeable = False
    return picture
