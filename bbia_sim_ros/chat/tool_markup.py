"""Tool calls and reasoning in the text that a model writes, taken apart while it comes.

Contract
    Pure. Known are the formats that chat templates teach models:

    ======== =================================================================================
    hermes   ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``, any number (Qwen)
    llama    ``{"name": ..., "parameters": {...}}`` as the whole answer, several joined by ``;``,
             or behind ``<|python_tag|>`` (Llama 3.1 and later)
    mistral  ``[TOOL_CALLS]`` and a JSON array of calls, or ``[TOOL_CALLS]name[ARGS]{...}``
    ======== =================================================================================

    What a model reasons between ``<think>`` and ``</think>`` is dropped. Blanks at both ends of
    the visible text are dropped. However a text is cut into pieces, the outcome is the same. Text
    is held back only while it may be the beginning of markup; an answer that begins with ``{`` is
    held back whole where that can be a call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from enum import Enum
from enum import StrEnum
from enum import auto
from typing import Any
from typing import Final

from bbia_sim_ros.chat.messages import ToolCall

_THINK: Final = ('<think>', '</think>')
_HERMES: Final = ('<tool_call>', '</tool_call>')
_PYTHON_TAG: Final = '<|python_tag|>'
_MISTRAL: Final = '[TOOL_CALLS]'
_MISTRAL_ARGUMENTS: Final = '[ARGS]'

MARKERS: Final = (*_THINK, *_HERMES, _PYTHON_TAG, _MISTRAL, _MISTRAL_ARGUMENTS)
"""Texts that a tokenizer may take for special tokens, but which must not be left out."""


class ToolFormat(StrEnum):
    """A format of the module's docstring."""

    HERMES = 'hermes'
    LLAMA = 'llama'
    MISTRAL = 'mistral'


def formats_of(template: str) -> frozenset[ToolFormat]:
    """Return the formats that a chat template teaches; none for a template without tools."""
    signs = {
        ToolFormat.HERMES: (_HERMES[0],),
        ToolFormat.LLAMA: (_PYTHON_TAG, '"parameters": dictionary'),
        ToolFormat.MISTRAL: (_MISTRAL,),
    }
    return frozenset(
        name for name, marks in signs.items() if any(mark in template for mark in marks)
    )


def parsed_arguments(raw: object) -> Mapping[str, Any] | None:
    """Return the arguments of a call, given as JSON or as what JSON gave; None for no object.

    Refused as well are numbers that JSON does not know (NaN) and texts that are not Unicode.
    """
    if isinstance(raw, str):
        try:
            raw = _loads(raw)
        except ValueError:
            return None
    if not isinstance(raw, dict):
        return None
    try:
        json.dumps(raw, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return raw


class _Mode(Enum):
    """What the text that comes belongs to."""

    TEXT = auto()
    THINKING = auto()
    HERMES_CALL = auto()
    LLAMA_CALLS = auto()
    BARE_JSON = auto()
    MISTRAL_CALLS = auto()


_OPENERS: Final = {
    ToolFormat.HERMES: (_HERMES[0], _Mode.HERMES_CALL),
    ToolFormat.LLAMA: (_PYTHON_TAG, _Mode.LLAMA_CALLS),
    ToolFormat.MISTRAL: (_MISTRAL, _Mode.MISTRAL_CALLS),
}
_CLOSERS: Final = {_Mode.THINKING: _THINK[1], _Mode.HERMES_CALL: _HERMES[1]}


class MarkupSplitter:
    """Takes one answer apart; see the module's docstring.

    ``thinking`` tells that the answer begins within a reasoning block, which the prompt opened.
    """

    def __init__(self, formats: Iterable[ToolFormat], *, thinking: bool = False) -> None:
        formats = frozenset(formats)
        self._openers = dict([(_THINK[0], _Mode.THINKING), *(_OPENERS[name] for name in formats)])
        self._may_be_bare = ToolFormat.LLAMA in formats
        self._mode = _Mode.THINKING if thinking else _Mode.TEXT
        self._unread = ''
        self._blanks = ''
        self._text: list[str] = []
        self._calls: list[ToolCall] = []

    @property
    def text(self) -> str:
        """The visible text so far."""
        return ''.join(self._text)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far."""
        return tuple(self._calls)

    def feed(self, piece: str) -> str:
        """Take the next piece; return what may be shown now."""
        self._unread += piece
        shown = ''
        while True:
            if self._mode is _Mode.TEXT:
                part, went_on = self._read_text()
                shown += part
            else:
                went_on = self._read_markup()
            if not went_on:
                return shown

    def finish(self) -> str:
        """Take the end of the answer; return what may be shown of what was held back."""
        rest, self._unread = self._unread, ''
        match self._mode:
            case _Mode.TEXT:
                return self._show(rest)
            case _Mode.HERMES_CALL:
                self._add(rest)
            case _Mode.MISTRAL_CALLS:
                self._add_mistral(rest)
            case _Mode.LLAMA_CALLS:
                for value in _joined_values(rest) or [rest]:
                    self._add(value)
            case _Mode.BARE_JSON:
                values = _joined_values(rest)
                if not values or not all(_is_llama_call(value) for value in values):
                    return self._show(rest)
                for value in values:
                    self._add(value)
        return ''

    def _read_text(self) -> tuple[str, bool]:
        """Return what may be shown, and whether there is more to read."""
        if self._may_be_bare and not self._text and self._unread.lstrip().startswith('{'):
            self._mode = _Mode.BARE_JSON
            return '', False
        hits = [(self._unread.find(opener), opener) for opener in self._openers]
        position, opener = min((hit for hit in hits if hit[0] >= 0), default=(-1, ''))
        if opener:
            shown = self._show(self._unread[:position])
            self._unread = self._unread[position + len(opener) :]
            self._mode = self._openers[opener]
            return shown, True
        ready = len(self._unread) - max(_overlap(self._unread, opener) for opener in self._openers)
        shown = self._show(self._unread[:ready])
        self._unread = self._unread[ready:]
        return shown, False

    def _read_markup(self) -> bool:
        """Read to the end of the markup; return whether it was there."""
        closer = _CLOSERS.get(self._mode)
        if closer is None:
            return False
        inner, found, after = self._unread.partition(closer)
        if found:
            if self._mode is _Mode.HERMES_CALL:
                self._add(inner)
            self._unread, self._mode = after, _Mode.TEXT
        elif self._mode is _Mode.THINKING:
            self._unread = self._unread[-len(closer) :]
        return bool(found)

    def _show(self, text: str) -> str:
        """Return text without the blanks at both ends of the whole; those within follow later."""
        text = self._blanks + text if self._text else text.lstrip()
        shown = text.rstrip()
        self._blanks = text[len(shown) :]
        if shown:
            self._text.append(shown)
        return shown

    def _add_mistral(self, rest: str) -> None:
        for part in rest.split(_MISTRAL):
            name, mark, arguments = part.partition(_MISTRAL_ARGUMENTS)
            if mark:
                self._append(name.strip(), parsed_arguments(arguments), part)
            else:
                self._add(part)

    def _add(self, raw: str) -> None:
        """Add the call, or the array of calls, that a JSON text holds; also what is none."""
        try:
            value = _loads(raw)
        except ValueError:
            value = None
        for call in value if isinstance(value, list) else [value]:
            if isinstance(call, dict):
                name = call.get('name')
                arguments = parsed_arguments(call.get('arguments', call.get('parameters', {})))
                self._append(name if isinstance(name, str) else '', arguments, raw)
            else:
                self._append('', None, raw)

    def _append(self, name: str, arguments: Mapping[str, Any] | None, raw: str) -> None:
        identity = f'call_{len(self._calls) + 1}'
        self._calls.append(ToolCall(id=identity, name=name, arguments=arguments, raw=raw.strip()))


def _overlap(text: str, opener: str) -> int:
    """Return how many characters at the end of a text may be the beginning of an opener."""
    longest = min(len(text), len(opener) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(opener[:n])), 0)


def _loads(raw: str) -> Any:
    """Return what JSON says; raises ValueError for all else, such as NaN."""
    try:
        return json.loads(raw, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError('nested too deeply') from error


def _refuse(constant: str) -> None:
    raise ValueError(f'{constant} is not JSON')


def _joined_values(text: str) -> list[str]:
    """Return the JSON texts that are joined by semicolons; empty where a text is no such list."""
    decoder = json.JSONDecoder()
    values = []
    text = text.strip()
    while text:
        try:
            _, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            return []
        values.append(text[:end])
        text = text[end:].lstrip()
        if text and not text.startswith(';'):
            return []
        text = text[1:].lstrip()
    return values


def _is_llama_call(raw: str) -> bool:
    try:
        value = _loads(raw)
    except ValueError:
        return False
    return (
        isinstance(value, dict)
        and isinstance(value.get('name'), str)
        and ('parameters' in value or 'arguments' in value)
    )
