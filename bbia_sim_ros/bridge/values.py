"""From a message object to plain values, for the answers of services and actions.

Contract
    `from_message(message)` returns what the JSON of the same message, decoded from its serialised
    form (see `decoders`), stands for: NaN and the infinities are None, byte arrays are base64,
    32-bit floats have the digits of 32-bit floats. Only dicts, lists, strings, numbers, booleans
    and None come out. Any thread.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields

_Convert = Callable[[Any], Any]

_KEPT_CLASSES = 1024


def from_message(message: Any) -> dict[str, Any]:
    """Return the values of a message; raises `UnknownInterface` when its class is not one."""
    class_: MessageClass = type(message)
    return {name: convert(getattr(message, name)) for name, convert in _converters(class_)}


@lru_cache(_KEPT_CLASSES)
def _converters(class_: MessageClass) -> tuple[tuple[str, _Convert], ...]:
    return tuple((field.name, _converter(field)) for field in fields(class_))


def _converter(field: Field) -> _Convert:
    if field.is_blob:
        return _base64
    element = _element_converter(field)
    if not field.is_array:
        return element
    if field.typename == 'float':
        return _single_floats
    return lambda elements: [element(value) for value in elements]


def _element_converter(field: Field) -> _Convert:
    if field.kind is Kind.MESSAGE:
        return from_message
    if field.kind is Kind.FLOAT:
        return _single_float if field.typename == 'float' else _double
    if field.kind is Kind.OCTET:
        return ord
    # Elements of NumPy arrays become Python's own.
    return {Kind.BOOL: bool, Kind.INTEGER: int}.get(field.kind, str)


def _base64(data: Any) -> str:
    raw = b''.join(data) if isinstance(data, list) else bytes(data)
    return binascii.b2a_base64(raw, newline=False).decode('ascii')


def _double(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _single_float(value: float) -> float | None:
    return float(str(np.float32(value))) if math.isfinite(value) else None


def _single_floats(values: Any) -> list[float | None]:
    return [_single_float(value) for value in values]
