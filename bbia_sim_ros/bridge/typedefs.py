"""What the fields of a type are, as rosapi tells it to clients (`rosapi_msgs/TypeDef`).

Contract
    Each function takes the name of a type and returns the description of the message and of every
    message nested in it, each once, the asked one first; it raises `UnknownInterface`. Types are
    called `pkg/Type` here and primitives as in IDL ('double', 'boolean', 'octet'), because that is
    what clients of rosapi get. Any thread; do not change what is returned.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from typing import TypedDict

from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.interfaces import type_name
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields
from bbia_sim_ros.bridge.values import from_message

_KEPT_CLASSES = 256
_SINGLE = -1
_UNBOUNDED = 0
_DEFAULT = '__DEFAULT'


class TypeDef(TypedDict):
    """One message. The lists of fields go together, as do those of constants."""

    type: str
    fieldnames: list[str]
    fieldtypes: list[str]
    fieldarraylen: list[int]
    """-1: no array; 0: any length, also a bounded one; above: that many elements."""
    examples: list[str]
    """The default of the field; '{}' of a message, '[]' of an array."""
    constnames: list[str]
    constvalues: list[str]


def message_details(name: str) -> list[TypeDef]:
    """Describe a message."""
    return _details(message_class(name))


def service_request_details(name: str) -> list[TypeDef]:
    """Describe the request of a service."""
    return _details(service_class(name).Request)


def service_response_details(name: str) -> list[TypeDef]:
    """Describe the response of a service."""
    return _details(service_class(name).Response)


def action_goal_details(name: str) -> list[TypeDef]:
    """Describe the goal of an action."""
    return _details(action_class(name).Goal)


def action_result_details(name: str) -> list[TypeDef]:
    """Describe the result of an action."""
    return _details(action_class(name).Result)


def action_feedback_details(name: str) -> list[TypeDef]:
    """Describe the feedback of an action."""
    return _details(action_class(name).Feedback)


@lru_cache(_KEPT_CLASSES)
def _details(class_: MessageClass) -> list[TypeDef]:
    return [_typedef(nested) for nested in _nested(class_)]


def _nested(class_: MessageClass) -> list[MessageClass]:
    """Return the class and those of the messages in it, depth first, each once."""
    found = {class_: None}
    for field in fields(class_):
        if field.message is not None:
            found.update(dict.fromkeys(_nested(field.message)))
    return list(found)


def _typedef(class_: MessageClass) -> TypeDef:
    described = fields(class_)
    defaults = from_message(class_())
    constants = _constants(class_)
    return {
        'type': _short_name(type_name(class_)),
        'fieldnames': [field.name for field in described],
        'fieldtypes': [_field_type(field) for field in described],
        'fieldarraylen': [_array_length(field) for field in described],
        'examples': [_example(field, defaults[field.name]) for field in described],
        'constnames': list(constants),
        'constvalues': list(constants.values()),
    }


def _constants(class_: MessageClass) -> dict[str, str]:
    """Return the constants of a message class, which its metaclass puts into its namespace."""
    namespace = type(class_).__prepare__(class_.__name__, ())
    return {
        name: str(ord(value)) if isinstance(value, bytes) else str(value)
        for name, value in namespace.items()
        if not name.endswith(_DEFAULT)
    }


def _field_type(field: Field) -> str:
    return _short_name(field.typename) if field.kind is Kind.MESSAGE else field.typename


def _short_name(full_name: str) -> str:
    package, _, name = full_name.split('/')
    return f'{package}/{name}'


def _array_length(field: Field) -> int:
    if not field.is_array:
        return _SINGLE
    return _UNBOUNDED if field.length is None else field.length


def _example(field: Field, default: Any) -> str:
    if field.is_array:
        return '[]'
    return '{}' if field.kind is Kind.MESSAGE else str(default)
