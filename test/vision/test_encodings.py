"""sensor_msgs/Image as arrays: colours as they were, no copy in vain, and bad data is said."""

from __future__ import annotations

import importlib
import importlib.util
import re
from array import array
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.vision.encodings import ENCODINGS
from bbia_sim_ros.vision.encodings import MAX_PIXELS
from bbia_sim_ros.vision.encodings import MAX_SIDE
from bbia_sim_ros.vision.encodings import from_rgb
from bbia_sim_ros.vision.encodings import to_rgb
from bbia_sim_ros.vision.errors import ImageError

RED, GREEN, BLUE = 200, 100, 50
# What cv_bridge 3.4.0 (cv_bridge.cpp) hands to cv::cvtColor on the way to rgb8; 16 bits are then
# scaled by 255 / 65535. The two newer names of YUV 4:2:2 mean the same as the older.
CV_BRIDGE_CODES = {
    'mono': cv2.COLOR_GRAY2RGB,
    'rgb': None,
    'bgr': cv2.COLOR_BGR2RGB,
    'rgba': cv2.COLOR_RGBA2RGB,
    'bgra': cv2.COLOR_BGRA2RGB,
    'yuv422': cv2.COLOR_YUV2RGB_UYVY,
    'uyvy': cv2.COLOR_YUV2RGB_UYVY,
    'yuv422_yuy2': cv2.COLOR_YUV2RGB_YUY2,
    'yuyv': cv2.COLOR_YUV2RGB_YUY2,
    'bayer_rggb': cv2.COLOR_BayerBG2RGB,
    'bayer_bggr': cv2.COLOR_BayerRG2RGB,
    'bayer_gbrg': cv2.COLOR_BayerGR2RGB,
    'bayer_grbg': cv2.COLOR_BayerGB2RGB,
}
BAYER_SHIFTS = {'rggb': (0, 0), 'grbg': (0, 1), 'gbrg': (1, 0), 'bggr': (1, 1)}


def picture(height: int = 6, width: int = 8) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def convert(pixels: np.ndarray, encoding: str, **fields: Any) -> np.ndarray:
    """Convert rows that lie in memory without gaps."""
    height, width = pixels.shape[:2]
    plain = {'height': height, 'width': width, 'step': pixels.strides[0], 'is_bigendian': False}
    return to_rgb(encoding=encoding, data=pixels.tobytes(), **(plain | fields))


def bayer(pattern: str, height: int, width: int) -> np.ndarray:
    """What a sensor behind a Bayer filter sees of a wall of one colour."""
    down, right = BAYER_SHIFTS[pattern]
    rows, columns = np.indices((height, width))
    rows, columns = (rows + down) % 2, (columns + right) % 2
    mosaic = np.where(rows == columns, np.where(rows == 0, RED, BLUE), GREEN)
    return mosaic.astype(np.uint8)


def test_rgb8_shares_the_memory_of_the_message_and_cannot_be_written() -> None:
    data = array('B', picture().tobytes())
    seen = to_rgb(encoding='rgb8', height=6, width=8, step=24, is_bigendian=0, data=data)
    np.testing.assert_array_equal(seen, picture())
    assert np.shares_memory(seen, np.frombuffer(data, np.uint8))
    with pytest.raises(ValueError, match='read-only'):
        seen[0, 0, 0] = 1


@pytest.mark.parametrize('kind', [bytes, bytearray, memoryview, lambda b: array('B', b)])
def test_data_may_be_any_kind_of_bytes(kind: Any) -> None:
    pixels = picture()
    seen = to_rgb(
        encoding='bgr8',
        height=6,
        width=8,
        step=24,
        is_bigendian=False,
        data=kind(pixels.tobytes()),
    )
    np.testing.assert_array_equal(seen, pixels[..., ::-1])


def test_the_order_of_the_colours_is_obeyed_and_opacity_left_out() -> None:
    rgb = picture()
    opacity = np.full((6, 8, 1), 7, np.uint8)
    given_as = {
        'rgb8': rgb,
        'bgr8': rgb[..., ::-1],
        'rgba8': np.concatenate((rgb, opacity), axis=2),
        'bgra8': np.concatenate((rgb[..., ::-1], opacity), axis=2),
    }
    for encoding, pixels in given_as.items():
        seen = convert(np.ascontiguousarray(pixels), encoding)
        np.testing.assert_array_equal(seen, rgb, err_msg=encoding)


def test_grey_becomes_three_equal_colours() -> None:
    grey = picture()[..., 0].copy()
    np.testing.assert_array_equal(convert(grey, 'mono8'), np.dstack((grey, grey, grey)))


@pytest.mark.parametrize('big', [False, True])
@pytest.mark.parametrize('encoding', ['rgb16', 'bgr16', 'rgba16', 'bgra16', 'mono16'])
def test_of_sixteen_bits_the_upper_eight_are_left_in_either_byte_order(
    encoding: str, big: bool
) -> None:
    wide = np.random.default_rng(4).integers(0, 65536, (6, 8, 4), dtype=np.uint16)
    rgb = np.rint(wide[..., :3] / 257.0).astype(np.uint8)  # 257 = 65535 / 255
    pixels = wide[..., [2, 1, 0, 3]] if encoding.startswith('b') else wide
    if encoding == 'mono16':
        pixels, rgb = wide[..., :1], rgb[..., [0, 0, 0]]
    elif 'a' not in encoding:
        pixels = pixels[..., :3]
    pixels = np.ascontiguousarray(pixels.astype('>u2' if big else '<u2'))
    np.testing.assert_array_equal(convert(pixels, encoding, is_bigendian=big), rgb)


def test_sixteen_bits_are_rounded() -> None:
    wide = np.array([[0, 128, 129, 65535, 65406, 65407]], np.uint16)
    assert convert(wide, 'mono16')[0, :, 0].tolist() == [0, 0, 1, 255, 254, 255]


@pytest.mark.parametrize('pattern', sorted(BAYER_SHIFTS))
@pytest.mark.parametrize('depth', [8, 16])
def test_a_bayer_pattern_gives_the_colour_it_was_made_of(pattern: str, depth: int) -> None:
    mosaic = bayer(pattern, 6, 8)
    if depth == 16:
        mosaic = mosaic.astype('<u2') * 257
    seen = convert(mosaic, f'bayer_{pattern}{depth}')
    assert (seen == (RED, GREEN, BLUE)).all()


def yuv(red: float, green: float, blue: float) -> tuple[int, int, int]:
    """BT.601 with limited range: 16..235 and 16..240."""
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    y = 16.0 + luma * 219.0 / 255.0
    u = 128.0 + (blue - luma) / 1.772 * 224.0 / 255.0
    v = 128.0 + (red - luma) / 1.402 * 224.0 / 255.0
    return round(y), round(u), round(v)


@pytest.mark.parametrize('encoding', ['uyvy', 'yuv422', 'yuyv', 'yuv422_yuy2', 'nv12', 'nv21'])
def test_yuv_gives_the_colour_it_was_made_of(encoding: str) -> None:
    y, u, v = yuv(RED, GREEN, BLUE)
    if encoding.startswith('nv'):
        pair = (u, v) if encoding == 'nv12' else (v, u)
        luma, chroma = np.full((4, 6), y, np.uint8), np.tile(np.array(pair, np.uint8), (2, 3))
        pixels = np.vstack((luma, chroma))
    else:
        four = (u, y, v, y) if encoding in ('uyvy', 'yuv422') else (y, u, y, v)
        pixels = np.tile(np.array(four, np.uint8), (4, 3))
    seen = convert(pixels, encoding, height=4, width=6)
    assert seen.shape == (4, 6, 3)
    np.testing.assert_allclose(
        seen.astype(int), np.broadcast_to((RED, GREEN, BLUE), (4, 6, 3)), atol=2
    )


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_padded_rows_are_cut_and_what_follows_is_not_looked_at(encoding: str) -> None:
    height, width = 6, 8
    rows = 9 if encoding.startswith('nv') else height
    row_b = len(bytes_of_a_pixel(encoding)) * width
    plain = np.random.default_rng(2).integers(0, 256, (rows, row_b), dtype=np.uint8)
    padded = np.full((rows + 1, row_b + 6), 99, np.uint8)
    padded[:rows, :row_b] = plain
    same = {'encoding': encoding, 'height': height, 'width': width, 'is_bigendian': False}
    seen = to_rgb(step=row_b + 6, data=padded.tobytes(), **same)
    np.testing.assert_array_equal(seen, to_rgb(step=row_b, data=plain.tobytes(), **same))
    # Nor is the padding of the last row needed.
    short = padded.tobytes()[: (rows - 1) * (row_b + 6) + row_b]
    np.testing.assert_array_equal(to_rgb(step=row_b + 6, data=short, **same), seen)


def bytes_of_a_pixel(encoding: str) -> bytes:
    channels = 4 if 'a' in encoding[3:5] else 3 if encoding[:3] in ('rgb', 'bgr') else 1
    if 'yu' in encoding or 'uy' in encoding:
        channels = 2
    return bytes(channels * (2 if encoding.endswith('16') else 1))


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_a_byte_too_few_is_said_with_both_figures(encoding: str) -> None:
    row_b = 8 * len(bytes_of_a_pixel(encoding))
    rows = 9 if encoding.startswith('nv') else 6
    with pytest.raises(ImageError, match=f'has {rows * row_b - 1} bytes, and needs {rows * row_b}'):
        to_rgb(
            encoding=encoding,
            height=6,
            width=8,
            step=row_b,
            is_bigendian=False,
            data=bytes(rows * row_b - 1),
        )


@pytest.mark.parametrize(
    ('fields', 'reason'),
    [
        ({'width': 0}, 'empty: 0x6'),
        ({'height': 0}, 'empty: 8x0'),
        ({'data': b''}, 'has 0 bytes, and needs 144'),
        ({'step': 23}, 'have 24 bytes, and step says 23'),
        ({'step': 0}, 'step says 0'),
        ({'width': 4294967295, 'height': 4294967295}, f'at most {MAX_PIXELS}'),
        ({'width': MAX_SIDE + 1, 'height': 2}, f'at most {MAX_SIDE} in a row'),
        ({'width': 2, 'height': MAX_SIDE + 1}, f'at most {MAX_SIDE} in a row'),
        ({'step': 4294967295}, 'needs'),
        ({'encoding': '16UC1'}, "'16UC1'.* one of rgb8"),
        ({'encoding': '32FC1'}, "'32FC1'"),
        ({'encoding': '8UC3'}, "'8UC3'"),
        ({'encoding': ''}, "''"),
        ({'encoding': 'RGB8'}, "'RGB8'"),
        ({'encoding': 'yuyv', 'width': 7}, 'multiple of 2 columns'),
        ({'encoding': 'nv12', 'height': 5}, 'of 2 rows'),
        ({'encoding': 'bayer_rggb8', 'height': 2}, '3x3 pixels or more'),
    ],
)
def test_what_is_no_picture_is_refused_with_what_is_wrong(
    fields: dict[str, Any], reason: str
) -> None:
    good = {'encoding': 'rgb8', 'height': 6, 'width': 8, 'step': 24, 'is_bigendian': False}
    with pytest.raises(ImageError, match=reason):
        to_rgb(**(good | {'data': picture().tobytes()} | fields))


@given(
    encoding=st.sampled_from((*ENCODINGS, '32FC1')),
    shape=st.tuples(*(st.integers(0, 2**32 - 1) | st.integers(0, 9) for _ in range(3))),
    data=st.binary(max_size=400),
)
def test_any_message_is_a_picture_or_an_image_error(
    encoding: str, shape: tuple[int, int, int], data: bytes
) -> None:
    height, width, step = shape
    try:
        seen = to_rgb(
            encoding=encoding, height=height, width=width, step=step, is_bigendian=1, data=data
        )
    except ImageError:
        return
    assert seen.shape == (height, width, 3)
    assert seen.dtype == np.uint8


def test_a_picture_of_4k_is_read() -> None:
    seen = to_rgb(
        encoding='bgr8',
        height=2160,
        width=3840,
        step=3 * 3840,
        is_bigendian=False,
        data=bytes(3 * 3840 * 2160),
    )
    assert seen.shape == (2160, 3840, 3)


@pytest.mark.parametrize('pixels', [picture(), picture()[::2, ::-1], picture(1, 1)])
def test_a_picture_becomes_a_message_and_the_same_picture_again(pixels: np.ndarray) -> None:
    fields = from_rgb(pixels)
    assert (fields['encoding'], fields['step']) == ('rgb8', 3 * pixels.shape[1])
    np.testing.assert_array_equal(to_rgb(**fields), pixels)


@pytest.mark.parametrize(
    'wrong',
    [
        np.zeros((4, 5)),
        np.zeros((4, 5, 4), np.uint8),
        np.zeros((4, 5, 3)),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_an_array_that_is_no_picture_becomes_no_message(wrong: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r'an array \(height, width, 3\)|is empty'):
        from_rgb(wrong)


@pytest.mark.parametrize('encoding', sorted({*ENCODINGS} - {'nv12', 'nv21'}))
def test_the_colours_are_those_of_the_conversions_that_cv_bridge_chooses(encoding: str) -> None:
    pixel_b = len(bytes_of_a_pixel(encoding))
    kind = np.uint16 if encoding.endswith('16') else np.uint8
    shape = (6, 8, pixel_b // np.dtype(kind).itemsize)
    pixels = np.random.default_rng(3).integers(0, np.iinfo(kind).max + 1, shape, dtype=kind)
    code = CV_BRIDGE_CODES[re.sub('(8|16)$', '', encoding)]
    expected = pixels if code is None else cv2.cvtColor(pixels, code)
    if kind is np.uint16:
        expected = cv2.convertScaleAbs(expected, alpha=255.0 / 65535.0)
    np.testing.assert_array_equal(convert(pixels, encoding), expected)


# It comes with ROS from apt only.
if importlib.util.find_spec('cv_bridge'):
    # Not every version of it knows the new names of the two YUV 4:2:2 encodings.
    @pytest.mark.parametrize('encoding', sorted({*ENCODINGS} - {'nv12', 'nv21', 'uyvy', 'yuyv'}))
    def test_the_colours_are_those_of_cv_bridge(encoding: str) -> None:
        from sensor_msgs.msg import Image

        bridge = importlib.import_module('cv_bridge').CvBridge()
        row_b = 8 * len(bytes_of_a_pixel(encoding))
        data = np.random.default_rng(3).integers(0, 256, 6 * row_b, dtype=np.uint8).tobytes()
        fields = {'encoding': encoding, 'height': 6, 'width': 8, 'step': row_b, 'is_bigendian': 0}
        reference = bridge.imgmsg_to_cv2(Image(data=array('B', data), **fields), 'rgb8')
        np.testing.assert_array_equal(to_rgb(data=data, **fields), reference)


def test_bayer_patterns_are_interpolated_as_opencv_does() -> None:
    mosaic = picture()[..., 0].copy()
    expected = cv2.cvtColor(mosaic, cv2.COLOR_BayerRGGB2RGB)
    np.testing.assert_array_equal(convert(mosaic, 'bayer_rggb8'), expected)
