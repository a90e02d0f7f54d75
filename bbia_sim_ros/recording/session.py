"""A recording that goes on: messages come in at one end, files grow at the other.

Threads: whoever receives calls `put`; a thread of this module's own compresses and writes. It puts
a chunk on the disk at least every `FLUSH_PERIOD_S` while messages come. The recording ends by
itself at a limit or when the disk takes no more (`ended`, `reason`), or by `close`. With `keep`, a
file that is full is followed by another, which begins with the newest messages of latched topics,
and only the newest so many files stay; those of other recordings are never touched.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections import deque
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Final

from bbia_sim_ros.recording.errors import LimitReached
from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.errors import StorageFailed
from bbia_sim_ros.recording.inbox import Arrival
from bbia_sim_ros.recording.inbox import Inbox
from bbia_sim_ros.recording.writer import RecordingWriter

FLUSH_PERIOD_S: Final = 0.5
INBOX_B: Final = 32 * 2**20
_MAX_LATCHED: Final = 256


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large (bytes) and long (s) a file may become, and how many of them are kept (0: one)."""

    max_b: int
    max_s: float
    keep: int = 0


class RecordingSession:
    """See the module's docstring. Raises RecordingError when the file cannot be begun."""

    def __init__(self, path: Path, limits: Limits, *, inbox_b: int = INBOX_B) -> None:
        self._path = path
        self._limits = limits
        self._inbox = Inbox(inbox_b)
        self._count = 0
        # The newest of each publisher of a latched topic: every file begins with them.
        self._latched: dict[tuple[str, bytes], Arrival] = {}
        self._earlier_b = 0
        self._earlier_messages = 0
        self.files: deque[Path] = deque()
        """The files that are there, oldest first."""
        self.written: Counter[str] = Counter()
        """Messages written, by topic."""
        self.reason = ''
        """Why it ended, '' while it goes on or when it was closed."""
        self.failed = False
        """Whether it ended since the disk took no more."""
        self.ended = threading.Event()
        self._writer = self._begin()
        self._thread = threading.Thread(target=self._run, name='recording', daemon=True)
        self._thread.start()

    def put(self, arrival: Arrival) -> bool:
        """Record a message; False, and counted in `dropped`, when the disk is too slow."""
        return self._inbox.put(arrival)

    @property
    def dropped(self) -> Counter[str]:
        """Messages that the disk was too slow for, by topic."""
        return self._inbox.dropped

    @property
    def size_b(self) -> int:
        """Bytes written in all files, also those that are gone."""
        return self._earlier_b + self._writer.size_b

    @property
    def messages(self) -> int:
        """Messages written in all files, also those that are gone."""
        return self._earlier_messages + self._writer.messages

    def close(self) -> None:
        """Write what waits, finish the file and end; more than once is allowed."""
        self._inbox.close()
        self._thread.join()

    def _begin(self) -> RecordingWriter:
        self._count += 1
        path = self._path
        if self._limits.keep:
            path = path.with_stem(f'{path.stem}_{self._count:04}')
        writer = RecordingWriter(
            path, max_b=self._limits.max_b, distribution=os.environ.get('ROS_DISTRO', '')
        )
        self.files.append(path)
        self._begun = self._flushed = time.monotonic()
        return writer

    def _run(self) -> None:
        try:
            while not self._inbox.closed:
                self._work()
            self._work()
        except RecordingError as error:
            self.reason = str(error)
            self.failed = not isinstance(error, LimitReached)
        finally:
            self._inbox.close()
            trouble = self._writer.close()
            if trouble:
                self.reason = f'{self.reason}; {trouble}'.removeprefix('; ')
                self.failed = True
            self.ended.set()

    def _work(self) -> None:
        """Write what came, and end or renew the file at its limits."""
        left_s = self._begun + self._limits.max_s - time.monotonic()
        for arrival in self._inbox.take(max(0.0, min(FLUSH_PERIOD_S, left_s))):
            self._write(arrival)
        now = time.monotonic()
        if now - self._flushed >= FLUSH_PERIOD_S:
            self._flushed = now
            self._writer.flush()
        if now - self._begun >= self._limits.max_s:
            self._renew(LimitReached(f'{self.files[-1]} has reached {self._limits.max_s:g} s'))

    def _write(self, arrival: Arrival) -> None:
        try:
            self._writer.add(arrival)
        except LimitReached as limit:
            self._renew(limit)
            self._writer.add(arrival)
        self.written[arrival.topic.name] += 1
        if self._limits.keep and arrival.topic.latched:
            key = arrival.topic.name, arrival.publisher
            self._latched.pop(key, None)
            self._latched[key] = arrival
            if len(self._latched) > _MAX_LATCHED:
                del self._latched[next(iter(self._latched))]

    def _renew(self, limit: LimitReached) -> None:
        """Begin another file if files are to follow each other; else raise `limit`."""
        if not self._limits.keep:
            raise limit
        trouble = self._writer.close()
        if trouble:
            raise StorageFailed(f'{self.files[-1]}: {trouble}')
        self._earlier_b += self._writer.size_b
        self._earlier_messages += self._writer.messages
        if len(self.files) == self._limits.keep:
            self.files.popleft().unlink(missing_ok=True)
        self._writer = self._begin()
        now_ns = time.time_ns()
        for arrival in self._latched.values():
            self._writer.add(replace(arrival, received_ns=now_ns))
