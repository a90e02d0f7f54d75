"""Messages in pictures that clients send: found again, or refused without a word of libpng."""

from __future__ import annotations

import base64

import pytest

from bbia_sim_ros.bridge import png
from bbia_sim_ros.bridge.unpng import unwrap
from support.png_files import DAMAGED
from support.png_files import END
from support.png_files import pixels
from support.png_files import start


def test_what_was_wrapped_is_unwrapped() -> None:
    assert unwrap(png.encode(b'{"op": "x"}'), 1000) == b'{"op": "x"}'


@pytest.mark.parametrize('how', DAMAGED)
def test_a_damaged_picture_is_refused_and_nothing_is_printed(
    how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    file, why = DAMAGED[how]
    with pytest.raises(ValueError, match=f'{why}|not an RGB'):
        unwrap(base64.b64encode(file).decode(), 1000)
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize(
    ('data', 'why'),
    [
        ('?', 'not base64'),
        (base64.b64encode(b'GIF89a').decode(), 'not a PNG'),
        (base64.b64encode(start(colour=0) + pixels(bytes(24)) + END).decode(), 'not an RGB'),
        (png.encode(b'x' * 2000), 'more than 1000 bytes'),
    ],
)
def test_other_data_are_refused_with_the_reason(data: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unwrap(data, 1000)
