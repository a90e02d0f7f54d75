"""Messages and tools in the shape of the OpenAI interface, which chat templates share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from typing import Final

from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.messages import ToolSpec

_UNNAMED: Final = 'unknown'


def wire_messages(messages: Iterable[Message], *, as_text: bool) -> list[dict[str, Any]]:
    """Return messages as JSON objects; ``as_text`` makes arguments of calls a JSON text.

    A call whose arguments were no JSON has none here: servers refuse a conversation that holds
    such arguments. What was wrong is in the result that follows it.
    """
    return [_message(message, as_text) for message in messages]


def wire_tools(tools: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """Return tools as JSON objects."""
    return [
        {
            'type': 'function',
            'function': {
                'name': tool.name,
                'description': tool.description,
                'parameters': dict(tool.parameters),
            },
        }
        for tool in tools
    ]


def _message(message: Message, as_text: bool) -> dict[str, Any]:
    shaped: dict[str, Any] = {'role': message.role, 'content': message.content}
    if message.tool_calls:
        shaped['tool_calls'] = [_call(call, as_text) for call in message.tool_calls]
    if message.tool_call_id:
        shaped['tool_call_id'] = message.tool_call_id
    if message.name:
        shaped['name'] = message.name
    return shaped


def _call(call: ToolCall, as_text: bool) -> dict[str, Any]:
    arguments = dict(call.arguments or {})
    function = {
        'name': call.name or _UNNAMED,
        'arguments': json.dumps(arguments, ensure_ascii=False) if as_text else arguments,
    }
    return {'id': call.id, 'type': 'function', 'function': function}
