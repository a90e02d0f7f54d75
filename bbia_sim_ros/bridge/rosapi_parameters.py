"""Parameters of any node, the way rosapi names them: `/node:parameter`, values as JSON.

Everything goes through the parameter services of the node, so its own checks hold; what the node
refuses is answered with its reason. A whole number given for a parameter of type double becomes
one, because JavaScript writes 1.0 as 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import Protocol

import orjson

from bbia_sim_ros.bridge.decoders import json_bytes
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.gateway import GatewayError

_GET = 'rcl_interfaces/srv/GetParameters'
_SET = 'rcl_interfaces/srv/SetParameters'
_LIST = 'rcl_interfaces/srv/ListParameters'
_TIMEOUT_S = 2.0
_NOT_SET, _BOOL, _INTEGER, _DOUBLE, _STRING, _BYTES = 0, 1, 2, 3, 4, 5
_BOOLS, _INTEGERS, _DOUBLES, _STRINGS = 6, 7, 8, 9
# Of rcl_interfaces/ParameterType.
_MEMBERS = {
    _BOOL: 'bool_value',
    _INTEGER: 'integer_value',
    _DOUBLE: 'double_value',
    _STRING: 'string_value',
    _BYTES: 'byte_array_value',
    _BOOLS: 'bool_array_value',
    _INTEGERS: 'integer_array_value',
    _DOUBLES: 'double_array_value',
    _STRINGS: 'string_array_value',
}
_SCALARS: tuple[tuple[type, int], ...] = (
    (bool, _BOOL),
    (int, _INTEGER),
    (float, _DOUBLE),
    (str, _STRING),
)
_TO_ARRAY = {_BOOL: _BOOLS, _INTEGER: _INTEGERS, _DOUBLE: _DOUBLES, _STRING: _STRINGS}


class Call(Protocol):
    """Calls a service with plain values: name, type, request, timeout in s; returns plain values.

    Raises `GatewayError`.
    """

    def __call__(
        self, service: str, type_name: str, request: dict[str, Any], timeout_s: float
    ) -> Awaitable[dict[str, Any]]: ...


class RosapiParameters:
    """See the module's docstring."""

    def __init__(self, call: Call, nodes: Callable[[], list[str]]) -> None:
        self._call = call
        self._nodes = nodes

    async def get(self, name: str, default_value: str) -> dict[str, Any]:
        """Return a value as JSON; the default when there is no such parameter or node."""
        try:
            value = await self._value(*_split(name))
        except GatewayError:
            value = {'type': _NOT_SET}
        if value['type'] == _NOT_SET:
            return {'value': _as_json(default_value)}
        return {'value': json_bytes(value[_MEMBERS[value['type']]]).decode()}

    async def has(self, name: str) -> dict[str, Any]:
        """Return whether there is such a parameter."""
        try:
            value = await self._value(*_split(name))
        except GatewayError:
            return {'exists': False}
        return {'exists': value['type'] != _NOT_SET}

    async def set(self, name: str, value: str) -> dict[str, Any]:
        """Set a parameter from JSON."""
        node, parameter = _split(name)
        try:
            wanted = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise Refused(
                f"field 'value': {value!r:.60} is not JSON; a string needs quotes of its own"
            ) from None
        present = await self._value(node, parameter)
        await self._set(node, parameter, _parameter_value(wanted, present['type']))
        return {}

    async def delete(self, name: str) -> dict[str, Any]:
        """Undeclare a parameter, where its node allows it."""
        node, parameter = _split(name)
        await self._set(node, parameter, {'type': _NOT_SET})
        return {}

    async def names(self) -> dict[str, Any]:
        """Return the names of all parameters of all nodes that answer."""
        nodes = self._nodes()
        answers = await asyncio.gather(*(self._names_of(node) for node in nodes))
        return {'names': [name for names in answers for name in names]}

    async def _names_of(self, node: str) -> list[str]:
        try:
            answer = await self._call(f'{node}/list_parameters', _LIST, {}, _TIMEOUT_S)
        except GatewayError:
            return []
        return [f'{node}:{name}' for name in answer['result']['names']]

    async def _value(self, node: str, parameter: str) -> dict[str, Any]:
        request = {'names': [parameter]}
        answer = await self._call(f'{node}/get_parameters', _GET, request, _TIMEOUT_S)
        values: list[dict[str, Any]] = answer['values']
        return values[0] if values else {'type': _NOT_SET}

    async def _set(self, node: str, parameter: str, value: dict[str, Any]) -> None:
        request = {'parameters': [{'name': parameter, 'value': value}]}
        answer = await self._call(f'{node}/set_parameters', _SET, request, _TIMEOUT_S)
        result = answer['results'][0]
        if not result['successful']:
            raise Refused(f'{node} refuses {parameter}: {result["reason"] or "no reason given"}')


def _split(name: str) -> tuple[str, str]:
    node, colon, parameter = name.partition(':')
    if not colon or not node or not parameter:
        raise Refused(f"field 'name': {name!r:.60} is not of the form /node:parameter")
    return node if node.startswith('/') else f'/{node}', parameter


def _as_json(default_value: str) -> str:
    """Return a default as JSON: JSON as it is, anything else as a string."""
    try:
        orjson.loads(default_value)
    except orjson.JSONDecodeError:
        return json_bytes(default_value).decode()
    return default_value


def _parameter_value(value: Any, present: int) -> dict[str, Any]:
    kind = _kind_of(value, present)
    if kind == _DOUBLE:
        value = float(value)
    elif kind == _DOUBLES:
        value = [float(element) for element in value]
    return {'type': kind, _MEMBERS[kind]: value}


def _kind_of(value: Any, present: int) -> int:
    """Return the parameter type of a JSON value; `present` is the type it has now."""
    if isinstance(value, list):
        kinds = {_scalar_kind(element) for element in value}
        if not kinds and present in _TO_ARRAY.values():
            return present
        if kinds == {_INTEGER, _DOUBLE} or (kinds == {_INTEGER} and present == _DOUBLES):
            return _DOUBLES
        if len(kinds) == 1:
            return _TO_ARRAY[kinds.pop()]
        raise Refused("field 'value': the elements of a list are to be of one type")
    kind = _scalar_kind(value)
    return _DOUBLE if kind == _INTEGER and present == _DOUBLE else kind


def _scalar_kind(value: Any) -> int:
    for type_, kind in _SCALARS:
        if type(value) is type_:
            return kind
    raise Refused(
        f"field 'value': {value!r:.60} cannot be a parameter; true, false, numbers, strings and"
        ' lists of them can'
    )
