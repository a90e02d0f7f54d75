"""Blocks of a source to numbered, stamped chunks of equal length.

Contract
    Consecutive numbers are unbroken sound. Where sound is missing (the source lost some, or nothing
    was read for a while) numbers and stamps tell the same story: the numbers skip as many chunks as
    the missing time would hold, rounded, and one at least. What was there before such a gap comes
    out padded with silence to a whole chunk. Stamps are those of the source, freed of its jitter:
    within unbroken sound the time from one to the next is that of the samples, but for a slow
    correction towards the source's clock. Not thread-safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.audio.conversion import OUTPUT_RATE_HZ
from bbia_sim_ros.audio.conversion import Converter
from bbia_sim_ros.audio.conversion import Sound
from bbia_sim_ros.audio.source import Block

# Sound servers hand on several periods at once, so stamps scatter by some 0.1 s.
GAP_S: Final = 0.3
# Per block: with blocks of 20 ms the source's clock is followed within some 10 s.
_CLOCK_GAIN: Final = 0.002
_MOST_CORRECTION: Final = 0.01  # of the time that passes
_SEQUENCES: Final = 2**32


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of sound of 16 kHz.

    Attributes
    ----------
    sequence:
        Its number, modulo 2**32.
    start_s:
        When its first sample was captured, s of the monotonic clock.
    samples:
        Mono; always of the same length.

    """

    sequence: int
    start_s: float
    samples: Sound


class Chunker:
    """See the module's docstring; a chunk has `chunk_samples` samples.

    Attributes
    ----------
    made:
        Chunks made so far.
    gaps:
        How often sound is missing, but where `end` or `forget` broke it off.
    overruns:
        How often the source itself said that it lost sound.
    lost_s:
        Seconds of sound that are missing in gaps, in all.
    converter:
        Counts what was wrong with samples.

    """

    def __init__(self, chunk_samples: int) -> None:
        if chunk_samples < 1:
            raise ValueError(f'a chunk needs at least 1 sample, not {chunk_samples}')
        self.made = 0
        self.gaps = 0
        self.overruns = 0
        self.lost_s = 0.0
        self.converter = Converter()
        self._size = chunk_samples
        self._chunk_s = chunk_samples / OUTPUT_RATE_HZ
        self._sequence = 0
        self._waiting: Sound = np.zeros(0, np.int16)
        # Of the present stretch of sound; None before the first.
        self._next_input_s: float | None = None
        self._next_chunk_s = 0.0
        self._broken_off = False

    def feed(self, block: Block) -> list[Chunk]:
        """Return the chunks that are complete with this block."""
        self.overruns += block.overruns
        duration_s = len(block.samples) / block.rate_hz
        chunks: list[Chunk] = []
        if self._next_input_s is None:
            self._next_chunk_s = self._next_input_s = block.start_s
        elif self._broken_off:
            self._resume(block.start_s)
        elif block.overruns or block.start_s - self._next_input_s > GAP_S:
            chunks = self.end()
            self.gaps += 1
            self.lost_s += self._resume(block.start_s)
        else:
            most_s = _MOST_CORRECTION * duration_s
            correction_s = _CLOCK_GAIN * (block.start_s - self._next_input_s)
            correction_s = min(max(correction_s, -most_s), most_s)
            self._next_input_s += correction_s
            self._next_chunk_s += correction_s
        self._next_input_s += duration_s
        return chunks + self._cut(self.converter.convert(block.samples, block.rate_hz))

    def end(self) -> list[Chunk]:
        """Break off, and return the rest of the sound, the last chunk padded with silence."""
        self._broken_off = self._next_input_s is not None
        chunks = self._cut(self.converter.finish())
        if self._waiting.size:
            chunks += self._cut(np.zeros(self._size - self._waiting.size, np.int16))
        return chunks

    def forget(self) -> None:
        """Break off, and throw away what is not yet a whole chunk."""
        self._broken_off = self._next_input_s is not None
        self.converter.finish()
        self._waiting = self._waiting[:0]

    def _resume(self, start_s: float) -> float:
        """Begin a new stretch of sound after a gap; return how long that is, s."""
        missing_s = max(0.0, start_s - self._next_chunk_s)
        self._sequence += max(1, round(missing_s / self._chunk_s))
        self._next_chunk_s += missing_s
        self._next_input_s = self._next_chunk_s
        self._broken_off = False
        return missing_s

    def _cut(self, sound: Sound) -> list[Chunk]:
        self._waiting = np.concatenate([self._waiting, sound])
        whole = self._waiting.size // self._size
        chunks = []
        for samples in self._waiting[: whole * self._size].reshape(whole, self._size):
            chunks.append(
                Chunk(
                    sequence=self._sequence % _SEQUENCES,
                    start_s=self._next_chunk_s,
                    samples=samples,
                )
            )
            self._sequence += 1
            self._next_chunk_s += self._chunk_s
        self._waiting = self._waiting[whole * self._size :]
        self.made += whole
        return chunks
