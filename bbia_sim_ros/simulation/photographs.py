"""Photographs of faces, cut out and scaled so that they can stand in a scene at life size.

Contract
    `find` only looks whether the files are there: cheap, for a check at the start. `portraits`
    reads them and finds the largest face of each with OpenCV's frontal-face cascade, which comes
    with OpenCV. Both raise `SceneError`, which says what to do.

Life size
    The cascade's square is as wide as `SQUARE_WIDTH_M` on a real face: on the astronaut it is 2.2
    distances between the pupils wide (95 px to 43.2 px, pupils from MediaPipe's face mesh), and
    adults have 63 mm from pupil to pupil on average (N. A. Dodgson, Variation and extrema of human
    interpupillary distance, 2004). The cheekbones of the astronaut are then 133 mm apart. The
    middle of a face lies halfway between the eyes and the mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.pictures import ASTRONAUT

PANELS: Final = 2
SQUARE_WIDTH_M: Final = 0.139
# From the middle of the cascade's square down to the middle of the face, in widths of the square.
_DOWN: Final = 0.115
# How far a panel reaches from the middle of the face, m: head and shoulders.
ASIDE_M: Final = 0.25
ABOVE_M: Final = 0.18
BELOW_M: Final = 0.42
FINEST_M_PER_PX: Final = 0.001
# The cascade looks at pictures of this height at most; a face is at least a twelfth of it.
_SEARCH_HEIGHT_PX: Final = 768
_SMALLEST_SHARE: Final = 12
_NEIGHBOURS: Final = 8

_ASTRONAUT_FILE: Final = ('skimage', 'data', 'astronaut.png')
_CASCADE: Final = 'haarcascade_frontalface_default.xml'
_CASCADES_OF_DEBIAN: Final = '/usr/share/opencv4/haarcascades'

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False, kw_only=True)
class Portrait:
    """A face to stand in the scene: pixels (h, w, 3), red first, and its edges, m.

    The edges are distances from the middle of the face; left and right are the picture's.
    """

    pixels: Pixels
    left_m: float
    right_m: float
    above_m: float
    below_m: float


def find(names: Sequence[str]) -> tuple[Path, ...]:
    """Return the files of one or two photographs; `ASTRONAUT` is the one that scikit-image brings.

    Raises
    ------
    SceneError
        None or too many, a file that is not there, or no scikit-image for its portrait.

    """
    if not 1 <= len(names) <= PANELS:
        raise SceneError(
            f'{len(names)} photographs for {PANELS} panels; name 1 to {PANELS} in the parameter'
            ' photographs'
        )
    return tuple(_astronaut() if name == ASTRONAUT else _file(name) for name in names)


def portraits(paths: Sequence[Path]) -> tuple[Portrait, ...]:
    """Return a portrait for each of the `PANELS` panels.

    A single photograph is shown twice, the second time mirrored and paler.

    Raises
    ------
    SceneError
        A file is no picture, or no face is found in it.

    """
    found = [_portrait(path) for path in paths]
    if len(found) < PANELS:
        found.append(_other_look(found[0]))
    return tuple(found)


def _file(name: str) -> Path:
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise SceneError(
            f'there is no photograph {path}; name picture files in the parameter photographs'
        )
    return path


def _astronaut() -> Path:
    module, *parts = _ASTRONAUT_FILE
    spec = find_spec(module)
    if spec is not None and spec.submodule_search_locations:
        path = Path(next(iter(spec.submodule_search_locations)), *parts)
        if path.is_file():
            return path
    raise SceneError(
        f'the photograph {ASTRONAUT} comes with the package scikit-image, which is not installed'
        ' here; install it with: pip install scikit-image==0.26.0 - or name pictures of faces in'
        ' the parameter photographs'
    )


def _portrait(path: Path) -> Portrait:
    import cv2  # noqa: PLC0415 - the simulator itself needs none: it does without pictures

    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise SceneError(f'{path} is not a picture that OpenCV can read, such as JPEG or PNG')
    x, y, width = _largest_face(picture, path)
    m_per_px = SQUARE_WIDTH_M / width
    height, whole_width = picture.shape[:2]
    left, right = max(0, round(x - ASIDE_M / m_per_px)), round(x + ASIDE_M / m_per_px)
    top, bottom = max(0, round(y - ABOVE_M / m_per_px)), round(y + BELOW_M / m_per_px)
    right, bottom = min(right, whole_width), min(bottom, height)
    cut = picture[top:bottom, left:right, ::-1]
    if m_per_px < FINEST_M_PER_PX:
        share = m_per_px / FINEST_M_PER_PX
        cut = cv2.resize(cut, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return Portrait(
        pixels=np.ascontiguousarray(cut, dtype=np.uint8),
        left_m=(x - left) * m_per_px,
        right_m=(right - x) * m_per_px,
        above_m=(y - top) * m_per_px,
        below_m=(bottom - y) * m_per_px,
    )


def _largest_face(picture: Any, path: Path) -> tuple[float, float, float]:
    """Return the middle of the largest face (x, y) and the width of its square, px."""
    import cv2  # noqa: PLC0415

    shrink = min(1.0, _SEARCH_HEIGHT_PX / picture.shape[0])
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if shrink < 1.0:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    smallest = grey.shape[0] // _SMALLEST_SHARE
    squares = cv2.CascadeClassifier(str(_cascade())).detectMultiScale(
        grey, scaleFactor=1.1, minNeighbors=_NEIGHBOURS, minSize=(smallest, smallest)
    )
    if not len(squares):
        raise SceneError(
            f'no face is found in {path}; take a photograph in which one looks at the camera and'
            f' is at least a {_SMALLEST_SHARE}th of the picture high'
        )
    left, top, width, _ = max(squares, key=lambda square: int(square[2]))
    x, y = left + width / 2.0, top + (0.5 + _DOWN) * width
    return x / shrink, y / shrink, width / shrink


def _cascade() -> Path:
    import cv2  # noqa: PLC0415

    bundled = getattr(cv2, 'data', None)
    folders = [_CASCADES_OF_DEBIAN] if bundled is None else [bundled.haarcascades]
    for folder in folders:
        if Path(folder, _CASCADE).is_file():
            return Path(folder, _CASCADE)
    raise SceneError(
        f'{_CASCADE} of OpenCV, which finds faces in photographs, is not in {folders[0]}; install'
        ' it with: sudo apt install opencv-data'
    )


def _other_look(portrait: Portrait) -> Portrait:
    import cv2  # noqa: PLC0415

    mirrored = np.ascontiguousarray(portrait.pixels[:, ::-1])
    grey = cv2.cvtColor(mirrored, cv2.COLOR_RGB2GRAY)[:, :, None]
    # Not quite grey: detectors of faces are less sure of those.
    pale = ((mirrored.astype(np.uint16) + grey) // 2).astype(np.uint8)
    return Portrait(
        pixels=pale,
        left_m=portrait.right_m,
        right_m=portrait.left_m,
        above_m=portrait.above_m,
        below_m=portrait.below_m,
    )
