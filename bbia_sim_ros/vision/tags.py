"""Square markers with numbers, ArUco and AprilTag, by OpenCV.

Contract
    `TagFinder.detect` takes a picture and returns its markers as `Thing` with the label
    ``tag_NUMBER``, from left to right; the box is the upright one about the four corners. A marker
    is read or not, so the score is 1. The family is one of the dictionaries of OpenCV, such as
    ``DICT_4X4_50``, ``DICT_6X6_250`` or ``DICT_APRILTAG_36h11``; large squares of few numbers are
    read from furthest, and those of 4x4 are found by chance most easily. One thread.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Thing

LABEL: Final = 'tag_{}'
FAMILIES: Final = tuple(sorted(name for name in dir(cv2.aruco) if name.startswith('DICT_')))
SMALLEST_PX: Final = 10
"""Pictures with a shorter side hold no marker: 4x4 squares, a border, and white about it."""


class TagFinder:
    """See the module's docstring."""

    def __init__(self, family: str) -> None:
        """Look for the markers of one of `FAMILIES`; raises `DetectorError` for any other."""
        if family not in FAMILIES:
            raise DetectorError(
                f'the tags {family!r} are no family that OpenCV knows: {", ".join(FAMILIES)}'
            )
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, family))
        self._detector = cv2.aruco.ArucoDetector(dictionary)

    def detect(self, picture: Picture) -> list[Thing]:
        """Return the markers of a picture."""
        if min(picture.shape[:2]) < SMALLEST_PX:
            return []
        corners, numbers, _ = self._detector.detectMarkers(
            cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        )
        if not corners:
            return []
        found = [
            Thing(label=LABEL.format(number), score=1.0, box=_box(np.asarray(four).reshape(4, 2)))
            for four, number in zip(corners, np.asarray(numbers).reshape(-1).tolist(), strict=True)
        ]
        return sorted(found, key=lambda thing: (thing.box.x, thing.label))


def _box(corners: np.ndarray) -> Box:
    # OpenCV counts from the middle of the left upper pixel.
    (left, top), (right, bottom) = corners.min(axis=0) + 0.5, corners.max(axis=0) + 0.5
    return Box(
        x=float(left + right) / 2.0,
        y=float(top + bottom) / 2.0,
        width=float(right - left),
        height=float(bottom - top),
    )
