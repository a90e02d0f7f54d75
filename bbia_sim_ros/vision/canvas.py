"""Lines, frames and labels on a picture. One owner; OpenCV is imported at the first use.

Contract
    Draws into the array (h, w, 3) uint8 that it is given. Places are px as in `results` and may lie
    outside, even far; what is not finite is not drawn. Lines and letters grow with the picture.
    Letters outside ASCII, which OpenCV's fonts lack, become question marks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any
from typing import Final

from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import Box

Color = tuple[int, int, int]

_INK: Final[Color] = (20, 20, 24)
# Lines are 2 px wide and letters 14 px high in a picture whose shorter side is this long.
_SIDE_PX: Final = 480.0
_MIN_SCALE: Final = 0.6
_FONT_SCALE: Final = 0.5
_CORNER_SHARE: Final = 0.22
# OpenCV takes places in 1 / 2^3 px, and none that do not fit 16 bits before the point.
_SHIFT: Final = 3
_FAR_PX: Final = 30000.0


class Canvas:
    """See the module's docstring; ``picture`` is the array it was given."""

    def __init__(self, picture: Picture) -> None:
        import cv2  # noqa: PLC0415 - takes 0.2 s, and nobody may ever look

        self._cv2: Any = cv2
        self.picture = picture
        self._scale: float = max(_MIN_SCALE, min(picture.shape[:2]) / _SIDE_PX)

    def line(self, x0: float, y0: float, x1: float, y1: float, color: Color, *, bold: bool) -> None:
        """Draw a line, 2 px wide when bold and else 1."""
        if all(map(math.isfinite, (x0, y0, x1, y1))):
            ends = (_fixed(x0, y0), _fixed(x1, y1))
            self._cv2.line(self.picture, *ends, color, self._width(bold), self._cv2.LINE_AA, _SHIFT)

    def dot(self, x: float, y: float, color: Color) -> None:
        """Draw a small disc."""
        if math.isfinite(x) and math.isfinite(y):
            radius = round(2.0 * self._scale * 2**_SHIFT)
            self._cv2.circle(
                self.picture, _fixed(x, y), radius, color, -1, self._cv2.LINE_AA, _SHIFT
            )

    def frame(self, box: Box, color: Color) -> None:
        """Draw the four sides of a box, thin."""
        left, right, top, bottom = box.left, box.right, box.top, box.bottom
        for x0, y0, x1, y1 in (
            (left, top, right, top),
            (right, top, right, bottom),
            (right, bottom, left, bottom),
            (left, bottom, left, top),
        ):
            self.line(x0, y0, x1, y1, color, bold=False)

    def corners(self, box: Box, color: Color) -> None:
        """Draw the four corners of a box, bold."""
        long = _CORNER_SHARE * min(box.width, box.height)
        for x, inwards in ((box.left, long), (box.right, -long)):
            for y, down in ((box.top, long), (box.bottom, -long)):
                self.line(x, y, x + inwards, y, color, bold=True)
                self.line(x, y, x, y + down, color, bold=True)

    def label(self, lines: Iterable[str], x: float, y: float, color: Color) -> None:
        """Write dark on a coloured field, its left upper corner at a place or as near as fits."""
        texts = [line.encode('ascii', 'replace').decode() for line in lines]
        if not (texts and math.isfinite(x) and math.isfinite(y)):
            return
        cv2, font = self._cv2, self._cv2.FONT_HERSHEY_SIMPLEX
        size = _FONT_SCALE * self._scale
        thick = max(1, round(self._scale))
        sizes = [cv2.getTextSize(text, font, size, thick)[0] for text in texts]
        margin = round(4 * self._scale)
        step = max(high for _, high in sizes) + 2 * margin
        width, height = max(wide for wide, _ in sizes) + 2 * margin, step * len(texts)
        rows, columns = self.picture.shape[:2]
        left = round(min(max(0.0, x), max(0, columns - width)))
        top = round(min(max(0.0, y), max(0, rows - height)))
        cv2.rectangle(self.picture, (left, top), (left + width, top + height), color, -1)
        for index, text in enumerate(texts):
            foot = (left + margin, top + (index + 1) * step - margin)
            cv2.putText(self.picture, text, foot, font, size, _INK, thick, cv2.LINE_AA)

    def _width(self, bold: bool) -> int:
        return max(1, round((2.0 if bold else 1.0) * self._scale))


def _fixed(x: float, y: float) -> tuple[int, int]:
    """Return a place as OpenCV takes it: (0, 0) is the middle of the left upper pixel."""
    return tuple(  # type: ignore[return-value]
        round((min(max(place, -_FAR_PX), _FAR_PX) - 0.5) * 2**_SHIFT) for place in (x, y)
    )
