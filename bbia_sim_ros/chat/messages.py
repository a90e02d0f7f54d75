"""What a conversation consists of. Immutable; the shapes are those of chat templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Literal

Role = Literal['system', 'user', 'assistant', 'tool']


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool that a model wants to use.

    ``arguments`` is None when what the model wrote is not a JSON object; ``raw`` is what it wrote.
    ``id`` joins the call and its result, and is unique within an answer.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    raw: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; ``tool_calls`` belongs to an assistant's, ``tool_call_id`` to a tool's."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ''
    name: str = ''


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool as a model is told of it; ``parameters`` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]
