"""The newest samples, serialised: Python objects of them would take fifteen times the memory."""

from __future__ import annotations

from collections import deque

MOST_ANSWER_B = 2_000_000


class History:
    """The newest `size` samples, each with its time, ns since 1970. For one thread."""

    def __init__(self, size: int) -> None:
        self._samples: deque[tuple[int, bytes]] = deque(maxlen=size)

    def resize(self, size: int) -> None:
        """Keep so many from now on; the oldest go first."""
        self._samples = deque(self._samples, maxlen=size)

    def add(self, time_ns: int, sample: bytes) -> None:
        """Keep a sample."""
        self._samples.append((time_ns, sample))

    def newest(self, *, most: int, since_ns: int) -> list[bytes]:
        """Return the newest samples after a time, oldest first.

        At most `most` of them (0: all that are kept), and no more than `MOST_ANSWER_B` together.
        Also where the clock was set back in between, they are in the order in which they came.
        """
        chosen: list[bytes] = []
        size_b = 0
        for time_ns, sample in reversed(self._samples):
            if most and len(chosen) >= most:
                break
            if time_ns <= since_ns:
                continue
            size_b += len(sample)
            if size_b > MOST_ANSWER_B:
                break
            chosen.append(sample)
        chosen.reverse()
        return chosen
