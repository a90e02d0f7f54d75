"""Reads the numbers of serialised messages that hardly change but in their numbers.

Contract
    `FixedReader.read` returns the stamp of a message and the groups of floats that `groups` finds
    in it. The first message goes through the real deserialiser; `groups` raises `ValueError` for
    one that is of no use. As long as nothing but stamp and numbers changes, the numbers of the
    next messages are read in place; any other message goes the long way again. Nothing here knows
    the wire format: where the numbers stand is found by serialising other numbers in their place.
    One owner; not thread-safe.

    Why: the motion node reads `joint_states`, 30 joints with their names, up to 100 times a second,
    and vision `head_pose`; rclpy makes some forty Python objects of each.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message

Groups = tuple[tuple[float, ...], ...]
_STAMP = struct.Struct('=iI')
_STAMP_AT = 4
_STAMP_END = _STAMP_AT + _STAMP.size
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class _Layout:
    """The constant pieces of a message as (start, bytes), and the groups as (start, format)."""

    size: int
    constants: tuple[tuple[int, bytes], ...]
    groups: tuple[tuple[int, struct.Struct], ...]

    def fits(self, serialised: bytes) -> bool:
        return len(serialised) == self.size and all(
            serialised.startswith(piece, start) for start, piece in self.constants
        )

    def read(self, serialised: bytes) -> Groups:
        return tuple(form.unpack_from(serialised, start) for start, form in self.groups)


class FixedReader:
    """See the module's docstring.

    `groups(message)` returns the numbers in the order in which they stand in the message, which has
    a header; `put(message, groups)` puts others of the same shape in their place.
    """

    def __init__(
        self,
        message_type: type[Any],
        groups: Callable[[Any], Groups],
        put: Callable[[Any, Groups], None],
    ) -> None:
        self._message_type = message_type
        self._groups = groups
        self._put = put
        self._layout: _Layout | None = None

    def read(self, serialised: bytes) -> tuple[float, Groups]:
        """Return the stamp, s, and the groups; raises what `groups` raises."""
        if self._layout is not None and self._layout.fits(serialised):
            sec, nanosec = _STAMP.unpack_from(serialised, _STAMP_AT)
            return sec + nanosec / _NANOSECONDS, self._layout.read(serialised)
        message = deserialize_message(serialised, self._message_type)
        groups = self._groups(message)
        stamp = message.header.stamp
        self._layout = self._learn(serialised, message, groups)
        return stamp.sec + stamp.nanosec / _NANOSECONDS, groups

    def _learn(self, serialised: bytes, message: Any, groups: Groups) -> _Layout | None:
        """Return the layout; None where it cannot be told, as for another byte order."""
        marks: Groups = tuple(
            tuple(-1e300 / (1 + number + 1000 * index) for number in range(len(group)))
            for index, group in enumerate(groups)
        )
        self._put(message, marks)
        marked = bytes(serialize_message(message))
        if len(marked) != len(serialised):
            return None
        places, constants = [], [(0, serialised[:_STAMP_AT])]
        end = _STAMP_END
        for group, mark in zip(groups, marks, strict=True):
            form = struct.Struct(f'={len(group)}d')
            start = marked.find(form.pack(*mark), end)
            if start < 0 or serialised[start : start + form.size] != form.pack(*group):
                return None
            constants.append((end, serialised[end:start]))
            places.append((start, form))
            end = start + form.size
        constants.append((end, serialised[end:]))
        return _Layout(len(serialised), tuple(constants), tuple(places))
