"""A message with every kind of field that an interface may have, as rosidl's classes look.

The installed interfaces lack some: wide strings, bounded texts and byte arrays. It has no C code,
so only `support.cdr_writer` serialises it.
"""

from __future__ import annotations

from typing import Any

from rosidl_parser.definition import Array
from rosidl_parser.definition import BasicType
from rosidl_parser.definition import BoundedSequence
from rosidl_parser.definition import BoundedString
from rosidl_parser.definition import BoundedWString
from rosidl_parser.definition import NamespacedType
from rosidl_parser.definition import UnboundedSequence
from rosidl_parser.definition import UnboundedString
from rosidl_parser.definition import UnboundedWString
from std_msgs.msg import ColorRGBA
from std_msgs.msg import Empty


def _numbers(typename: str) -> dict[str, tuple[Any, str, Any]]:
    """Return one field of every shape; the one before each tells wrong alignment."""
    basic = BasicType(typename)
    default: Any = {'boolean': False, 'octet': b'\0', 'float': 0.0, 'double': 0.0}.get(typename, 0)
    return {
        f'before_{typename}': (BasicType('uint8'), 'uint8', 0),
        f'one_{typename}': (basic, typename, default),
        f'many_{typename}': (UnboundedSequence(basic), f'sequence<{typename}>', []),
        f'some_{typename}': (BoundedSequence(basic, 2), f'sequence<{typename}, 2>', []),
        f'three_{typename}': (Array(basic, 3), f'{typename}[3]', [default] * 3),
        f'after_{typename}': (BasicType('boolean'), 'boolean', False),
    }


_TYPENAMES = 'boolean octet int8 uint8 int16 uint16 int32 uint32 int64 uint64 float double'
_FIELDS: dict[str, tuple[Any, str, Any]] = {
    'wide': (UnboundedWString(), 'wstring', ''),
    'short_wide': (BoundedWString(3), 'wstring<3>', ''),
    'wides': (UnboundedSequence(UnboundedWString()), 'sequence<wstring>', []),
    'short': (BoundedString(3), 'string<3>', ''),
    'texts': (BoundedSequence(UnboundedString(), 3), 'sequence<string, 3>', []),
    'two_texts': (Array(UnboundedString(), 2), 'string[2]', ['', '']),
    'empty': (NamespacedType(['std_msgs', 'msg'], 'Empty'), 'std_msgs/Empty', Empty()),
    'empties': (
        UnboundedSequence(NamespacedType(['std_msgs', 'msg'], 'Empty')),
        'sequence<std_msgs/Empty>',
        [],
    ),
    'two_colors': (
        Array(NamespacedType(['std_msgs', 'msg'], 'ColorRGBA'), 2),
        'std_msgs/ColorRGBA[2]',
        [ColorRGBA(), ColorRGBA()],
    ),
    **{key: value for name in _TYPENAMES.split() for key, value in _numbers(name).items()},
}


class Odd:
    """The message; fields are plain attributes."""

    SLOT_TYPES = tuple(type_ for type_, _, _ in _FIELDS.values())

    def __init__(self) -> None:
        for name, (_, _, default) in _FIELDS.items():
            setattr(self, name, default)

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        """Return the fields' types in rosidl's words."""
        return {name: text for name, (_, text, _) in _FIELDS.items()}


Odd.__module__ = 'odd_msgs.msg._odd'
