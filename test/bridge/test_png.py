"""JSON in a picture: any decoder of PNG finds the text in the pixels."""

from __future__ import annotations

import base64
import json

import cv2
import numpy as np
import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.bridge import png


def read_as_roslibjs(data: str) -> str:
    """Return the text that the pixels say, each byte a character."""
    file = np.frombuffer(base64.b64decode(data, validate=True), np.uint8)
    pixels = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
    assert pixels.ndim == 3
    return pixels[:, :, ::-1].tobytes().decode('latin-1')


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists))
@example('')
@example('é 漢 😀 \\ " \x7f')
def test_what_is_read_is_what_was_written(value: object) -> None:
    message = json.dumps({'msg': value}, ensure_ascii=False).encode('utf-8', 'replace')
    text = read_as_roslibjs(png.encode(message))
    assert text.isascii()
    assert json.loads(text) == json.loads(message)


@pytest.mark.parametrize('length', [*range(3, 40), 1000, 100_000])
def test_any_length_fits(length: int) -> None:
    message = b'"' + b'x' * (length - 2) + b'"'
    assert read_as_roslibjs(png.encode(message)).rstrip('\n') == message.decode()


def test_the_picture_is_about_square() -> None:
    height, width, _ = cv2.imdecode(
        np.frombuffer(png.picture(b'[' + b' ' * 30_000 + b']'), np.uint8), cv2.IMREAD_COLOR
    ).shape
    assert abs(width - height) <= 2
