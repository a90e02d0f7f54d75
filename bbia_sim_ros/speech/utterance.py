"""One text on its way to being heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.speech.player import Chunk

NO_SOUND_S: Final = -1.0
CANCELLED: Final = 'cancelled'


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to say and how; empty and 0 mean the settings of the speaker."""

    text: str
    language: str = ''
    voice: str = ''
    speed: float = 0.0
    emotion: str = ''
    when_busy: str = ''


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended: see the result of bbia_msgs/action/Say."""

    success: bool
    message: str
    engine: str = ''
    first_sound_s: float = NO_SOUND_S
    duration_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """The word that is heard from now on, and the share of the text, 0 .. 1, before it."""

    word: str
    progress: float


class Utterance:
    """A text that was accepted: `outcome` comes in any case; `stop` may be called by any thread.

    `on_spoken` is called in the thread that plays.
    """

    def __init__(self, order: Order, on_spoken: Callable[[Spoken], None]) -> None:
        self.order = order
        self.on_spoken = on_spoken
        self.outcome: Future[Outcome] = Future()
        self.stopped = threading.Event()
        self.stop_reason = ''
        self.accepted = time.monotonic()
        self.engine = ''
        self.first_sound_s = NO_SOUND_S
        self.duration_s = 0.0

    def stop(self, reason: str = CANCELLED) -> None:
        """Give it up; the first reason counts."""
        if not self.stopped.is_set():
            self.stop_reason = reason
            self.stopped.set()

    def heard(self, chunk: Chunk) -> None:
        """Take note of a chunk that was given to the sink."""
        if self.first_sound_s == NO_SOUND_S:
            self.first_sound_s = max(0.0, chunk.start - self.accepted)

    def end(self, *, success: bool, message: str) -> None:
        """Set the outcome."""
        self.outcome.set_result(
            Outcome(
                success=success,
                message=message,
                engine=self.engine,
                first_sound_s=self.first_sound_s,
                duration_s=self.duration_s,
            )
        )
