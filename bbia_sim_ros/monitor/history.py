"""The newest samples, serialised and packed: Python objects of them would take a hundred times that.

One sample differs little from the next and holds the same names again and again.
"""

from __future__ import annotations

import zlib
from collections import deque

MOST_ANSWER_B = 2_000_000
# The fastest packing: each sample is packed, few are ever asked for.
_LEVEL = 1


class History:
    """The newest `size` samples, each with its time, ns since 1970. For one thread."""

    def __init__(self, size: int) -> None:
        self._samples: deque[tuple[int, bytes]] = deque(maxlen=size)

    def resize(self, size: int) -> None:
        """Keep so many from now on; the oldest go first."""
        self._samples = deque(self._samples, maxlen=size)

    def add(self, time_ns: int, sample: bytes) -> None:
        """Keep a sample."""
        self._samples.append((time_ns, zlib.compress(sample, _LEVEL)))

    def newest(self, *, most: int, since_ns: int) -> list[bytes]:
        """Return the newest samples after a time, oldest first.

        At most `most` of them (0: all that are kept), and no more than `MOST_ANSWER_B` together.
        Also where the clock was set back in between, they are in the order in which they came.
        """
        chosen: list[bytes] = []
        size_b = 0
        for time_ns, packed in reversed(self._samples):
            if most and len(chosen) >= most:
                break
            if time_ns <= since_ns:
                continue
            sample = zlib.decompress(packed)
            size_b += len(sample)
            if size_b > MOST_ANSWER_B:
                break
            chosen.append(sample)
        chosen.reverse()
        return chosen
