"""One thing on its way to being heard: a text, or a sound file."""

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
class SoundOrder:
    """The sound file to play; ``volume`` is 0 .. 1 of the speaker's, 0 standing for full."""

    path: str
    volume: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended: see the results of bbia_msgs/action/Say and PlaySound."""

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


@dataclass(frozen=True, kw_only=True)
class Position:
    """What of a file is heard now, s from its beginning, and the share of it, 0 .. 1, before."""

    position_s: float
    progress: float


class Performance:
    """What was accepted: `outcome` comes in any case; `stop` may be called by any thread."""

    what_happened = 'were heard'

    def __init__(self) -> None:
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


class Utterance(Performance):
    """A text; `on_spoken` is called in the thread that plays."""

    what_happened = 'were said'

    def __init__(self, order: Order, on_spoken: Callable[[Spoken], None]) -> None:
        super().__init__()
        self.order = order
        self.on_spoken = on_spoken


class Playback(Performance):
    """A sound file; `on_position` is called in the thread that plays, with each chunk."""

    what_happened = 'were played'

    def __init__(self, order: SoundOrder, on_position: Callable[[Position], None]) -> None:
        super().__init__()
        self.order = order
        self.on_position = on_position
