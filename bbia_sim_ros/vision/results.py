"""What detectors find in one picture. Immutable; sent by worker processes as they are.

Pixels count from the outer edge of the left upper pixel, x right, y down, in the picture as it
came: the middle of that pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

MESH: Final = 'mesh'
HANDS: Final = 'hands'
POSE: Final = 'pose'
PARTS: Final = frozenset({MESH, HANDS, POSE})
"""What the landmark models look for."""

RIGHT_EYE, LEFT_EYE, NOSE_TIP, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)


@dataclass(frozen=True, kw_only=True)
class Box:
    """An upright rectangle: middle and size, px."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Return the intersection over the union, 0..1."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(0.0, wide) * max(0.0, high)
        both = self.width * self.height + other.width * other.height - shared
        return shared / both if both > 0.0 else 0.0

    @property
    def left(self) -> float:
        """Its left edge, px."""
        return self.x - self.width / 2.0

    @property
    def right(self) -> float:
        """Its right edge, px."""
        return self.x + self.width / 2.0

    @property
    def top(self) -> float:
        """Its upper edge, px."""
        return self.y - self.height / 2.0

    @property
    def bottom(self) -> float:
        """Its lower edge, px."""
        return self.y + self.height / 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Face:
    """A face: where it is, how sure that is (0..1), and its keypoints (6, 2), px.

    The keypoints are those of `RIGHT_EYE` and its successors; right and left are the person's.
    """

    box: Box
    score: float
    keypoints: Points


@dataclass(frozen=True, kw_only=True)
class Expression:
    """What the mesh of a face tells, with the box (px) that joins it to a `Face`.

    ``smile`` and ``mouth_open`` are 0..1. ``gaze_yaw`` and ``gaze_pitch`` (rad) say where the eyes
    look: 0 at the camera, positive to the left of the picture and up.
    """

    box: Box
    smile: float
    mouth_open: float
    gaze_yaw: float
    gaze_pitch: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Hand:
    """A hand: landmarks (21, 3), px, z depth; ``side`` and ``gesture`` as in bbia_msgs/Hand."""

    side: str
    gesture: str
    score: float
    landmarks: Points


@dataclass(frozen=True, eq=False, kw_only=True)
class BodyLandmarks:
    """A posture: landmarks (33, 3), px, z depth, and how probable it is that each is in sight."""

    landmarks: Points
    visibility: Points


@dataclass(frozen=True, eq=False, kw_only=True)
class Landmarks:
    """All that the landmark models found in a picture, and which of `PARTS` they looked for."""

    parts: frozenset[str] = frozenset()
    expressions: tuple[Expression, ...] = ()
    hands: tuple[Hand, ...] = ()
    body: BodyLandmarks | None = None


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An object: its class, how sure that is (0..1), and where it is.

    Classes are the model file's own names, ``color_NAME`` for a patch of colour and ``tag_NUMBER``
    for a marker.
    """

    label: str
    score: float
    box: Box
