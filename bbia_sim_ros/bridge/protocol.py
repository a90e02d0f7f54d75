"""rosbridge v2 on the wire: frames in to operations, replies out to JSON text.

A text frame is one JSON object, a binary frame one CBOR map or one JSON object; NaN and infinities
are not JSON. Nesting is bounded by `MAX_DEPTH`, size by whoever received the frame. What cannot be
understood raises `ProtocolError`, which names the field and carries the id that the client gave.
Pure: no sockets, no ROS.
"""

from __future__ import annotations

from typing import Any

import cbor2
import orjson

from bbia_sim_ros.bridge import checks
from bbia_sim_ros.bridge.decoders import json_bytes
from bbia_sim_ros.bridge.operations import NAMES
from bbia_sim_ros.bridge.operations import OPERATIONS
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import Operation
from bbia_sim_ros.bridge.operations import StatusLevel

MAX_DEPTH = 100
_LONGEST_STATUS = 1000


class ProtocolError(ValueError):
    """A frame that is not an operation of the protocol; `id` is that of the client, if it gave one.

    `request` is the message as far as it was understood, so that a failed call can be answered.
    """

    def __init__(self, text: str, id: Id = None, request: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.id = id
        self.request = request or {}


def decode(frame: str | bytes) -> dict[str, Any]:
    """Return the object in a frame; raises `ProtocolError`."""
    if isinstance(frame, str) or frame.lstrip()[:1] == b'{':
        value = _from_json(frame)
    else:
        value = _from_cbor(frame)
    if not isinstance(value, dict):
        raise ProtocolError(f'a frame holds one object, not {checks.shown(value)}')
    return value


def parse(message: dict[str, Any]) -> Operation:
    """Return the operation that a decoded frame asks for; raises `ProtocolError`."""
    id = _usable_id(message)
    name = message.get('op')
    if name is None:
        raise ProtocolError("field 'op' is missing", id, message)
    kind = OPERATIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(
            f'unknown op {checks.shown(name)}; known are {", ".join(OPERATIONS)}', id, message
        )
    try:
        return checks.build(kind, message, 'wire')
    except checks.WrongValue as error:
        raise ProtocolError(f'{name}: {error}', id, message) from None


def operation_name(operation: Operation) -> str:
    """Return the `op` of an operation."""
    return NAMES[type(operation)]


def encode(message: dict[str, Any]) -> bytes:
    """Return a reply as JSON; NaN and infinities become null."""
    return json_bytes(message)


def status(level: StatusLevel, text: str, id: Id = None) -> dict[str, Any]:
    """Return a status message; its text is cut to a bearable length."""
    message: dict[str, Any] = {'op': 'status', 'level': str(level), 'msg': text[:_LONGEST_STATUS]}
    if id is not None:
        message['id'] = id
    return message


def _from_json(frame: str | bytes) -> Any:
    try:
        value = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise ProtocolError(f'not JSON: {error}') from None
    if _depth_bound(frame) > MAX_DEPTH and _is_deep(value):
        raise ProtocolError(f'nested deeper than {MAX_DEPTH}')
    return value


def _from_cbor(frame: bytes) -> Any:
    try:
        return cbor2.loads(frame, max_depth=MAX_DEPTH)
    except (cbor2.CBORDecodeError, ValueError, OverflowError) as error:
        raise ProtocolError(f'neither JSON nor CBOR: {error}') from None


def _depth_bound(frame: str | bytes) -> int:
    """Return a quick upper bound of the nesting, so that flat messages need no walk."""
    if isinstance(frame, str):
        return frame.count('[') + frame.count('{')
    return frame.count(b'[') + frame.count(b'{')


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def _usable_id(message: dict[str, Any]) -> Id:
    try:
        return checks.identifier(message.get('id'))
    except checks.WrongValue:
        return None
