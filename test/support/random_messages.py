"""Random messages of any type, and what they stand for, told by the attributes alone."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bbia_sim_ros.bridge.interfaces import ACTION
from bbia_sim_ros.bridge.interfaces import MESSAGE
from bbia_sim_ros.bridge.interfaces import SERVICE
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import interfaces
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields

_MOST_ELEMENTS = 3
# A C string ends at its first zero.
TEXTS = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=8)


def message_classes(*packages: str) -> list[type[Any]]:
    """Return the classes of all messages of these packages, or of all, parts of services too."""
    classes = [message_class(name) for name in interfaces(MESSAGE)]
    for service in map(service_class, interfaces(SERVICE)):
        classes += [service.Request, service.Response]
    for action in map(action_class, interfaces(ACTION)):
        classes += [action.Goal, action.Result, action.Feedback, action.Impl.FeedbackMessage]
    return [
        class_ for class_ in classes if not packages or class_.__module__.split('.')[0] in packages
    ]


@st.composite
def messages(draw: st.DrawFn, class_: type[Any]) -> Any:
    """Draw a message of a class."""
    message = class_()
    for field in fields(class_):
        setattr(message, field.name, draw(_values(field)))
    return message


def _values(field: Field) -> st.SearchStrategy[Any]:
    element = _elements(field)
    if not field.is_array:
        return element
    most = _MOST_ELEMENTS if field.bound is None else min(field.bound, _MOST_ELEMENTS)
    low, high = (0, most) if field.length is None else (field.length, field.length)
    values = st.lists(element, min_size=low, max_size=high)
    if field.length is not None and field.is_number:
        default = {'float': np.float32, 'double': np.float64}.get(field.typename, field.typename)
        return values.map(lambda numbers: np.array(numbers, dtype=default))
    return values


def _elements(field: Field) -> st.SearchStrategy[Any]:
    if field.message is not None:
        return messages(field.message)
    if field.kind is Kind.BOOL:
        return st.booleans()
    if field.kind is Kind.OCTET:
        return st.binary(min_size=1, max_size=1)
    if field.kind is Kind.FLOAT:
        return st.floats(width=32 if field.typename == 'float' else 64)
    if field.kind is Kind.INTEGER:
        limits = np.iinfo(field.typename)
        return st.integers(int(limits.min), int(limits.max))
    if field.string_bound is not None:
        return st.text('abc', max_size=field.string_bound)
    return TEXTS


def walked(message: Any) -> dict[str, Any]:
    """Return the values that the JSON of a message stands for, read one attribute at a time."""
    types = message.get_fields_and_field_types()
    return {name: _walked(getattr(message, name), type_) for name, type_ in types.items()}


def _walked(value: Any, type_: str) -> Any:
    base = type_.removeprefix('sequence<').partition('[')[0].partition(',')[0].rstrip('>')
    if '[' in type_ or type_.startswith('sequence<'):
        if base in ('octet', 'uint8'):
            raw = b''.join(value) if base == 'octet' else bytes(value)
            return base64.b64encode(raw).decode()
        return [_walked(element, base) for element in value]
    if hasattr(value, 'get_fields_and_field_types'):
        return walked(value)
    if base == 'octet':
        return value[0]
    if base == 'float':
        return float(str(np.float32(value))) if math.isfinite(value) else None
    if base == 'double':
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
