"""Sound in chunks, each at the moment at which it is to be heard.

Contract
    Chunks are `CHUNK_S` long but the last one before a pause. The first is heard `lead_s` of the
    sink after it was fed, every other one exactly when the one before it ends, as long as sound is
    fed in time: the times of the chunks come from one beginning and the count of samples, so they
    do not drift. Sound that comes later than the lead of the sink, or `MAX_LATE_S` where there is
    none, begins anew at the present moment and is counted in `underruns`. Times are those of
    the monotonic clock, s. One thread only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.errors import CancelledError
from bbia_sim_ros.speech.sinks import Sink

CHUNK_S: Final = 0.04
MAX_LATE_S: Final = 0.12


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Samples that are heard from `start` on; `position_s` of sound came before, in this text."""

    samples: Samples
    start: float
    position_s: float


class Player:
    """Plays one text; `on_chunk` gets each chunk when the sink does."""

    def __init__(
        self,
        sink: Sink,
        *,
        rate: int,
        cancelled: threading.Event,
        on_chunk: Callable[[Chunk], None],
    ) -> None:
        self.underruns = 0
        self._sink = sink
        self._rate = rate
        self._cancelled = cancelled
        self._on_chunk = on_chunk
        self._size = round(CHUNK_S * rate)
        self._rest: Samples = np.empty(0, np.int16)
        self._played = 0
        self._anchor: float | None = None
        self._anchor_played = 0

    @property
    def fed_s(self) -> float:
        """Seconds of sound that were fed so far, heard or not."""
        return (self._played + self._rest.size) / self._rate

    @property
    def played_s(self) -> float:
        """Seconds of sound that were given to the sink."""
        return self._played / self._rate

    def feed(self, samples: Samples) -> None:
        """Play samples but for the last ones that fill no chunk; blocks until the sink has them.

        Raises `CancelledError` as soon as that is set, and `SinkError`.
        """
        joined = np.concatenate((self._rest, samples))
        whole = joined.size // self._size * self._size
        self._rest = joined[:0]
        for begin in range(0, whole, self._size):
            self._play(joined[begin : begin + self._size])
        self._rest = joined[whole:]

    def flush(self) -> None:
        """Play what fills no chunk too: nothing comes for a while."""
        if self._rest.size:
            rest, self._rest = self._rest, self._rest[:0]
            self._play(rest)

    def finish(self) -> None:
        """Play all that is left and wait until it was heard."""
        self.flush()
        self._sink.finish()
        if self._anchor is not None:
            self._wait_until(self._due(self._anchor))

    def _play(self, samples: Samples) -> None:
        lead_s = self._sink.lead_s
        now = time.monotonic()
        patience_s = lead_s or MAX_LATE_S
        if self._anchor is None or now > self._due(self._anchor) - lead_s + patience_s:
            self.underruns += self._anchor is not None
            self._anchor, self._anchor_played = now + lead_s, self._played
        start = self._due(self._anchor)
        self._wait_until(start - lead_s)
        self._sink.write(samples)
        chunk = Chunk(samples=samples, start=start, position_s=self.played_s)
        self._played += samples.size
        self._on_chunk(chunk)

    def _due(self, anchor: float) -> float:
        """Return when the next sample is heard."""
        return anchor + (self._played - self._anchor_played) / self._rate

    def _wait_until(self, moment: float) -> None:
        if self._cancelled.wait(max(0.0, moment - time.monotonic())):
            raise CancelledError('cancelled')
