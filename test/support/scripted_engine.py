"""An engine whose answers a test has written beforehand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import EngineAnswer
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.messages import ToolSpec

TEST_DEADLINE_S = 20.0


def call(name: str, arguments: dict[str, Any] | None, number: int = 1) -> ToolCall:
    """Return a tool call as a model makes it."""
    return ToolCall(id=f'call-{number}', name=name, arguments=arguments, raw=str(arguments))


@dataclass(frozen=True)
class Scripted:
    """One answer: pieces of text, tool calls, or an error after the pieces."""

    pieces: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    error: str = ''
    waits: bool = False
    first_token_s: float = 0.0


class ScriptedEngine:
    """Gives its answers one after the other, and keeps what it was asked.

    An answer that ``waits`` sets ``waiting`` after its pieces and goes on when ``go`` is set, or
    ends when it is cancelled. Tokens are words.
    """

    def __init__(self, name: str = 'scripted', *answers: Scripted) -> None:
        self.name = name
        self.reason = ''
        self.times_asked = 0
        self.context_tokens = 8192
        self.answers = list(answers)
        self.prompts: list[tuple[Message, ...]] = []
        self.tools: list[tuple[str, ...]] = []
        self.deadlines: list[float] = []
        self.waiting = threading.Event()
        self.go = threading.Event()

    def obstacle(self) -> str:
        """See `Engine`."""
        self.times_asked += 1
        return self.reason

    def count_tokens(self, text: str) -> int:
        """See `Engine`."""
        return len(text.split())

    def answer(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        sampling: Sampling,
        on_text: Callable[[str], None],
        cancelled: threading.Event,
        deadline_s: float,
    ) -> EngineAnswer:
        """See `Engine`."""
        self.prompts.append(tuple(messages))
        self.tools.append(tuple(spec.name for spec in tools))
        self.deadlines.append(deadline_s)
        script = self.answers.pop(0)
        for piece in script.pieces:
            on_text(piece)
        if script.waits:
            self.waiting.set()
            end = time.monotonic() + min(deadline_s, TEST_DEADLINE_S)
            while not self.go.is_set():
                if cancelled.wait(0.005):
                    raise AnswerCancelledError('cancelled')
                if time.monotonic() > end:
                    raise EngineError('no answer in time')
        if script.error:
            raise EngineError(script.error)
        text = ''.join(script.pieces)
        return EngineAnswer(
            text=text,
            tool_calls=script.calls,
            tokens=len(text.split()),
            first_token_s=script.first_token_s,
        )

    def close(self) -> None:
        """See `Engine`."""
