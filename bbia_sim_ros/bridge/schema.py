"""What a message class is made of, in the form that the codecs of the bridge work with.

Contract
    `fields(cls)` describes every field of a message class, nested ones by their class. It is
    computed once for a class and immutable; any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from rosidl_parser import definition

from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import type_name

_KEPT_CLASSES = 1024


class Kind(Enum):
    """What an element of a field is."""

    BOOL = 'bool'
    OCTET = 'octet'
    """A byte, which Python messages hold as `bytes` of length 1."""
    INTEGER = 'integer'
    FLOAT = 'float'
    STRING = 'string'
    WSTRING = 'wstring'
    MESSAGE = 'message'


# How `struct` and `array` call the type, and its size in bytes: the same on every platform of ROS.
CODES = {
    'boolean': ('?', 1),
    'octet': ('B', 1),
    'int8': ('b', 1),
    'uint8': ('B', 1),
    'int16': ('h', 2),
    'uint16': ('H', 2),
    'int32': ('i', 4),
    'uint32': ('I', 4),
    'int64': ('q', 8),
    'uint64': ('Q', 8),
    'float': ('f', 4),
    'double': ('d', 8),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a message."""

    name: str
    kind: Kind
    typename: str
    """The name in IDL ('double', 'string') or of the message class ('std_msgs/msg/Header')."""
    message: MessageClass | None = None
    """The class, when the elements are messages."""
    string_bound: int | None = None
    is_array: bool = False
    length: int | None = None
    """The number of elements of an array of fixed length."""
    bound: int | None = None
    """The highest number of elements of a bounded sequence."""

    @property
    def is_blob(self) -> bool:
        """Whether this is an array of bytes, which travels as base64 or as a byte string."""
        return self.is_array and self.typename in ('uint8', 'octet')

    @property
    def is_number(self) -> bool:
        """Whether the elements are numbers that NumPy knows; bytes and booleans are not."""
        return self.kind in (Kind.INTEGER, Kind.FLOAT)


@lru_cache(_KEPT_CLASSES)
def fields(class_: MessageClass) -> tuple[Field, ...]:
    """Return the fields of a message class in their order.

    Raises `UnknownInterface` when one has a type that ROS messages do not have (IDL alone does).
    """
    names = class_.get_fields_and_field_types()
    return tuple(
        _field(class_, name, type_) for name, type_ in zip(names, class_.SLOT_TYPES, strict=True)
    )


def _field(class_: MessageClass, name: str, type_: Any) -> Field:
    if isinstance(type_, definition.Array):
        return _element(class_, name, type_.value_type, is_array=True, length=type_.size)
    if isinstance(type_, definition.BoundedSequence):
        return _element(class_, name, type_.value_type, is_array=True, bound=type_.maximum_size)
    if isinstance(type_, definition.UnboundedSequence):
        return _element(class_, name, type_.value_type, is_array=True)
    return _element(class_, name, type_)


def _element(class_: MessageClass, name: str, type_: Any, **array: Any) -> Field:
    if isinstance(type_, definition.NamespacedType):
        nested = message_class('/'.join((*type_.namespaces, type_.name)))
        return Field(
            name=name, kind=Kind.MESSAGE, typename=type_name(nested), message=nested, **array
        )
    if isinstance(type_, definition.AbstractGenericString):
        wide = isinstance(type_, definition.AbstractWString)
        bound = getattr(type_, 'maximum_size', None)
        kind = Kind.WSTRING if wide else Kind.STRING
        return Field(name=name, kind=kind, typename=kind.value, string_bound=bound, **array)
    typename = getattr(type_, 'typename', type(type_).__name__)
    if typename not in CODES:
        raise UnknownInterface(type_name(class_), f'its field {name!r} is a {typename!r}')
    return Field(name=name, kind=_basic_kind(typename), typename=typename, **array)


def _basic_kind(typename: str) -> Kind:
    if typename == 'boolean':
        return Kind.BOOL
    if typename == 'octet':
        return Kind.OCTET
    return Kind.FLOAT if typename in ('float', 'double') else Kind.INTEGER
