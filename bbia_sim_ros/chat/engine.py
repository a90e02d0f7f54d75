"""What every engine that answers can do.

Contract
    An engine turns messages into an answer. It keeps no conversation. ``answer`` blocks, in a
    thread of the caller's; an engine is asked by several threads at once and then works one after
    the other, or refuses.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.messages import ToolSpec


class EngineError(RuntimeError):
    """An engine cannot answer; the message says why, and what to do."""


class AnswerCancelledError(EngineError):
    """The answer was given up because whoever asked wanted that."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How an answer is drawn. A ``temperature`` of 0 takes the likeliest token each time."""

    max_tokens: int = 512
    temperature: float = 0.7
    top_p: float = 0.9
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class EngineAnswer:
    """An answer.

    ``text`` is what the person reads, without the markup of tool calls. ``tokens`` and
    ``prompt_tokens`` are 0 where the engine does not count. ``first_token_s`` is the time from the
    call to the first token of any kind, -1 when there was none. ``cut`` tells that ``max_tokens``
    or the length of the context ended it. ``notices`` are for the person.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    model: str = ''
    prompt_tokens: int = 0
    tokens: int = 0
    first_token_s: float = -1.0
    total_s: float = 0.0
    cut: bool = False
    notices: tuple[str, ...] = ()


class Engine(Protocol):
    """See the module's docstring."""

    @property
    def name(self) -> str:
        """``transformers``, ``openai``, ..."""

    def obstacle(self) -> str:
        """Return why it cannot answer and what to do; empty when it can, as far as is known.

        Cheap: nothing is loaded. May ask a server, then within 2 s; the caller keeps the answer.
        """

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes; an estimate from above where it is not known."""

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together, as far as is known."""

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
        """Return the answer, after giving its text piece by piece to ``on_text``.

        ``on_text`` is called in this thread or one of the engine's, in order, never with markup of
        tool calls, and never after ``answer`` has returned or raised. Once ``cancelled`` is set,
        raises `AnswerCancelledError` within 0.1 s, and the engine computes no longer. Raises
        `EngineError` after ``deadline_s`` seconds, or when the engine fails.
        """

    def close(self) -> None:
        """Give everything back; answers under way end with `EngineError`."""
