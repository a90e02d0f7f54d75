"""sensor_msgs/CompressedImage: what is whole is shown, and nothing is decoded unseen."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.vision.compressed import MAX_COMPRESSED_B
from bbia_sim_ros.vision.compressed import decompressed
from bbia_sim_ros.vision.errors import ImageError
from support.png_files import DAMAGED


def smooth(height: int = 48, width: int = 64) -> np.ndarray:
    rows, columns = np.indices((height, width))
    return np.dstack((4 * columns, 5 * rows, np.full_like(rows, 90))).clip(0, 255).astype(np.uint8)


def encoded(suffix: str, pixels: np.ndarray, *options: int) -> bytes:
    return bytes(cv2.imencode(suffix, pixels[..., ::-1], options)[1])


def test_a_png_is_as_it_was() -> None:
    np.testing.assert_array_equal(decompressed(encoded('.png', smooth())), smooth())


@pytest.mark.parametrize('progressive', [0, 1])
def test_a_jpeg_is_almost_as_it_was(progressive: int) -> None:
    data = encoded('.jpg', smooth(), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    np.testing.assert_allclose(decompressed(data).astype(int), smooth().astype(int), atol=12)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_a_grey_picture_has_three_equal_colours(suffix: str) -> None:
    data = bytes(cv2.imencode(suffix, smooth()[..., 0])[1])
    seen = decompressed(bytearray(data))
    assert seen.shape == (48, 64, 3)
    np.testing.assert_array_equal(seen[..., 0], seen[..., 2])


def test_a_png_with_sixteen_bits_is_read_with_eight() -> None:
    wide = smooth()[..., ::-1].astype(np.uint16) * 257
    seen = decompressed(bytes(cv2.imencode('.png', wide)[1]))
    np.testing.assert_allclose(seen.astype(int), smooth().astype(int), atol=1)


def test_what_a_camera_pads_a_jpeg_with_is_left_out() -> None:
    data = encoded('.jpg', smooth())
    np.testing.assert_array_equal(decompressed(data + bytes(1000)), decompressed(data))


def test_the_picture_is_not_turned_as_its_exif_data_wants() -> None:
    """It would no longer be what camera_info describes."""
    plain = encoded('.jpg', smooth())
    # Orientation (tag 0x0112) 6: turned by a quarter.
    ifd = struct.pack('<2sHIHHHIII', b'II', 42, 8, 1, 0x0112, 3, 1, 6, 0)
    body = b'Exif\0\0' + ifd
    turned = plain[:2] + b'\xff\xe1' + struct.pack('>H', len(body) + 2) + body + plain[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)
    np.testing.assert_array_equal(decompressed(turned), decompressed(plain))


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
@pytest.mark.parametrize('share', [0.1, 0.5, 0.9, 0.999])
def test_a_picture_that_was_cut_off_is_not_shown_half(suffix: str, share: float) -> None:
    data = encoded(suffix, np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8))
    with pytest.raises(ImageError, match='was cut off'):
        decompressed(data[: int(share * len(data))])


@pytest.mark.parametrize('data', [b'', b'\0', b'GIF89a' + bytes(20), bytes(12) + b'\x89PNG'])
def test_other_formats_are_refused_with_what_they_begin_with(data: bytes) -> None:
    with pytest.raises(ImageError, match='neither JPEG nor PNG'):
        decompressed(data)


def test_a_small_file_that_claims_a_huge_picture_is_not_decoded() -> None:
    header = struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0)
    chunks = [(b'IHDR', header), (b'IDAT', zlib.compress(bytes(1000))), (b'IEND', b'')]
    png = b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        for kind, body in chunks
    )
    with pytest.raises(ImageError, match='60000x60000'):
        decompressed(png)


def test_a_huge_jpeg_is_not_decoded_either() -> None:
    data = bytearray(encoded('.jpg', smooth()))
    at = data.index(b'\xff\xc0') + 5
    data[at : at + 4] = struct.pack('>HH', 65000, 65000)
    with pytest.raises(ImageError, match='65000x65000'):
        decompressed(data)


def test_too_many_bytes_are_not_looked_at() -> None:
    with pytest.raises(ImageError, match=str(MAX_COMPRESSED_B)):
        decompressed(bytes(MAX_COMPRESSED_B + 1))


def test_a_damaged_png_is_said_to_be_damaged() -> None:
    data = bytearray(encoded('.png', smooth()))
    at = data.index(b'IDAT') + 8
    data[at : at + 20] = bytes(20)
    with pytest.raises(ImageError, match='damaged'):
        decompressed(data)


def test_libpng_prints_nothing_of_pictures_that_are_damaged(
    capfd: pytest.CaptureFixture[str],
) -> None:
    for data, _ in DAMAGED.values():
        with pytest.raises(ImageError):
            decompressed(data)
    assert capfd.readouterr() == ('', '')


@given(st.binary(max_size=200), st.sampled_from([b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n']))
def test_any_bytes_are_a_picture_or_an_error(data: bytes, start: bytes) -> None:
    with pytest.raises(ImageError):
        decompressed(start + data)
