"""PNG files are looked over before libpng, which would print what is wrong, sees them."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros import png_file
from support.png_files import DAMAGED
from support.png_files import END
from support.png_files import HEIGHT
from support.png_files import NEEDLESS
from support.png_files import ROWS
from support.png_files import WIDTH
from support.png_files import pixels
from support.png_files import start

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def decoded(file: bytes) -> np.ndarray:
    """Return the pixels that OpenCV finds."""
    found: np.ndarray = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    return found


@pytest.mark.parametrize('how', DAMAGED)
def test_a_damaged_file_is_refused_with_what_is_wrong(how: str) -> None:
    file, why = DAMAGED[how]
    with pytest.raises(png_file.PngError, match=why):
        png_file.sound(file)


def test_what_libpng_would_warn_of_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    file = start() + b''.join(NEEDLESS) + pixels() + END
    decoded(file)
    assert 'libpng warning' in capfd.readouterr().err
    np.testing.assert_array_equal(decoded(png_file.sound(file)), decoded(start() + pixels() + END))
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize('kind', [(0, 1), (0, 16), (2, 8), (2, 16), (3, 4), (4, 8), (6, 16)])
@pytest.mark.parametrize('interlace', [0, 1])
def test_every_kind_of_picture_stays_what_it_is(
    kind: tuple[int, int], interlace: int, capfd: pytest.CaptureFixture[str]
) -> None:
    colour, depth = kind
    # The passes of a picture of 5 by 4 pixels: ISO/IEC 15948, section 8.2.
    sizes = [(1, 1), (1, 1), (1, 1), (3, 1), (2, 2), (5, 2)] if interlace else [(WIDTH, HEIGHT)]
    chance = np.random.default_rng(depth)
    rows = b''.join(
        b'\0' + chance.bytes(-(-columns * CHANNELS[colour] * depth // 8))
        for columns, count in sizes
        for _ in range(count)
    )
    # Two entries of the palette only: other values of pixels are black.
    palette = png_file.chunk(b'PLTE', b'abcdef') if colour == png_file.PALETTE else b''
    file = start(colour, depth, interlace) + palette + pixels(rows) + END
    expected = decoded(file)
    assert expected.shape == (HEIGHT, WIDTH, 3)
    capfd.readouterr()
    np.testing.assert_array_equal(decoded(png_file.sound(file)), expected)
    assert capfd.readouterr().err == ''


def test_pixels_may_come_in_parts() -> None:
    packed = zlib.compress(ROWS)
    parts = b''.join(png_file.chunk(b'IDAT', packed[at : at + 3]) for at in range(0, 99, 3))
    assert png_file.sound(start() + parts + END) == start() + pixels() + END


@given(st.data())
def test_a_file_with_any_other_byte_is_refused(
    data: st.DataObject,
) -> None:
    file = bytearray(start() + pixels() + END)
    at = data.draw(st.integers(0, len(file) - 1))
    file[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(png_file.PngError):
        png_file.sound(bytes(file))
