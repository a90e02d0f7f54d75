"""What the robot itself does while it listens: when it speaks or moves, and whether that is heard.

Contract
    Pure; one owner; times in s as in the stamps of sound. Everything is bounded by `KEPT_S`.

Its own voice
    What a microphone hears of a loudspeaker gets loud and quiet with it, a little later. So the
    levels of the last `WINDOW_S` of the microphone are correlated with those of what was played, at
    each delay up to `MAX_DELAY_S`; `OWN_VOICE` or more at one of them means that it hears itself.
    Two voices that are independent seldom come that near, and never for long.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from bbia_sim_ros.hearing.sound import FRAME_S
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.sound import level

KEPT_S: Final = 120.0
WINDOW_S: Final = 0.64
MAX_DELAY_S: Final = 0.4
OWN_VOICE: Final = 0.8
_WINDOW: Final = round(WINDOW_S / FRAME_S)
_MOST_SPANS: Final = 100


class Spans:
    """The times at which something was on; each lasts ``tail_s`` longer than it was said to."""

    def __init__(self, tail_s: float = 0.0) -> None:
        self._tail_s = tail_s
        self._spans: deque[tuple[float, float]] = deque(maxlen=_MOST_SPANS)
        self._since: float | None = None

    @property
    def on(self) -> bool:
        """Whether it is on now."""
        return self._since is not None

    def set(self, on: bool, at_s: float) -> None:
        """Say that it is on, or is not, from now on."""
        if on and self._since is None:
            self._since = at_s
        elif not on and self._since is not None:
            self.add(self._since, at_s)
            self._since = None

    def add(self, start_s: float, end_s: float) -> None:
        """Say that it was, or will be, on for a while."""
        self._spans.append((start_s, end_s))

    def cover(self, at_s: float) -> bool:
        """Whether it was on then."""
        if self._since is not None and at_s >= self._since:
            return True
        return any(start <= at_s < end + self._tail_s for start, end in self._spans)


class OwnVoice:
    """What the robot plays, and whether the microphone hears it; see the module's docstring."""

    def __init__(self) -> None:
        self._played: deque[tuple[float, float]] = deque(maxlen=round(KEPT_S / FRAME_S))
        self._heard: deque[tuple[float, float]] = deque(maxlen=_WINDOW)

    def play(self, samples: Samples, *, start_s: float, sample_rate: int, channels: int) -> None:
        """Note sound that is played from ``start_s`` on; channels interleaved."""
        size = max(1, round(FRAME_S * sample_rate)) * channels
        for index, at in enumerate(range(0, samples.size, size)):
            self._played.append((start_s + index * FRAME_S, level(samples[at : at + size])))

    def hear(self, at_s: float, loudness: float) -> bool:
        """Return whether the newest frame of the microphone is part of what was played."""
        self._heard.append((at_s, loudness))
        if len(self._heard) < _WINDOW // 2 or not self._played:
            return False
        times, heard = np.array(self._heard).T
        played_at, played = np.array(self._played).T
        return any(
            _alike(heard, _levels_at(times - delay, played_at, played))
            for delay in np.arange(0.0, MAX_DELAY_S, FRAME_S)
        )


def _levels_at(times: np.ndarray, played_at: np.ndarray, played: np.ndarray) -> np.ndarray:
    """Return how loud it was at some times, 0 where nothing was played."""
    index = np.searchsorted(played_at, times, side='right') - 1
    known = (index >= 0) & (times - played_at[index] < FRAME_S * 1.5)
    return np.where(known, played[index], 0.0)


def _alike(heard: np.ndarray, played: np.ndarray) -> bool:
    heard, played = heard - heard.mean(), played - played.mean()
    size = float(np.linalg.norm(heard) * np.linalg.norm(played))
    return size > 0.0 and float(heard @ played) >= OWN_VOICE * size
