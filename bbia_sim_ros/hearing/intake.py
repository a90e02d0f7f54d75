"""Chunks of sound, as they come over a network, made into one unbroken stream.

Contract
    Pure; one owner. `take` gets every chunk. What is not mono at `RATE_HZ`, empty, longer than
    `MAX_CHUNK_S`, repeated or late is refused and counted under its reason. Missing chunks are
    counted, and up to `MAX_BRIDGED_S` of them are bridged by silence of the same length, so that
    times stay right; after a longer gap, and when the numbers begin anew, a new stream begins. A
    chunk with a number below the expected one is late, or a repetition, unless it is stamped after
    the newest one or lies `FAR_BEHIND` numbers behind: then its source has started again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from typing import Final

import numpy as np

from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.sound import samples_in

MAX_CHUNK_S: Final = 10.0
MAX_BRIDGED_S: Final = 1.0
FAR_BEHIND: Final = 50
_NUMBERS: Final = 2**32
_CLIPPED: Final = 32767
_CLIPPED_SHARE: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of sound; ``stamp_s`` is the time of its first sample, s."""

    sequence: int
    stamp_s: float
    samples: Samples
    sample_rate: int = RATE_HZ
    channels: int = 1


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a chunk adds to the stream: ``samples`` whose first one was at ``stamp_s``.

    ``anew``: they begin a new stream. ``refused`` is the reason why there are none, else empty.
    """

    stamp_s: float = 0.0
    samples: Samples = field(default_factory=lambda: np.empty(0, np.int16))
    anew: bool = False
    refused: str = ''


@dataclass
class IntakeCounts:
    """What came so far; ``clipped`` counts chunks with 1 % of their samples at full scale."""

    chunks: int = 0
    gaps: int = 0
    missing: int = 0
    streams: int = 0
    clipped: int = 0


class Intake:
    """See the module's docstring."""

    def __init__(self) -> None:
        self.counts = IntakeCounts()
        self.refused: Counter[str] = Counter()
        self._expected: int | None = None
        self._newest_s = 0.0

    def take(self, chunk: Chunk) -> Taken:
        """Return what a chunk adds to the stream."""
        reason = _unusable(chunk) or self._untimely(chunk)
        if reason:
            self.refused[reason] += 1
            return Taken(refused=reason)
        missing = self._missing(chunk)
        lost = 0 if missing is None else missing * chunk.samples.size
        anew = missing is None or lost > samples_in(MAX_BRIDGED_S)
        self._count(chunk, missing, anew=anew)
        self._expected = (chunk.sequence + 1) % _NUMBERS
        self._newest_s = chunk.stamp_s
        if anew or not lost:
            return Taken(stamp_s=chunk.stamp_s, samples=chunk.samples, anew=anew)
        return Taken(
            stamp_s=chunk.stamp_s - lost / RATE_HZ,
            samples=np.concatenate([np.zeros(lost, np.int16), chunk.samples]),
        )

    def _missing(self, chunk: Chunk) -> int | None:
        """Return how many chunks are missing before this one; None when it begins a stream."""
        if self._expected is None:
            return None
        ahead = (chunk.sequence - self._expected) % _NUMBERS
        return ahead if ahead < _NUMBERS // 2 else None

    def _untimely(self, chunk: Chunk) -> str:
        if self._expected is None:
            return ''
        behind = (self._expected - chunk.sequence) % _NUMBERS
        if not 0 < behind < FAR_BEHIND or chunk.stamp_s > self._newest_s:
            return ''
        return 'repeated' if behind == 1 else 'late or repeated'

    def _count(self, chunk: Chunk, missing: int | None, *, anew: bool) -> None:
        self.counts.chunks += 1
        self.counts.streams += anew
        if missing:
            self.counts.gaps += 1
            self.counts.missing += missing
        full = np.count_nonzero((chunk.samples >= _CLIPPED) | (chunk.samples <= -_CLIPPED))
        self.counts.clipped += bool(full > _CLIPPED_SHARE * chunk.samples.size)


def _unusable(chunk: Chunk) -> str:
    if chunk.sample_rate != RATE_HZ:
        return f'{chunk.sample_rate} samples per second; publish {RATE_HZ}'
    if chunk.channels != 1:
        return f'{chunk.channels} channels; publish 1'
    if not chunk.samples.size:
        return 'empty'
    if chunk.samples.size > samples_in(MAX_CHUNK_S):
        return f'longer than {MAX_CHUNK_S:g} s'
    return ''
