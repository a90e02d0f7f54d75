"""What the numbers mean that a YOLO network answers with. Pure numpy but for OpenCV's suppression.

Layouts, with c classes and n candidates; boxes in px of the network's input
    - v5 to v7, (1, n, 5 + c): middle x, y, width, height, how sure that there is something, and how
      sure of each class then. The score is the product.
    - v8 to v12, (1, 4 + c, n): middle x, y, width, height, and how sure of each class.
    - end to end (v10, v26, or an export with nms), (1, n, 6): left, top, right, bottom, score and
      number of the class; nothing is left to suppress.

    With one class, (1, n, 6) could be the first or the last. Ultralytics writes the metadata `task`
    since v8, so a file without it is of the first kind.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.errors import DetectorError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MAX_OVERLAP: Final = 0.5
"""Of two boxes of a class with more intersection over union, the worse one is left out."""

_MAX_CANDIDATES: Final = 1000
_SCORE_TOLERANCE: Final = 1e-3
_END_TO_END_SIZE: Final = 6


class Layout(StrEnum):
    """See the module's docstring."""

    V5 = 'v5'
    V8 = 'v8'
    END_TO_END = 'end to end'


class Candidates(NamedTuple):
    """Corners (n, 4): left, top, right, bottom; scores (n,) and numbers of classes (n,)."""

    corners: FloatArray
    scores: FloatArray
    classes: IntArray


def layout_of(shape: tuple[int, ...], classes: int, *, has_task: bool) -> Layout:
    """Return the layout of an output; raises `DetectorError` with what was found and is allowed."""
    one = len(shape) == 3 and shape[0] == 1
    if one and shape[1] == 4 + classes:
        return Layout.V8
    ends = one and shape[2] == _END_TO_END_SIZE
    if one and shape[2] == 5 + classes and not (ends and has_task):
        return Layout.V5
    if ends:
        return Layout.END_TO_END
    raise DetectorError(
        f'the network answers with the shape {shape}, and has {classes} names of classes; that '
        f'fits with (1, n, {5 + classes}), (1, {4 + classes}, n) or (1, n, 6): take a detection '
        'model exported by ultralytics, and the names that belong to it'
    )


def candidates(output: FloatArray, layout: Layout, classes: int, min_score: float) -> Candidates:
    """Return what a network found with ``min_score`` or more, the best first.

    Candidates whose box is not finite or has no size are left out. Raises `DetectorError` for
    scores that are none, and for classes without a name.
    """
    rows = output[0].T if layout is Layout.V8 else output[0]
    if layout is Layout.END_TO_END:
        corners, scores, numbers = rows[:, :4], rows[:, 4], rows[:, 5]
    else:
        sure = rows[:, 4:] if layout is Layout.V8 else rows[:, 5:]
        numbers = sure.argmax(axis=1)
        scores = np.take_along_axis(sure, numbers[:, None], axis=1)[:, 0]
        if layout is Layout.V5:
            scores = scores * rows[:, 4]
        half = rows[:, 2:4] / 2.0
        corners = np.hstack((rows[:, :2] - half, rows[:, :2] + half))
    _check_scores(scores)
    good = (scores >= min_score) & np.isfinite(corners).all(axis=1) & np.isfinite(numbers)
    good &= (corners[:, 2:] > corners[:, :2]).all(axis=1)
    best = np.flatnonzero(good)
    best = best[np.argsort(-scores[best], kind='stable')][:_MAX_CANDIDATES]
    found = numbers[best]
    nameless = found[(found < 0) | (found >= classes)]
    if nameless.size:
        raise DetectorError(
            f'the network found class {nameless[0]:g}, and {classes} classes have names, from 0 '
            'on: give the names that belong to the model'
        )
    return Candidates(corners[best], scores[best], found.astype(np.int64))


def suppressed(found: Candidates) -> Candidates:
    """Return the candidates that no better one of their class covers."""
    if not len(found.scores):
        return found
    boxes = np.hstack((found.corners[:, :2], found.corners[:, 2:] - found.corners[:, :2]))
    kept = cv2.dnn.NMSBoxesBatched(
        boxes.tolist(), found.scores.tolist(), found.classes.tolist(), 0.0, MAX_OVERLAP
    )
    order = np.sort(np.asarray(kept, dtype=np.int64).reshape(-1))
    return Candidates(found.corners[order], found.scores[order], found.classes[order])


def _check_scores(scores: FloatArray) -> None:
    wrong = scores[(scores < -_SCORE_TOLERANCE) | (scores > 1.0 + _SCORE_TOLERANCE)]
    if wrong.size:
        raise DetectorError(
            f'the network is {wrong[0]:.4g} sure of something, and a score is within 0..1: take a '
            'detection model exported by ultralytics'
        )
