"""Faces by OpenCV's dnn with MediaPipe's short-range network (BlazeFace), without its library.

Only for a worker process: it takes OpenCV's other threads away.

What the library does around the network is done here as its graph file
``face_detection_short_range`` says: the anchors, the decoding and the weighted suppression.
BlazeFace: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
2019, arXiv:1907.05047.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import one_line
from bbia_sim_ros.vision.model_files import FACE_SHORT
from bbia_sim_ros.vision.model_files import bundled
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import sampling_shift
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Face

_SIDE: Final = 128
# Cells along a side of each map, and the anchors in each cell.
_MAPS: Final = ((16, 2), (8, 6))
_ANCHORS: Final = 896
_VALUES: Final = 16
_MAX_LOGIT: Final = 80.0
_MIN_OVERLAP: Final = 0.3

Rows = npt.NDArray[np.float64]


class OpencvFaces:
    """Finds faces within about 2 m. One owner."""

    def __init__(self, *, min_score: float, path: Path | None = None) -> None:
        """Load the network; raises `DetectorError` when it is missing, damaged or another one."""
        file = path or bundled(FACE_SHORT)
        self._min_score = min_score
        self._anchors = anchors()
        # The worker process has few cores to itself, and OpenCV's threads wait for each other.
        cv2.setNumThreads(1)
        try:
            self._net = cv2.dnn.readNetFromTFLite(str(file))
            self._names = tuple(self._net.getUnconnectedOutLayersNames())
            self._run(np.zeros((_SIDE, _SIDE, 3), dtype=np.uint8))
        except cv2.error as error:
            raise DetectorError(
                f'{file} cannot be loaded as a face model: {one_line(error)}; install mediapipe'
                ' 0.10.14 again'
            ) from error

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture of `rgb_picture`, best first."""
        height, width, _ = picture.shape
        longest = max(height, width)
        logits, values = self._run(letterboxed(picture))
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)))
        kept = scores >= self._min_score
        rows = decoded(values[kept], self._anchors[kept]) * longest
        # From the square to the picture in its middle.
        shift = sampling_shift(picture, _SIDE)
        rows[:, 0::2] -= (longest - width) / 2.0 + shift
        rows[:, 1::2] -= (longest - height) / 2.0 + shift
        return [_face(row, score) for row, score in suppressed(rows, scores[kept])]

    def _run(self, square: Picture) -> tuple[Rows, Rows]:
        """Return the logits (896,) and the values (896, 16) of the network."""
        blob = cv2.dnn.blobFromImage(square, 1.0 / 127.5, mean=(127.5, 127.5, 127.5))
        self._net.setInput(blob)
        outputs = {output.shape: output[0] for output in self._net.forward(self._names)}
        expected = ((1, _ANCHORS, 1), (1, _ANCHORS, _VALUES))
        if set(outputs) != set(expected):
            raise DetectorError(
                f'the face model has outputs of {sorted(outputs)}, those of {FACE_SHORT} are'
                f' {list(expected)}: install mediapipe 0.10.14 again'
            )
        logits, values = (outputs[shape].astype(np.float64) for shape in expected)
        return logits[:, 0], values


def anchors() -> Rows:
    """Return the middles of the anchors (896, 2), parts of the square, in the network's order."""
    middles = []
    for cells, copies in _MAPS:
        y, x = np.mgrid[0:cells, 0:cells]
        grid = np.stack([x, y], axis=-1).reshape(-1, 2)
        middles.append(((grid + 0.5) / cells).repeat(copies, axis=0))
    return np.concatenate(middles)


def letterboxed(picture: Picture) -> Picture:
    """Return a picture (128, 128, 3): the whole one in the middle of a black square.

    Sampled as the library does it (`picture.sampling_shift`), at 128 x 128 places however large the
    picture is.
    """
    height, width, _ = picture.shape
    scale = _SIDE / max(height, width)
    left, top = (_SIDE - width * scale) / 2.0, (_SIDE - height * scale) / 2.0
    move = np.array([[scale, 0.0, left], [0.0, scale, top]])
    small = cv2.warpAffine(picture, move, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.uint8)


def decoded(values: Rows, middles: Rows) -> Rows:
    """Return rows (n, 16): left upper corner, right lower corner, six points; all x, y.

    ``values`` (n, 16) are the network's: middle, size and six points in 1/128 of the square, seen
    from the anchors' ``middles`` (n, 2); the result is in parts of the square.
    """
    pairs = (values / _SIDE).reshape(-1, _VALUES // 2, 2)
    middle, half = pairs[:, 0] + middles, pairs[:, 1] / 2.0
    points = pairs[:, 2:] + middles[:, None]
    corners = np.stack([middle - half, middle + half], axis=1)
    return np.concatenate([corners, points], axis=1).reshape(-1, _VALUES)


def suppressed(rows: Rows, scores: Rows) -> list[tuple[Rows, float]]:
    """Return each face once, the best first: the mean of the rows that overlap it, by score."""
    found = []
    left = np.argsort(-scores, kind='stable')
    while left.size:
        same = overlaps(rows[left[0]], rows[left]) > _MIN_OVERLAP
        # Also a box without area ends.
        same[0] = True
        chosen = left[same]
        mean = np.average(rows[chosen], axis=0, weights=scores[chosen])
        found.append((mean, float(scores[chosen[0]])))
        left = left[~same]
    return found


def overlaps(row: Rows, rows: Rows) -> Rows:
    """Return the intersection over the union of the box of one row with those of others."""
    low = np.maximum(row[:2], rows[:, :2])
    high = np.minimum(row[2:4], rows[:, 2:4])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=1)
    own = np.prod(row[2:4] - row[:2])
    others = np.prod(rows[:, 2:4] - rows[:, :2], axis=1)
    union = own + others - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0))


def _face(row: Rows, score: float) -> Face:
    left, top, right, bottom = (float(value) for value in row[:4])
    return Face(
        box=Box(
            x=(left + right) / 2.0,
            y=(top + bottom) / 2.0,
            width=right - left,
            height=bottom - top,
        ),
        score=score,
        keypoints=row[4:].reshape(-1, 2).copy(),
    )
