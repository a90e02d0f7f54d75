"""The reply of one turn, while it comes about and when it is there.

Contract
    A `Reply` is immutable. A `ReplyUnderWay` belongs to the thread of its turn; ``emit`` may also
    be called by one other thread at a time, which is how engines stream.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.mood import Mood
from bbia_sim_ros.chat.text import clean
from bbia_sim_ros.chat.turns import TurnTimeoutError


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of a turn; the result of ``bbia_msgs/Chat``.

    ``text`` is the answer, empty without ``success``; then ``message`` says why and what to do.
    ``emotion`` is empty when the answer has none; ``intensity`` is its strength, 0 .. 1. ``engine``
    is who answered, or tried to. ``first_token_s`` is -1 when no piece came, ``tokens`` 0 when the
    engine does not count. ``tools`` are the tools that were called, in order, whatever came of it.
    """

    success: bool
    conversation: str = ''
    text: str = ''
    language: str = ''
    emotion: str = ''
    intensity: float = 0.0
    engine: str = ''
    message: str = ''
    first_token_s: float = -1.0
    total_s: float = 0.0
    tokens: int = 0
    tools: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class ReplyUnderWay:
    """Collects what a turn brings about; see the module's docstring."""

    def __init__(
        self, on_token: Callable[[str], None], cancelled: threading.Event, deadline_s: float
    ) -> None:
        """Start the clock; ``on_token`` hears every piece of the text."""
        self.cancelled = cancelled
        self.stopped = False
        self.conversation = ''
        self.language = ''
        self.engine = ''
        self.tokens = 0
        self.tools: list[str] = []
        self.notices: list[str] = []
        self._on_token = on_token
        self._start_s = time.monotonic()
        self._deadline_s = deadline_s
        self._first_token_s = -1.0
        self._pieces: list[str] = []

    @property
    def until_s(self) -> float:
        """`time.monotonic` at which the time is over."""
        return self._start_s + self._deadline_s

    @property
    def text(self) -> str:
        """What was said so far."""
        return ''.join(self._pieces)

    def left_s(self) -> float:
        """Return how much time is left, s; raise when cancelled or when there is none."""
        if self.cancelled.is_set():
            raise AnswerCancelledError('cancelled')
        left = self.until_s - time.monotonic()
        if left <= 0.0:
            raise TurnTimeoutError('the tools that were called took all the time')
        return left

    def do_not_count(self, seconds: float) -> None:
        """Let the time be over later by ``seconds``; less than 0 is nothing."""
        self._deadline_s += max(seconds, 0.0)

    def emit(self, piece: str) -> None:
        """Say the next piece."""
        piece, _ = clean(piece)
        if not piece:
            return
        if self._first_token_s < 0.0:
            self._first_token_s = time.monotonic() - self._start_s
        self._pieces.append(piece)
        self._on_token(piece)

    def done(self, mood: Mood | None) -> Reply:
        """Return the reply with what was said."""
        return Reply(
            success=True,
            conversation=self.conversation,
            text=self.text,
            language=self.language,
            emotion='' if mood is None else mood.name,
            intensity=0.0 if mood is None else mood.intensity,
            engine=self.engine,
            first_token_s=self._first_token_s,
            total_s=time.monotonic() - self._start_s,
            tokens=self.tokens,
            tools=tuple(self.tools),
            notices=tuple(self.notices),
        )

    def failure(self, message: str) -> Reply:
        """Return the reply that is none; what was said so far is not in it."""
        return Reply(
            success=False,
            conversation=self.conversation,
            language=self.language,
            engine=self.engine,
            message=message,
            first_token_s=self._first_token_s,
            total_s=time.monotonic() - self._start_s,
            tools=tuple(self.tools),
            notices=tuple(self.notices),
        )
