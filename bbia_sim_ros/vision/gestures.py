"""What a hand shows, from its 21 landmarks, by geometry alone.

Contract
    Landmarks are an array (21, 3) of MediaPipe's hand model: px right, px down, depth in px. No
    threads, no state. How the hand is turned does not matter, with one exception: a thumb is up
    only when it points up in the picture. Distances are compared with the palm, wrist to the middle
    finger's knuckle, so size does not matter either.

Geometry
    A finger is straight as far as its tip is from its knuckle compared with the length of its
    bones: 1 when it is stretched, 0.8 when its two joints are bent by 45 degrees each, 0.4 in a
    fist. In between the two thresholds it is neither stretched nor bent, and shows nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bbia_sim_ros.vision.results import Points

NONE: Final = 'none'
OPEN_PALM: Final = 'open_palm'
FIST: Final = 'fist'
POINT: Final = 'point'
THUMBS_UP: Final = 'thumbs_up'

LANDMARKS: Final = 21
WRIST: Final = 0
# From the wrist outwards; the last one is the tip.
THUMB: Final = (1, 2, 3, 4)
INDEX: Final = (5, 6, 7, 8)
MIDDLE: Final = (9, 10, 11, 12)
RING: Final = (13, 14, 15, 16)
LITTLE: Final = (17, 18, 19, 20)
FINGERS: Final = (INDEX, MIDDLE, RING, LITTLE)

STRETCHED: Final = 0.9
BENT: Final = 0.8
# Of a thumb's tip from the index finger, in palms; measured: 0.05 to 0.44 in a fist, 0.60 and more
# when it stands out.
_APART: Final = 0.5
# How near to the little finger's knuckle a thumb over the palm is, in widths of the palm.
_ACROSS: Final = 0.9
# Cosine of the 45 degrees within which a thumb points up.
_UPRIGHT: Final = 0.707


def gesture(landmarks: Points) -> str:
    """Return which constant above a hand shows; ValueError for a wrong shape or no numbers."""
    if landmarks.shape != (LANDMARKS, 3):
        raise ValueError(f'a hand has the shape ({LANDMARKS}, 3), not {landmarks.shape}')
    if not np.isfinite(landmarks).all():
        raise ValueError('a hand has finite numbers; some of this one are not')
    stretched = [is_stretched(landmarks, finger) for finger in FINGERS]
    bent = [straightness(landmarks, finger) <= BENT for finger in FINGERS]
    if all(stretched) and not _thumb_crosses_palm(landmarks):
        return OPEN_PALM
    if stretched[0] and all(bent[1:]):
        return POINT
    if all(bent):
        if not _thumb_stands_out(landmarks):
            return FIST
        if _points_up(landmarks):
            return THUMBS_UP
    return NONE


def straightness(landmarks: Points, finger: tuple[int, ...]) -> float:
    """Return the distance of a finger's ends as a part of its length, 0..1."""
    bones = np.diff(landmarks[list(finger)], axis=0)
    length = float(np.linalg.norm(bones, axis=1).sum())
    return float(np.linalg.norm(bones.sum(axis=0))) / length if length > 0.0 else 0.0


def is_stretched(landmarks: Points, finger: tuple[int, ...]) -> bool:
    """Whether a finger is straight, and not folded at its knuckle onto the palm."""
    outwards = _apart(landmarks, WRIST, finger[3]) > _apart(landmarks, WRIST, finger[1])
    return outwards and straightness(landmarks, finger) >= STRETCHED


def _thumb_crosses_palm(landmarks: Points) -> bool:
    width = _apart(landmarks, INDEX[0], LITTLE[0])
    return _apart(landmarks, THUMB[3], LITTLE[0]) < _ACROSS * width


def _thumb_stands_out(landmarks: Points) -> bool:
    palm = _apart(landmarks, WRIST, MIDDLE[0])
    near = min(_apart(landmarks, THUMB[3], joint) for joint in INDEX[:2])
    straight = straightness(landmarks, THUMB) >= STRETCHED
    return straight and near >= _APART * palm and not _thumb_crosses_palm(landmarks)


def _points_up(landmarks: Points) -> bool:
    thumb = landmarks[THUMB[3]] - landmarks[THUMB[1]]
    return bool(-thumb[1] >= _UPRIGHT * float(np.linalg.norm(thumb)))


def _apart(landmarks: Points, one: int, other: int) -> float:
    return float(np.linalg.norm(landmarks[one] - landmarks[other]))
