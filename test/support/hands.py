"""Hands made of bones: their 21 landmarks, and drawings of them that MediaPipe takes for hands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

WIDTH, HEIGHT = 640, 480
# Sizes are in palms: wrist to the middle finger's knuckle is 1. A right hand, palm to the viewer.
_KNUCKLES: Final = ((0.28, 0.95), (0.0, 1.0), (-0.24, 0.93), (-0.45, 0.8))
_BONES: Final = ((0.45, 0.28, 0.22), (0.5, 0.32, 0.23), (0.46, 0.3, 0.22), (0.36, 0.22, 0.2))
_SPREAD_DEG: Final = (8.0, 0.0, -8.0, -18.0)
_THUMBS: Final = {
    'out': ((0.25, 0.15, 0.0), (0.5, 0.4, 0.0), (0.7, 0.65, 0.0), (0.85, 0.88, 0.0)),
    'along': ((0.25, 0.15, 0.0), (0.38, 0.45, 0.0), (0.42, 0.7, 0.0), (0.44, 0.92, 0.0)),
    'across': ((0.22, 0.2, 0.0), (0.3, 0.5, -0.1), (0.1, 0.72, -0.25), (-0.1, 0.75, -0.25)),
}
_CHAINS: Final = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
_BACKGROUND: Final = (90, 110, 130)
_SKIN: Final = (205, 160, 130)
_SHADE: Final = (148, 115, 94)


def hand(bends_deg: Sequence[float] = (0.0, 0.0, 0.0, 0.0), thumb: str = 'out') -> Points:
    """Return landmarks (21, 3) in palms, right, down, away, with the fingers upwards.

    ``bends_deg`` is how far the joints of the index finger and its successors are bent, each.
    """
    points = [(0.0, 0.0, 0.0), *_THUMBS[thumb]]
    fingers = zip(_KNUCKLES, _BONES, np.radians(_SPREAD_DEG), np.radians(bends_deg), strict=True)
    for knuckle, bones, spread, bend in fingers:
        joint = np.array([*knuckle, 0.0])
        points.append(tuple(joint))
        for number, bone in enumerate(bones):
            bent = bend * (number + 0.9)
            flat = np.cos(bent)
            joint = joint + bone * np.array(
                [np.sin(spread) * flat, np.cos(spread) * flat, -np.sin(bent)]
            )
            points.append(tuple(joint))
    return np.array(points) * (1.0, -1.0, 1.0)


def placed(landmarks: Points, palm_px: float, roll_deg: float = 0.0) -> Points:
    """Return landmarks in px of a picture, turned clockwise in it, the wrist below its middle."""
    cosine, sine = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return landmarks @ turn.T * palm_px + (WIDTH / 2.0, HEIGHT * 0.69, 0.0)


def drawing(landmarks: Points, palm_px: float) -> Any:
    """Return a picture (480, 640, 3), red first, of placed landmarks with their forearm."""
    flat = landmarks[:, :2]
    picture = np.full((HEIGHT, WIDTH, 3), _BACKGROUND, np.uint8)
    _forearm(picture, flat, palm_px)
    _outline(picture, flat, palm_px * 1.18, _SHADE)
    _outline(picture, flat, palm_px, _SKIN)
    for chain in _CHAINS[1:]:
        along = flat[chain[3]] - flat[chain[0]]
        across = np.array([-along[1], along[0]]) / np.linalg.norm(along) * 0.07 * palm_px
        for joint in chain[:3]:
            _line(picture, flat[joint] - across, flat[joint] + across, 0.02 * palm_px, _SHADE)
    for index, little in ((0.2, 0.4), (0.1, 0.18)):
        start = flat[5] + (flat[0] - flat[5]) * index
        _line(picture, start, flat[17] + (flat[0] - flat[17]) * little, 0.025 * palm_px, _SHADE)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def _forearm(picture: Any, flat: Points, palm_px: float) -> None:
    along = (flat[0] - flat[9]) / np.linalg.norm(flat[0] - flat[9])
    across = np.array([-along[1], along[0]])
    elbow = flat[0] + along * 3.0 * palm_px
    wide, wider = 0.24 * palm_px * across, 0.3 * palm_px * across
    corners = np.array([flat[0] - wide, flat[0] + wide, elbow + wider, elbow - wider])
    cv2.fillPoly(picture, [corners.astype(np.int32)], _SKIN, cv2.LINE_AA)


def _outline(picture: Any, flat: Points, size: float, colour: tuple[int, int, int]) -> None:
    for number, chain in enumerate(_CHAINS):
        wide = (0.25, 0.2, 0.2, 0.2, 0.17)[number]
        for bone, (start, end) in enumerate(pairwise(chain)):
            _line(picture, flat[start], flat[end], wide * size * (1.0 - 0.08 * bone), colour)
    wrist = np.array([flat[0] + (side * 0.22 * size, 0.05 * size) for side in (-1.0, 1.0)])
    edge = cv2.convexHull(np.vstack([wrist, flat[[1, 2, 5, 9, 13, 17]]]).astype(np.int32))
    cv2.fillPoly(picture, [edge], colour, cv2.LINE_AA)
    cv2.polylines(picture, [edge], True, colour, int(0.2 * size), cv2.LINE_AA)


def _line(
    picture: Any, start: Points, end: Points, wide: float, colour: tuple[int, int, int]
) -> None:
    ends = (tuple(map(int, start)), tuple(map(int, end)))
    cv2.line(picture, *ends, colour, max(1, int(wide)), cv2.LINE_AA)
