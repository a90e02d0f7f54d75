"""What was said before, per conversation: bounded by turns, tokens and conversations.

Contract
    Any thread. A turn is what a person said, the answer, and the tool calls and results between;
    it is kept, sent or dropped as a whole, so that a call never loses its result. ``prompt`` makes
    what an engine is given: the system prompt, as many of the newest turns as fit, and the new
    text, cut at its end if it is too long by itself. The conversation used longest ago goes when
    there are too many. With a path, every kept turn is on disk when ``add`` returns; see
    ``json_file`` for what happens to a damaged file.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bbia_sim_ros.chat.json_file import JsonFile
from bbia_sim_ros.chat.json_file import JsonFileError
from bbia_sim_ros.chat.memory_file import Conversation
from bbia_sim_ros.chat.memory_file import Turn
from bbia_sim_ros.chat.memory_file import content_of
from bbia_sim_ros.chat.memory_file import conversations_of
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.text import shown
from bbia_sim_ros.chat.text import truncated

DEFAULT_CONVERSATION: Final = 'default'
MAX_NAME_CHARACTERS: Final = 64
# What chat templates add around a message: role and separators.
TOKENS_PER_MESSAGE: Final = 8
_NAME = re.compile(rf'[A-Za-z0-9._-]{{1,{MAX_NAME_CHARACTERS}}}')


class NoRoomError(ValueError):
    """The context leaves no room for what a person says; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class MemoryLimits:
    """How much is kept; all at least 1.

    ``max_tokens`` bounds what of a conversation is sent to an engine, as the engine counts it.
    """

    max_conversations: int = 32
    max_turns: int = 20
    max_tokens: int = 3000

    def __post_init__(self) -> None:
        """Raise ValueError naming the field that is below 1."""
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f'{name} is {value}; it must be at least 1')


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What an engine is given, and what the person should know about it."""

    messages: tuple[Message, ...]
    notices: tuple[str, ...] = ()


def conversation_name(text: str) -> str:
    """Return the name of a conversation, ``default`` for an empty one; ValueError if it is none."""
    if not text:
        return DEFAULT_CONVERSATION
    if not _NAME.fullmatch(text):
        raise ValueError(
            f'{shown(text)} cannot name a conversation; give 1 to {MAX_NAME_CHARACTERS} '
            'of the letters A-Z a-z, digits, dot, dash and underscore, or nothing'
        )
    return text


class Memory:
    """All conversations of one node; see the module's docstring."""

    def __init__(self, limits: MemoryLimits, path: Path | None = None) -> None:
        """Read the conversations of the file ``path``; without one, they live in memory alone."""
        self._limits = limits
        self._lock = threading.Lock()
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._file = None if path is None else JsonFile(path)
        if self._file is not None:
            self._conversations = self._file.load(conversations_of) or OrderedDict()
            self._trim()

    @property
    def limits(self) -> MemoryLimits:
        """How much is kept; new limits hold at once."""
        return self._limits

    @limits.setter
    def limits(self, limits: MemoryLimits) -> None:
        with self._lock:
            self._limits = limits
            self._trim()

    @property
    def problem(self) -> str:
        """What is wrong with the file, for a person; empty when nothing is."""
        return '' if self._file is None else self._file.problem

    @property
    def names(self) -> tuple[str, ...]:
        """The conversations that are kept, the one used longest ago first."""
        with self._lock:
            return tuple(self._conversations)

    def turns(self, conversation: str) -> tuple[Turn, ...]:
        """Return the turns that are kept, oldest first."""
        with self._lock:
            kept = self._conversations.get(conversation)
            return () if kept is None else kept.turns

    def language(self, conversation: str) -> str:
        """Return the language of the last turn, ``en`` or ``fr``; empty when there was none."""
        with self._lock:
            kept = self._conversations.get(conversation)
            return '' if kept is None else kept.language

    def prompt(
        self,
        conversation: str,
        *,
        system: str,
        text: str,
        count: Callable[[str], int],
        most_tokens: int,
    ) -> Prompt:
        """Return what an engine is given for ``text``.

        ``count`` says how many tokens a text takes. ``most_tokens`` is the room that the engine
        has for system prompt, earlier turns and text; ``MemoryLimits.max_tokens`` bounds the same
        without the system prompt. Raises `NoRoomError` when not even
        a short text fits.
        """
        room = most_tokens - count(system) - 2 * TOKENS_PER_MESSAGE
        room = min(room, self._limits.max_tokens - TOKENS_PER_MESSAGE)
        if room < 1:
            raise NoRoomError(
                f'{most_tokens} tokens of context leave no room for a text after the system '
                'prompt; take a model with a longer context, or a shorter persona or max_tokens'
            )
        notices: list[str] = []
        said = truncated(text, room, count)
        if len(said) < len(text):
            notices.append(
                f'the text was too long: its first {len(said)} of {len(text)} characters were read'
            )
        earlier = self.turns(conversation)
        kept = _newest_that_fit(earlier, room - count(said), count)
        if len(kept) < len(earlier):
            notices.append(f'{len(earlier) - len(kept)} of {len(earlier)} earlier turns left out')
        messages = [Message(role='system', content=system)]
        messages += [message for turn in kept for message in turn.messages]
        messages.append(Message(role='user', content=said))
        return Prompt(messages=tuple(messages), notices=tuple(notices))

    def add(self, conversation: str, turn: Turn, language: str = '') -> str:
        """Keep a turn; return why it is not on disk, empty when it is or need not be."""
        with self._lock:
            before = self._conversations.get(conversation, Conversation())
            self._conversations[conversation] = Conversation(
                turns=(*before.turns, turn), language=language or before.language
            )
            self._conversations.move_to_end(conversation)
            self._trim()
            return self._save()

    def forget(self, conversation: str) -> bool:
        """Drop a conversation; say whether there was one."""
        with self._lock:
            known = self._conversations.pop(conversation, None) is not None
            if known:
                self._save()
            return known

    def _trim(self) -> None:
        while len(self._conversations) > self._limits.max_conversations:
            self._conversations.popitem(last=False)
        for name, kept in self._conversations.items():
            if len(kept.turns) > self._limits.max_turns:
                newest = kept.turns[-self._limits.max_turns :]
                self._conversations[name] = Conversation(turns=newest, language=kept.language)

    def _save(self) -> str:
        if self._file is None:
            return ''
        try:
            self._file.save(content_of(self._conversations))
        except JsonFileError as error:
            return f'the conversation is not kept on disk: {error}'
        return ''


def tokens_of(messages: Sequence[Message], count: Callable[[str], int]) -> int:
    """Return about how many tokens messages take in a prompt, tool calls included."""
    written = [message.content for message in messages]
    written += [f'{call.name} {call.raw}' for message in messages for call in message.tool_calls]
    return count('\n'.join(written)) + TOKENS_PER_MESSAGE * len(messages)


def _newest_that_fit(
    turns: tuple[Turn, ...], room: int, count: Callable[[str], int]
) -> tuple[Turn, ...]:
    first = len(turns)
    while first > 0:
        room -= tokens_of(turns[first - 1].messages, count)
        if room < 0:
            break
        first -= 1
    return turns[first:]
