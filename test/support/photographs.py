"""Real photographs that come with packages: scikit-image's, and matplotlib's portrait."""

from __future__ import annotations

from typing import Any

import numpy as np

from support.optional import need

# Bundled with scikit-image and without a human face; two are textures, one is a cat.
FACELESS = (
    'brick',
    'cat',
    'coffee',
    'coins',
    'grass',
    'gravel',
    'hubble_deep_field',
    'moon',
    'page',
    'rocket',
)


def photograph(name: str) -> Any:
    """Return a bundled photograph of scikit-image as (h, w, 3) uint8, red first."""
    need('skimage')
    from skimage import data

    picture = getattr(data, name)()
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)


def astronaut() -> Any:
    """Return the portrait (512, 512, 3) of a woman who smiles broadly and looks at the camera."""
    return photograph('astronaut')


def admiral() -> Any:
    """Return the portrait (600, 512, 3) of a woman, her mouth shut, who looks at the camera."""
    need('matplotlib')
    import cv2
    from matplotlib import cbook

    file = str(cbook.get_sample_data('grace_hopper.jpg', asfileobj=False))
    return cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2RGB)


def in_frame(picture: Any, width: int, height: int) -> Any:
    """Return a picture as high as the frame, in the middle of a grey one."""
    import cv2

    wide = round(picture.shape[1] * height / picture.shape[0])
    frame = np.full((height, width, 3), 128, np.uint8)
    left = (width - wide) // 2
    frame[:, left : left + wide] = cv2.resize(picture, (wide, height), interpolation=cv2.INTER_AREA)
    return frame


def with_faces(*faces: tuple[float, float, float]) -> Any:
    """Return a grey picture (480, 640, 3) with the astronaut's face at x, y and in a width, px.

    The place is that of the middle of her face, which is 96 px wide in the photograph; her head
    needs room for 1.1 widths on all sides.
    """
    import cv2

    frame = np.full((480, 640, 3), 128, np.uint8)
    head = astronaut()[20:220, 129:319]
    for x, y, width in faces:
        scale = width / 96.0
        small = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left, top = round(x - 95.0 * scale), round(y - 100.0 * scale)
        frame[top : top + small.shape[0], left : left + small.shape[1]] = small
    return frame
