"""A picture fitted into the square, or other rectangle, that a network wants, and the way back.

The picture keeps its shape and is put in the middle; the rest is grey 114, as in the training of
the YOLO models. Coordinates are px from the outer edge, as in `results`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.picture import Picture

PADDING: Final = 114


@dataclass(frozen=True, kw_only=True)
class Letterbox:
    """How a picture of a ``size`` lies in a ``canvas``: how large, and where its left top is.

    All are pairs of x and y, px.
    """

    size: tuple[int, int]
    canvas: tuple[int, int]
    shown: tuple[int, int]
    corner: tuple[int, int]

    @classmethod
    def of(cls, size: tuple[int, int], canvas: tuple[int, int]) -> Letterbox:
        """Return how a picture of a size (width, height) is put into a canvas."""
        scale = min(canvas[0] / size[0], canvas[1] / size[1])
        # A line of one pixel is left one.
        width, height = (max(1, round(side * scale)) for side in size)
        corner = ((canvas[0] - width) // 2, (canvas[1] - height) // 2)
        return cls(size=size, canvas=canvas, shown=(width, height), corner=corner)

    def put(self, picture: Picture) -> Picture:
        """Return the canvas (height, width, 3) with the picture in it."""
        canvas = np.full((self.canvas[1], self.canvas[0], 3), PADDING, np.uint8)
        (x, y), (width, height) = self.corner, self.shown
        canvas[y : y + height, x : x + width] = cv2.resize(
            picture, self.shown, interpolation=cv2.INTER_LINEAR
        )
        return canvas

    def to_picture(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return where points (..., 2) of the canvas are in the picture, not beyond its edges."""
        scale = np.divide(self.size, self.shown)
        inside = np.clip((points - np.array(self.corner)) * scale, 0.0, np.array(self.size))
        return np.asarray(inside, dtype=np.float64)
