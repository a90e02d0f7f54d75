"""What the camera renders and what comes out: plain data shared by both of its processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

EYE_CAMERA: Final = 'eye_camera'
STUDIO_CAMERA: Final = 'studio_close'
# The photograph that comes with scikit-image: astronaut Eileen Collins, NASA, public domain.
ASTRONAUT: Final = 'astronaut'
MAX_WIDTH: Final = 1920
MAX_HEIGHT: Final = 1080
MAX_SAMPLES: Final = 8

# The shared memory holds qpos, then the bodies that paths move, then the pixels.
MAX_QPOS: Final = 4096
MAX_MOCAP: Final = 256
MOCAP_OFFSET: Final = MAX_QPOS * 8
PIXELS_OFFSET: Final = MOCAP_OFFSET + MAX_MOCAP * 7 * 8


@dataclass(frozen=True)
class Frame:
    """A picture: `rgb` (height, width, 3) uint8 and `jpeg`, each None if not asked for."""

    rgb: npt.NDArray[np.uint8] | None
    jpeg: bytes | None


@dataclass(frozen=True)
class CameraSettings:
    """What to render.

    Attributes
    ----------
    camera:
        `eye_camera` (the robot's), `studio_close` (looking at it), or one of the scene.
    shadows, reflections:
        Each costs about as much as the picture itself.
    samples:
        Samples per pixel against jagged edges: 0 for none, 4 takes twice the time.
    jpeg_quality:
        1 .. 100.
    photographs:
        Files of the faces in the scene `people`, or `ASTRONAUT`; see `simulation.photographs`.

    """

    width: int = 640
    height: int = 480
    camera: str = EYE_CAMERA
    shadows: bool = False
    reflections: bool = False
    samples: int = 0
    jpeg_quality: int = 85
    photographs: Sequence[str] = (ASTRONAUT,)

    def __post_init__(self) -> None:
        """Refuse what cannot be rendered."""
        if not (1 <= self.width <= MAX_WIDTH and 1 <= self.height <= MAX_HEIGHT):
            raise ValueError(
                f'picture size must lie between 1x1 and {MAX_WIDTH}x{MAX_HEIGHT} pixels, '
                f'not {self.width}x{self.height}'
            )
        if not 0 <= self.samples <= MAX_SAMPLES:
            raise ValueError(f'samples must lie between 0 and {MAX_SAMPLES}, not {self.samples}')
        if not 1 <= self.jpeg_quality <= 100:
            raise ValueError(f'jpeg_quality must lie between 1 and 100, not {self.jpeg_quality}')
