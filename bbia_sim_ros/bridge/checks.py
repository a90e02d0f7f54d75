"""Checks of single values that came over the wire; each returns the value in its proper type.

A check raises `WrongValue`, whose text says what the value is and what is allowed; `build` puts the
name of the field in front.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from collections.abc import Mapping
from enum import Enum
from typing import Any
from typing import TypeVar

T = TypeVar('T')
E = TypeVar('E', bound=Enum)

_SHOWN_CHARACTERS = 60
_LONGEST_ID = 256
_LONGEST_NAME = 512
_NAME = re.compile(r'[~/A-Za-z_][A-Za-z0-9_/~]*(#.*)?')
_TYPE = re.compile(r'[A-Za-z][A-Za-z0-9_]*(/(msg|srv|action))?/[A-Za-z][A-Za-z0-9_]*')
# CBOR has larger ones, which orjson cannot write.
_WHOLE_NUMBERS = range(-(2**63), 2**64)
_LARGEST_EXACT = 2**53


class WrongValue(ValueError):
    """A value that a field cannot take."""


def shown(value: Any) -> str:
    """Return a value for a message to a person, cut to a bearable length."""
    text = repr(value) if not isinstance(value, (dict, list)) else type(value).__name__
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + '...'


def build(kind: type[T], values: Mapping[str, Any], key: str) -> T:
    """Return a dataclass whose fields have their check in their metadata under `key`.

    Unknown fields of `values` are ignored, as the protocol wants it. Raises `WrongValue`.
    """
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name not in values:
            if field.default is dataclasses.MISSING:
                raise WrongValue(f"field '{field.name}' is missing")
            continue
        try:
            fields[field.name] = field.metadata[key](values[field.name])
        except WrongValue as error:
            raise WrongValue(f"field '{field.name}': {error}") from None
    return kind(**fields)


def anything(value: Any) -> Any:
    """Any value."""
    return value


def text(value: Any) -> str:
    """Any string."""
    if not isinstance(value, str):
        raise WrongValue(f'{shown(value)} is not a string')
    return value


def boolean(value: Any) -> bool:
    """True or false; roslibjs sends null for an option that was not given."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise WrongValue(f'{shown(value)} is not true or false')
    return value


def identifier(value: Any) -> str | int | None:
    """An id: a string, a whole number that JSON can give back, or null."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value in _WHOLE_NUMBERS:
        return value
    if isinstance(value, str) and len(value) <= _LONGEST_ID:
        return value
    raise WrongValue(
        f'{shown(value)} is not a string of at most {_LONGEST_ID} characters or a whole number of'
        ' 64 bits'
    )


def name(value: Any) -> str:
    """A name of a topic, service or action; relative ones are those of the bridge's namespace."""
    if not isinstance(value, str):
        raise WrongValue(f'{shown(value)} is not a string')
    if len(value) > _LONGEST_NAME or not _NAME.fullmatch(value):
        raise WrongValue(
            f'{shown(value)} is not a name: letters, digits, _ and /, not beginning with a digit,'
            f' at most {_LONGEST_NAME} characters'
        )
    return value


def type_name(value: Any) -> str:
    """A type as pkg/Type or pkg/msg/Type; '' and null mean that it is not given."""
    if value is None or value == '':
        return ''
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not _TYPE.fullmatch(value):
        raise WrongValue(f'{shown(value)} is not a type such as std_msgs/msg/String')
    return value


def required_type_name(value: Any) -> str:
    """A type that has to be given."""
    found = type_name(value)
    if not found:
        raise WrongValue('a type such as std_msgs/msg/String is needed')
    return found


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WrongValue(f'{shown(value)} is not a number')
    if not math.isfinite(value) or abs(value) > _LARGEST_EXACT:
        raise WrongValue(f'{shown(value)} is not a finite number up to 2**53')
    return float(value)


def integer(minimum: int, maximum: int) -> Callable[[Any], int]:
    """A whole number within inclusive limits; 3.0 is one, as JavaScript knows no difference."""

    def check(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValue(f'{shown(value)} is not a whole number')
        if not minimum <= value <= maximum:
            raise WrongValue(f'{shown(value)} is outside {minimum} .. {maximum}')
        return value

    return check


def optional(check: Callable[[Any], T]) -> Callable[[Any], T | None]:
    """What `check` allows, or null."""
    return lambda value: None if value is None else check(value)


def choice(*allowed: str) -> Callable[[Any], str | None]:
    """One of some strings, or null."""

    def check(value: Any) -> str | None:
        if value is None or value in allowed:
            return None if value is None else str(value)
        raise WrongValue(f'{shown(value)} is not one of {", ".join(allowed)}')

    return check


def enumeration(kind: type[E]) -> Callable[[Any], E]:
    """A value of an enumeration of strings; null is its first."""
    known = {member.value: member for member in kind}

    def check(value: Any) -> E:
        if value is None:
            return next(iter(kind))
        if isinstance(value, str) and value in known:
            return known[value]
        raise WrongValue(f'{shown(value)} is not one of {", ".join(known)}')

    return check
