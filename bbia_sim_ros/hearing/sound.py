"""What sound is in here: mono int16 at `RATE_HZ`, and how times and levels are counted in it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 16_000
FRAME: Final = 512
"""Samples that speech is judged in, 32 ms: what the silero model takes."""
FRAME_S: Final = FRAME / RATE_HZ
FULL_SCALE: Final = 32768.0

Samples = npt.NDArray[np.int16]


def level(samples: Samples) -> float:
    """Return the root mean square of some samples, 0 .. 1 of full scale; 0 for none."""
    if not samples.size:
        return 0.0
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float32))))) / FULL_SCALE


def decibels_to_level(decibels: float) -> float:
    """Return the level, 0 .. 1, of so many decibels relative to full scale."""
    return float(10.0 ** (decibels / 20.0))


def samples_in(duration_s: float) -> int:
    """Return how many samples a time has."""
    return round(duration_s * RATE_HZ)
