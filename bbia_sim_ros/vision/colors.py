"""Patches of a strong colour: toys that need no weights.

Contract
    `ColorFinder.detect` takes a picture and returns its patches as `Thing` with the label
    ``color_NAME``, the largest first for each colour. A patch is one connected piece of at least
    `MIN_SHARE` of the picture, whose pixels are of the colour's hue, at least `MIN_SATURATION` and
    at least `MIN_VALUE` (HSV, 0..1). The score is the share of its box that it fills: 1 for an
    upright square, 0.79 for a ball. Looked for in a picture `WORK_WIDTH` px wide at most. Pure; one
    thread.

    The hues are sectors about the pure colours of the HSV circle: red 0, orange 30, yellow 60,
    green 120, blue 225, purple 285 degrees. What lies between green and blue (turquoise) and
    between purple and red (pink) has no name here. Skin, wood and fur are pale or dark orange, and
    in warm light some of that is strong enough to be found.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Thing

LABEL: Final = 'color_{}'
MIN_SATURATION: Final = 0.6
MIN_VALUE: Final = 0.35
MIN_SHARE: Final = 0.002
WORK_WIDTH: Final = 320
# Degrees; red goes over the end of the circle.
HUES_DEG: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        'red': (345.0, 15.0),
        'orange': (15.0, 45.0),
        'yellow': (45.0, 75.0),
        'green': (75.0, 165.0),
        'blue': (195.0, 255.0),
        'purple': (255.0, 315.0),
    }
)
COLORS: Final = tuple(HUES_DEG)
_HUE_STEPS: Final = 256.0
_BLUR: Final = 5
_GRAIN: Final = np.ones((3, 3), np.uint8)


class ColorFinder:
    """See the module's docstring."""

    def __init__(self, colors: Iterable[str], *, max_patches: int = 50) -> None:
        """Look for some of `COLORS`; raises `DetectorError` for any other name."""
        self._colors = tuple(colors)
        self._max_patches = max_patches
        unknown = [name for name in self._colors if name not in HUES_DEG]
        if unknown:
            raise DetectorError(f'the color {unknown[0]!r} is none of {", ".join(COLORS)}')

    def detect(self, picture: Picture) -> list[Thing]:
        """Return the patches of a picture."""
        height, width = picture.shape[:2]
        scale = min(1.0, WORK_WIDTH / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        smooth = cv2.cvtColor(cv2.medianBlur(small, _BLUR), cv2.COLOR_RGB2HSV_FULL)
        hsv = np.asarray(smooth, dtype=np.uint8)
        grown = (width / size[0], height / size[1])
        return [thing for color in self._colors for thing in self._patches(hsv, color, grown)]

    def _patches(self, hsv: Picture, color: str, grown: tuple[float, float]) -> list[Thing]:
        mask = cv2.morphologyEx(_mask(hsv, color), cv2.MORPH_OPEN, _GRAIN)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        # The first is what is not of the colour.
        patches = stats[1:]
        patches = patches[patches[:, cv2.CC_STAT_AREA] >= MIN_SHARE * mask.size]
        order = np.argsort(-patches[:, cv2.CC_STAT_AREA], kind='stable')[: self._max_patches]
        return [
            Thing(
                label=LABEL.format(color),
                score=area / (wide * high),
                box=Box(
                    x=(left + wide / 2.0) * grown[0],
                    y=(top + high / 2.0) * grown[1],
                    width=wide * grown[0],
                    height=high * grown[1],
                ),
            )
            for left, top, wide, high, area in patches[order].tolist()
        ]


def _mask(hsv: Picture, color: str) -> Picture:
    first, last = (round(degrees / 360.0 * _HUE_STEPS) for degrees in HUES_DEG[color])
    least = (255.0 * MIN_SATURATION, 255.0 * MIN_VALUE)
    spans = [(first, last - 1)] if first < last else [(first, 255), (0, last - 1)]
    masks = [
        cv2.inRange(hsv, (low, *least), (high, 255.0, 255.0)).astype(np.uint8)
        for low, high in spans
    ]
    return np.asarray(sum(masks[1:], masks[0]), dtype=np.uint8)
