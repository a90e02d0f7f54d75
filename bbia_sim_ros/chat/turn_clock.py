"""Where the time of a spoken turn goes, from the end of speech on.

Contract
    Times are s after the end of speech; -1 stands for what has not happened. The clock that is
    given must be the one that the end of speech is stamped with. Each mark keeps its first time.
    One thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

NEVER_S: Final = -1.0
MOTION_TOOLS: Final = frozenset({'look', 'go_to', 'emotion', 'move', 'behave'})


class TurnClock:
    """See the module's docstring; made when the transcript is there."""

    def __init__(self, speech_end_s: float, now_s: Callable[[], float]) -> None:
        """Start the clock; an end of 0 or one that lies ahead stands for now."""
        self._now_s = now_s
        now = now_s()
        self._end_s = speech_end_s if 0.0 < speech_end_s <= now else now
        self.transcript = now - self._end_s
        self.answer_begins = NEVER_S
        self.motion_begins = NEVER_S
        self.answer = NEVER_S
        self.sound_begins = NEVER_S

    def elapsed(self) -> float:
        """Return the time since the end of speech, s."""
        return self._now_s() - self._end_s

    def on_piece(self) -> None:
        """Note a piece of the answer."""
        if self.answer_begins == NEVER_S:
            self.answer_begins = self.elapsed()

    def on_tool(self, name: str, duration_s: float) -> None:
        """Note a tool that has ended after ``duration_s``."""
        if name in MOTION_TOOLS and self.motion_begins == NEVER_S:
            self.motion_begins = self.elapsed() - duration_s

    def on_answer(self) -> None:
        """Note that the answer is complete."""
        self.answer = self.elapsed()

    def on_sound(self, ordered: float, first_sound_s: float) -> None:
        """Note sound that was ordered at ``ordered`` and heard ``first_sound_s`` later, if ever."""
        if first_sound_s >= 0.0:
            self.sound_begins = ordered + first_sound_s
