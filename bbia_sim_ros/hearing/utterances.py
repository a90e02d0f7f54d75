"""Utterances on their way to a recogniser: they grow while somebody speaks. Any thread.

Contract
    An `Utterance` is filled by one thread and read by another, which may begin before it has ended.
    The `UtteranceQueue` holds at most ``limit`` that nobody has begun to read; for one more the
    oldest is dropped, counted, and told to ``on_drop`` in the thread that put the new one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples


@dataclass(frozen=True, kw_only=True)
class UtteranceEnd:
    """When the speech ended, s as in the stamps, and when that was noticed, `time.monotonic`."""

    speech_end_s: float
    noticed: float = field(default_factory=time.monotonic)


class Utterance:
    """See the module's docstring; ``start_s`` is the time of its first sample, in s."""

    def __init__(
        self, *, number: int, start_s: float, speech_start_s: float, frame_id: str = ''
    ) -> None:
        self.number = number
        self.start_s = start_s
        self.speech_start_s = speech_start_s
        self.frame_id = frame_id
        self._parts: list[Samples] = []
        self._size = 0
        self._end: UtteranceEnd | None = None
        self._condition = threading.Condition()

    @property
    def end(self) -> UtteranceEnd | None:
        """How it ended; None while it goes on."""
        return self._end

    @property
    def size(self) -> int:
        """How many samples there are so far."""
        return self._size

    @property
    def duration_s(self) -> float:
        """How long it is so far."""
        return self._size / RATE_HZ

    def grow(self, samples: Samples) -> None:
        """Add samples."""
        with self._condition:
            self._parts.append(samples)
            self._size += samples.size
            self._condition.notify_all()

    def finish(self, end: UtteranceEnd) -> None:
        """Say that it has ended."""
        with self._condition:
            self._end = end
            self._condition.notify_all()

    def wait(self, known: int, timeout_s: float) -> bool:
        """Wait until there are more samples than ``known`` or it has ended; else return False."""
        with self._condition:
            return self._condition.wait_for(
                lambda: self._size > known or self._end is not None, timeout_s
            )

    def samples(self, start: int = 0) -> Samples:
        """Return a copy of what there is so far, from sample ``start`` on."""
        with self._condition:
            parts = list(self._parts)
        whole = np.concatenate(parts) if parts else np.empty(0, np.int16)
        return whole[start:]


class UtteranceQueue:
    """See the module's docstring."""

    def __init__(self, limit: int, on_drop: Callable[[Utterance], None]) -> None:
        self.limit = limit
        self.dropped = 0
        self._on_drop = on_drop
        self._waiting: deque[Utterance] = deque()
        self._closed = False
        self._condition = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many nobody has begun to read."""
        return len(self._waiting)

    def put(self, utterance: Utterance) -> None:
        """Add one; the oldest goes when there are too many."""
        with self._condition:
            over = [self._waiting.popleft() for _ in range(len(self._waiting) - self.limit + 1)]
            self._waiting.append(utterance)
            self.dropped += len(over)
            self._condition.notify()
        for dropped in over:
            self._on_drop(dropped)

    def get(self) -> Utterance | None:
        """Wait for the next one; None after `close`."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._closed)
            return None if self._closed else self._waiting.popleft()

    def close(self) -> None:
        """Forget what waits, and let who waits go."""
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify_all()
