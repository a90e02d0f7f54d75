"""A turn that a model answers: its text streamed, its tool calls run, their results given back.

Contract
    Runs in the thread of the turn. At most ``max_tool_calls`` calls are run; the last result says
    so, further calls are refused, and the model is asked once more without tools. Results are cut
    so that all of them fit the room kept for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Collection
from typing import Final

from bbia_sim_ros.chat.engine import Engine
from bbia_sim_ros.chat.engine import EngineAnswer
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.messages import ToolSpec
from bbia_sim_ros.chat.mood import Mood
from bbia_sim_ros.chat.mood import TagFilter
from bbia_sim_ros.chat.reply import ReplyUnderWay
from bbia_sim_ros.chat.text import clean
from bbia_sim_ros.chat.text import truncated
from bbia_sim_ros.chat.toolbox import Toolbox

# One part in so many of the context at most is taken by the schemas of the tools, is kept for their
# results, and is kept for the answer.
_TOOLS_PART: Final = 2
_RESULTS_PART: Final = 6
_ANSWER_PART: Final = 4
_SCHEMA_CHARACTERS_PER_TOKEN: Final = 3
_LAST_CALL: Final = ' (That was the last tool call of this turn; answer now.)'


class ModelTurn:
    """One turn with one engine; see the module's docstring."""

    def __init__(
        self,
        engine: Engine,
        toolbox: Toolbox,
        reply: ReplyUnderWay,
        *,
        sampling: Sampling,
        max_tool_calls: int,
        emotions: Collection[str],
    ) -> None:
        """Take the parts; nothing is asked yet."""
        self._engine = engine
        self._toolbox = toolbox
        self._reply = reply
        self._sampling = sampling
        self._calls_left = max_tool_calls
        self._max_tool_calls = max_tool_calls
        self._emotions = emotions
        self._specs: tuple[ToolSpec, ...] = toolbox.specs if max_tool_calls > 0 else ()
        self._specs_tokens = self._count_specs()
        if self._specs_tokens > engine.context_tokens // _TOOLS_PART:
            reply.notices.append(
                f'the {engine.context_tokens} tokens of context are too few for the tools, so the '
                'model was told of none; take a model with a longer context, or allow fewer tools'
            )
            self._specs, self._specs_tokens = (), 0
        self._results_room = engine.context_tokens // _RESULTS_PART if self._specs else 0
        self.mood: Mood | None = None

    def prompt_room(self) -> int:
        """Return how many tokens system prompt, earlier turns and the text may take."""
        context = self._engine.context_tokens
        answer = min(self._sampling.max_tokens, context // _ANSWER_PART)
        return context - answer - self._specs_tokens - self._results_room

    def _count_specs(self) -> int:
        if not self._specs:
            return 0
        told = json.dumps([[spec.name, spec.description, spec.parameters] for spec in self._specs])
        # An estimate of an engine is far too high for a schema, which is made of common words.
        return min(self._engine.count_tokens(told), len(told) // _SCHEMA_CHARACTERS_PER_TOKEN)

    def run(self, prompt: tuple[Message, ...]) -> tuple[Message, ...]:
        """Answer the prompt; return the messages that came after it.

        Raises `EngineError`, and what `ReplyUnderWay.left_s` raises.
        """
        added: list[Message] = []
        while True:
            tools = self._specs if self._calls_left > 0 else ()
            answer = self._ask((*prompt, *added), tools)
            text, _ = clean(answer.text)
            added.append(Message(role='assistant', content=text, tool_calls=answer.tool_calls))
            added += [self._result(call) for call in answer.tool_calls]
            if not answer.tool_calls:
                break
            if not tools:
                self._reply.notices.append(
                    f'the model went on calling tools after the {self._max_tool_calls} allowed'
                )
                break
        if not self._reply.text and not self._reply.tools:
            raise EngineError(
                f'the model of {self._engine.name} gave an empty answer; '
                'ask in another way, or choose another model'
            )
        if not self._reply.text:
            self._reply.notices.append('the model used tools and said nothing')
        return tuple(added)

    def _ask(self, messages: tuple[Message, ...], tools: tuple[ToolSpec, ...]) -> EngineAnswer:
        before = bool(self._reply.text)
        tags = TagFilter(_after(self._reply.emit, '\n' if before else ''), self._emotions)
        answer = self._engine.answer(
            messages,
            tools,
            sampling=self._sampling,
            on_text=tags.feed,
            cancelled=self._reply.cancelled,
            deadline_s=self._reply.left_s(),
        )
        self.mood = tags.finish() or self.mood
        self._reply.tokens += answer.tokens
        # What an engine takes before it writes may be loading; it bounds that itself.
        self._reply.do_not_count(answer.first_token_s)
        self._reply.notices += answer.notices
        if answer.cut:
            self._reply.notices.append(
                f'the answer was ended by its limit of {self._sampling.max_tokens} tokens, '
                f'or by the {self._engine.context_tokens} of the context'
            )
        return answer

    def _result(self, call: ToolCall) -> Message:
        names = {'conversation': self._reply.conversation, 'engine': self._engine.name}
        self._reply.left_s()
        if self._calls_left > 0:
            self._calls_left -= 1
            self._reply.tools.append(call.name)
            outcome = self._toolbox.run(call, self._reply.cancelled, **names)
        else:
            reason = f'not run: {self._max_tool_calls} tool calls are allowed in a turn; answer now'
            outcome = self._toolbox.refuse(call, reason, **names)
        text = outcome.text if outcome.success else f'failed: {outcome.text}'
        shown = truncated(text, self._results_room, self._engine.count_tokens)
        self._results_room -= self._engine.count_tokens(shown)
        if len(shown) < len(text):
            shown += '...'
        if self._calls_left == 0 and outcome.success:
            shown += _LAST_CALL
        return Message(role='tool', content=shown, tool_call_id=call.id, name=call.name)


def _after(emit: Callable[[str], None], separator: str) -> Callable[[str], None]:
    """Return ``emit`` with a separator before its first piece."""
    pending = [separator]

    def emit_after(piece: str) -> None:
        emit(pending.pop() + piece if pending else piece)

    return emit_after
