"""The one-euro filter: little jitter at rest, little lag in motion.

Contract
    `OneEuro.filter(values, dt)` takes a sample (n,) and the time since the one before, s; samples
    may come at any rate. All components share one cutoff, taken from the speed of the whole vector,
    so that the result does not depend on the axes. One owner; no clock is read.

Source
    G. Casiez, N. Roussel, D. Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy
    input in interactive systems", CHI 2012: alpha = 1 / (1 + tau / dt) with
    tau = 1 / (2 pi cutoff), and cutoff = min_cutoff + beta |speed|, the speed being low-passed with
    a cutoff of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class OneEuroSettings:
    """``min_cutoff_hz`` at rest, ``beta`` Hz more per unit of speed, cutoff of the speed itself.

    Raises ValueError for numbers that are not finite or not positive; ``beta`` may be 0.
    """

    min_cutoff_hz: float = 1.0
    beta: float = 0.0
    speed_cutoff_hz: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, value in vars(self).items():
            lowest_is_zero = name == 'beta'
            if not math.isfinite(value) or value < 0.0 or (value == 0.0 and not lowest_is_zero):
                least = 'at least 0' if lowest_is_zero else 'above 0'
                raise ValueError(f'{name} is {value}; it must be finite and {least}')


class OneEuro:
    """See the module's docstring.

    Attributes
    ----------
    values:
        The filtered sample (n,).
    speed:
        Its filtered rate of change (n,), per s.
    lag_s:
        By how much ``values`` is behind a steady motion, s: the time constant of the low pass.

    """

    def __init__(self, first: npt.ArrayLike, settings: OneEuroSettings) -> None:
        """Begin at the first sample (n,), at rest."""
        self._settings = settings
        self.values: FloatArray = np.array(first, dtype=np.float64)
        self.speed: FloatArray = np.zeros_like(self.values)
        self.lag_s = 0.0
        self._newest = self.values

    def filter(self, sample: npt.ArrayLike, dt: float) -> FloatArray:
        """Take the next sample (n,), ``dt`` s after the one before, and return ``values``.

        Raises ValueError unless ``dt`` is above 0 and all numbers are finite; nothing changes then.
        """
        newest = np.array(sample, dtype=np.float64)
        if not (math.isfinite(dt) and dt > 0.0):
            raise ValueError(f'the time between two samples must be above 0, not {dt} s')
        if newest.shape != self.values.shape or not np.isfinite(newest).all():
            raise ValueError(f'a sample must be {self.values.shape} finite numbers, not {newest}')
        settings = self._settings
        share, _ = _share(settings.speed_cutoff_hz, dt)
        self.speed = self.speed + share * ((newest - self._newest) / dt - self.speed)
        cutoff = settings.min_cutoff_hz + settings.beta * float(np.linalg.norm(self.speed))
        share, time_constant = _share(cutoff, dt)
        self.values = self.values + share * (newest - self.values)
        # A recursive low pass follows a ramp (1 - share) / share samples behind: tau.
        self.lag_s = time_constant
        self._newest = newest
        return self.values


def _share(cutoff_hz: float, dt: float) -> tuple[float, float]:
    time_constant = 1.0 / (2.0 * math.pi * cutoff_hz)
    return 1.0 / (1.0 + time_constant / dt), time_constant
