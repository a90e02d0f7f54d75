"""From values that a client sent to a message, every field checked against its type.

Contract
    `to_message(cls, value)` returns a new message or raises `FieldError`, which names the field;
    nothing else is raised for values as JSON and CBOR decoders make them. What comes out may be
    published without further checks. Fields that are missing have the default of the type.
    Depth is that of the type; the number of messages in arrays is bounded by the caller, the rest
    by the length of what the client sent. Any thread.

Values
    Integers are integers within the range of the type (a float with the same value too); booleans
    are no numbers. A float may be an integer; null is NaN. Arrays of bytes are base64, a byte
    string or a list of integers; arrays of numbers are lists or typed arrays (RFC 8746). A time or
    duration has `sec` and `nanosec`, or `secs` and `nsecs` as in ROS 1; a time may be 'now'.
    A `std_msgs/Header` that comes without its stamp gets the present time. Both as rosbridge does.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bbia_sim_ros.bridge.field_checks import Check
from bbia_sim_ros.bridge.field_checks import FieldError
from bbia_sim_ros.bridge.field_checks import array_check
from bbia_sim_ros.bridge.field_checks import each
from bbia_sim_ros.bridge.field_checks import element_check
from bbia_sim_ros.bridge.field_checks import elements
from bbia_sim_ros.bridge.field_checks import shown
from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.interfaces import type_name
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import fields

Clock = Callable[[], int]
"""Returns the time since the epoch, ns."""

MAX_MESSAGES = 100_000

_KEPT_CLASSES = 1024
_LONGEST_NAME = 64
_NANOSECONDS = 1_000_000_000
_TIME = 'builtin_interfaces/msg/Time'
_DURATION = 'builtin_interfaces/msg/Duration'
_HEADER = 'std_msgs/msg/Header'
_ROS_1_NAMES = {'secs': 'sec', 'nsecs': 'nanosec'}


def to_message(
    class_: MessageClass,
    value: Any,
    *,
    now: Clock = time.time_ns,
    max_messages: int = MAX_MESSAGES,
) -> Any:
    """Return the message of a class that has these values.

    Of messages in arrays there may be `max_messages` in all, those nested in them counted too.
    Raises `FieldError`, and `UnknownInterface` when the class is not that of a message.
    """
    return _checker(class_).message(value, _Run(now, max_messages))


class _Run:
    """What the checks of one message share: the clock, and how many messages may yet be made."""

    def __init__(self, now: Clock, max_messages: int) -> None:
        self.now = now
        self.max_messages = max_messages
        self._left = max_messages

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise FieldError('', f'there are more than {self.max_messages} messages in its arrays')


class _Checker:
    """Checks values for one message class; `count` is the number of messages in a message."""

    def __init__(self, class_: MessageClass) -> None:
        described = fields(class_)
        nested = [(field, _checker(field.message)) for field in described if field.message]
        self._class = class_
        self._type = type_name(class_)
        self._names = [field.name for field in described]
        self._plain = {field.name: _plain_check(field) for field in described if not field.message}
        self._single = {field.name: checker for field, checker in nested if not field.is_array}
        self._arrays = {field.name: (field, checker) for field, checker in nested if field.is_array}
        self.count: int = 1 + sum(
            checker.count * ((field.length or 0) if field.is_array else 1)
            for field, checker in nested
        )

    def message(self, value: Any, run: _Run) -> Any:
        """Return a new message; raises `FieldError`."""
        message = self._class()
        self._fill(message, value, run)
        return message

    def _fill(self, message: Any, value: Any, run: _Run) -> None:
        if self._type == _TIME and value == 'now':
            message.sec, message.nanosec = divmod(run.now(), _NANOSECONDS)
            return
        if not isinstance(value, dict):
            raise FieldError('', f'expected an object for a {self._type}, got {shown(value)}')
        if self._type in (_TIME, _DURATION):
            value = _ros_2_names(value)
        name: Any = None
        try:
            for name, item in value.items():
                self._set(message, name, item, run)
        except FieldError as error:
            raise error.inside(_short(name)) from None
        if self._type == _HEADER and 'stamp' not in value:
            message.stamp.sec, message.stamp.nanosec = divmod(run.now(), _NANOSECONDS)

    def _set(self, message: Any, name: Any, value: Any, run: _Run) -> None:
        if (plain := self._plain.get(name)) is not None:
            setattr(message, name, plain(value))
        elif (single := self._single.get(name)) is not None:
            # The message came with one, which is not worth making again.
            single._fill(getattr(message, name), value, run)
        elif (array := self._arrays.get(name)) is not None:
            field, checker = array
            given = elements(field, value)
            run.take(len(given) * checker.count)
            setattr(message, name, each(lambda item: checker.message(item, run), given))
        else:
            raise self._unknown(name)

    def _unknown(self, name: Any) -> FieldError:
        close = difflib.get_close_matches(_short(name), self._names, n=1)
        hint = f', did you mean {close[0]!r}?' if close else '.'
        known = ', '.join(self._names) or 'none'
        return FieldError('', f'a {self._type} has no such field{hint} It has: {known}')


@lru_cache(_KEPT_CLASSES)
def _checker(class_: MessageClass) -> _Checker:
    return _Checker(class_)


def _plain_check(field: Field) -> Check:
    return array_check(field) if field.is_array else element_check(field)


def _ros_2_names(value: dict[Any, Any]) -> dict[Any, Any]:
    renamed = {_ROS_1_NAMES.get(name, name): item for name, item in value.items()}
    if len(renamed) < len(value):
        raise FieldError('', f'names of ROS 1 and ROS 2 at once: {", ".join(map(_short, value))}')
    return renamed


def _short(name: Any) -> str:
    return name[:_LONGEST_NAME] if isinstance(name, str) else shown(name)
