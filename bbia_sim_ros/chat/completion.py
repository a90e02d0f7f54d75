"""The answer of an OpenAI-compatible server, put together from the chunks of its stream.

Contract
    Pure. Chunks are what other people's programs send: whatever has another shape than the OpenAI
    interface gives it raises `ChunkError`. Fields that are not known are passed over, reasoning
    among them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from typing import Final

from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.tool_markup import MarkupSplitter
from bbia_sim_ros.chat.tool_markup import ToolFormat
from bbia_sim_ros.chat.tool_markup import parsed_arguments

_MAX_CALLS: Final = 64
_SHOWN: Final = 200


class ChunkError(ValueError):
    """A server sent what is no part of a chat completion, or says that it failed."""


@dataclass
class _Call:
    name: str = ''
    arguments: str = ''


class Completion:
    """What a server has answered so far.

    Attributes
    ----------
    characters:
        How many characters text, calls and reasoning have together.
    finish_reason:
        Why the server ended, such as ``stop`` or ``length``; empty before that.
    model, tokens, prompt_tokens:
        What the server says of them; empty and 0 where it does not.

    """

    def __init__(self) -> None:
        # A server without the model's own parser passes its markup on as text.
        self._splitter = MarkupSplitter({ToolFormat.HERMES, ToolFormat.MISTRAL})
        self._calls: dict[int, _Call] = {}
        self.characters = 0
        self.finish_reason = ''
        self.model = ''
        self.tokens = 0
        self.prompt_tokens = 0

    @property
    def text(self) -> str:
        """The visible text so far."""
        return self._splitter.text

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far, numbered: some servers give several the same id, or none."""
        calls = [(call.name, call.arguments) for _, call in sorted(self._calls.items())]
        made = [
            ToolCall(id='', name=name, arguments=parsed_arguments(raw or '{}'), raw=raw)
            for name, raw in calls
        ]
        return tuple(
            ToolCall(id=f'call_{n}', name=call.name, arguments=call.arguments, raw=call.raw)
            for n, call in enumerate([*made, *self._splitter.calls], start=1)
        )

    def feed(self, data: str) -> str:
        """Take the data of an event; return what may be shown now."""
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ChunkError(f'it sent what is not JSON: {data[:_SHOWN]!r}') from error
        if not isinstance(chunk, dict):
            raise ChunkError(f'it sent no object: {data[:_SHOWN]!r}')
        if chunk.get('error'):
            raise ChunkError(f'it failed: {error_text(chunk)}')
        if isinstance(chunk.get('model'), str):
            self.model = chunk['model']
        self._take_usage(chunk.get('usage'))
        choices = chunk.get('choices')
        if not isinstance(choices, list):
            raise ChunkError(f'it sent no choices: {data[:_SHOWN]!r}')
        if not choices:
            return ''
        choice = choices[0]
        delta = choice.get('delta') if isinstance(choice, dict) else None
        if not isinstance(delta, dict):
            raise ChunkError(f'it sent a choice without a delta: {data[:_SHOWN]!r}')
        if isinstance(choice.get('finish_reason'), str):
            self.finish_reason = choice['finish_reason']
        self._take_calls(delta.get('tool_calls'))
        for name in ('reasoning', 'reasoning_content'):
            self.characters += len(delta[name]) if isinstance(delta.get(name), str) else 0
        return self._shown(delta.get('content'))

    def finish(self) -> str:
        """Take the end of the stream; return what may be shown of what was held back."""
        return self._splitter.finish()

    def _shown(self, content: Any) -> str:
        if content is None:
            return ''
        if not isinstance(content, str):
            raise ChunkError(f'it sent content that is no text: {str(content)[:_SHOWN]!r}')
        self.characters += len(content)
        # Half a character, as \\ud83d in JSON, is none: nothing further could encode it.
        return self._splitter.feed(content.encode(errors='replace').decode())

    def _take_calls(self, deltas: Any) -> None:
        if deltas is None:
            return
        if not isinstance(deltas, list) or not all(isinstance(delta, dict) for delta in deltas):
            raise ChunkError(f'it sent tool calls that are no list: {str(deltas)[:_SHOWN]!r}')
        for delta in deltas:
            index = delta.get('index', len(self._calls))
            function = delta.get('function')
            if not isinstance(index, int) or not isinstance(function, dict):
                raise ChunkError(f'it sent no tool call: {str(delta)[:_SHOWN]!r}')
            if index not in self._calls and len(self._calls) >= _MAX_CALLS:
                raise ChunkError(f'it sent more than {_MAX_CALLS} tool calls')
            call = self._calls.setdefault(index, _Call())
            call.name = call.name or str(function.get('name') or '')
            arguments = function.get('arguments') or ''
            # Some send an object where the interface has a JSON text.
            part = arguments if isinstance(arguments, str) else json.dumps(arguments)
            call.arguments += part
            self.characters += len(part)

    def _take_usage(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        self.tokens = _count(usage.get('completion_tokens'), self.tokens)
        self.prompt_tokens = _count(usage.get('prompt_tokens'), self.prompt_tokens)


def _count(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else otherwise


def error_text(answer: Any) -> str:
    """Return the message of an error as servers put it, in one short line."""
    error = answer.get('error', answer) if isinstance(answer, dict) else answer
    if isinstance(error, dict):
        error = error.get('message') or error.get('detail') or error
    return ' '.join(str(error).split())[:_SHOWN]
