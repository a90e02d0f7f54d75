"""Messages on their way to the disk: bounded by bytes, with a count of what did not fit."""

from __future__ import annotations

import threading
from collections import Counter
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a recording keeps of a topic; see `recording/definitions.py` and `profiles.py`."""

    name: str
    type_name: str
    definition: str
    type_hash: str
    offered: str
    """The text of `profiles.to_text`."""
    latched: bool = False
    """Whether late subscribers get what was published before."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A serialised message as it came. Times are ns since the Unix epoch, of the system's clock."""

    topic: Topic
    publisher: bytes
    """Who sent it; tells the publishers of a topic apart."""
    received_ns: int
    published_ns: int
    sequence: int
    data: bytes


class Inbox:
    """Filled by one thread and emptied by another. The newest is refused when it is full."""

    def __init__(self, capacity_b: int) -> None:
        self._capacity_b = capacity_b
        self._waiting: deque[Arrival] = deque()
        self._bytes = 0
        self._closed = False
        self._change = threading.Condition()
        self.dropped: Counter[str] = Counter()
        """Messages that did not fit, by topic."""

    def put(self, arrival: Arrival) -> bool:
        """Keep a message; return False when it is closed or, and count that, there is no room."""
        with self._change:
            if self._closed:
                return False
            size = len(arrival.data)
            if self._bytes + size > self._capacity_b:
                self.dropped[arrival.topic.name] += 1
                return False
            self._waiting.append(arrival)
            self._bytes += size
            self._change.notify()
            return True

    def take(self, timeout_s: float) -> list[Arrival]:
        """Return all that waits, in order; [] when nothing comes in time or it was closed."""
        with self._change:
            if not self._waiting and not self._closed:
                self._change.wait(timeout_s)
            taken = list(self._waiting)
            self._waiting.clear()
            self._bytes = 0
            return taken

    def close(self) -> None:
        """Refuse what comes from now on; what waits can still be taken."""
        with self._change:
            self._closed = True
            self._change.notify()

    @property
    def closed(self) -> bool:
        """Whether it takes nothing more."""
        return self._closed
