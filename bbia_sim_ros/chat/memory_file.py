"""Conversations as they lie on disk: JSON, checked when read.

Contract
    ``conversations_of(content_of(x))`` is ``x``. ``conversations_of`` raises ValueError for
    anything else, naming the place; it never returns half a turn.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final
from typing import get_args

from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import Role
from bbia_sim_ros.chat.messages import ToolCall

_VERSION: Final = 1


@dataclass(frozen=True)
class Turn:
    """What a person said, the answer, and the tool calls and results between, in order.

    Raises ValueError unless it begins with a user's message, has no other and no system's, and
    each tool's result answers a call before it that no other result answers.
    """

    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        """Check the order of the messages."""
        roles = [message.role for message in self.messages]
        if roles[:1] != ['user'] or 'user' in roles[1:] or 'system' in roles:
            raise ValueError(f'a turn is one user message and what follows, not {roles}')
        open_calls: list[str] = []
        for message in self.messages:
            if message.role != 'tool':
                if open_calls:
                    break
                open_calls = [call.id for call in message.tool_calls]
            elif message.tool_call_id in open_calls:
                open_calls.remove(message.tool_call_id)
            else:
                raise ValueError(f'a result belongs to no call: {message.tool_call_id!r}')
        if open_calls:
            raise ValueError(f'a tool call has no result: {open_calls[0]!r}')


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The turns that are kept, oldest first, and the language of the last one."""

    turns: tuple[Turn, ...] = ()
    language: str = ''


def content_of(conversations: Mapping[str, Conversation]) -> dict[str, Any]:
    """Return what `conversations_of` reads, made of what JSON knows."""
    rows = [
        {
            'name': name,
            'language': kept.language,
            'turns': [[_written(message) for message in turn.messages] for turn in kept.turns],
        }
        for name, kept in conversations.items()
    ]
    return {'version': _VERSION, 'conversations': rows}


def conversations_of(content: Any) -> OrderedDict[str, Conversation]:
    """Return the conversations of a file's content, or raise ValueError."""
    if not isinstance(content, dict) or content.get('version') != _VERSION:
        raise ValueError(f'it is no memory of version {_VERSION}')
    conversations: OrderedDict[str, Conversation] = OrderedDict()
    for row in _list(content, 'conversations'):
        name = _text(row, 'name')
        turns = [_turn(turn, name) for turn in _list(row, 'turns')]
        conversations[name] = Conversation(turns=tuple(turns), language=_text(row, 'language'))
    return conversations


def _written(message: Message) -> dict[str, Any]:
    written: dict[str, Any] = {'role': message.role, 'content': message.content}
    if message.tool_calls:
        written['tool_calls'] = [
            {
                'id': call.id,
                'name': call.name,
                'arguments': None if call.arguments is None else dict(call.arguments),
                'raw': call.raw,
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        written['tool_call_id'] = message.tool_call_id
    if message.name:
        written['name'] = message.name
    return written


def _turn(rows: Any, conversation: str) -> Turn:
    if not isinstance(rows, list):
        raise ValueError(f'a turn of {conversation!r} is no list')
    return Turn(tuple(_message(row) for row in rows))


def _message(row: Any) -> Message:
    role = _text(row, 'role')
    if role not in get_args(Role):
        raise ValueError(f'there is no role {role!r}')
    calls = _list(row, 'tool_calls') if 'tool_calls' in row else []
    return Message(
        role=role,  # type: ignore[arg-type]  # one of the roles, as just checked
        content=_text(row, 'content'),
        tool_calls=tuple(_call(call) for call in calls),
        tool_call_id=_text(row, 'tool_call_id') if 'tool_call_id' in row else '',
        name=_text(row, 'name') if 'name' in row else '',
    )


def _call(row: Any) -> ToolCall:
    call_id, name, raw = (_text(row, key) for key in ('id', 'name', 'raw'))
    arguments = row.get('arguments')
    if arguments is not None and not isinstance(arguments, dict):
        raise ValueError(f'the arguments of {name!r} are no object')
    return ToolCall(id=call_id, name=name, arguments=arguments, raw=raw)


def _text(row: Any, key: str) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, str):
        raise ValueError(f'{key} is missing or no text')
    return value


def _list(row: Any, key: str) -> list[Any]:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, list):
        raise ValueError(f'{key} is missing or no list')
    return value
