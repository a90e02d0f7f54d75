"""What an argument of a tool may be: its JSON schema for models, and the check of what they give.

Contract
    Immutable; any thread. ``check`` returns the value in its own type or raises `ArgumentError`
    naming the argument, the value and what is allowed, so that a model can do better. Numbers may
    come as text (``"30"``) where nothing is lost; booleans, NaN and infinities are no numbers.
    A checker of its own, because pydantic would take 13 MB of an idle node and its messages are
    written for programmers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from bbia_sim_ros.chat.text import clean
from bbia_sim_ros.chat.text import shown

MAX_TEXT_CHARACTERS = 1000
MAX_OBJECT_CHARACTERS = 4000
_NUMBER = re.compile(r'[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})(e[+-]?\d{1,3})?', re.IGNORECASE)

Checked = dict[str, Any]


class ArgumentError(ValueError):
    """A tool cannot be called like this; the message is for the model."""


class Argument(Protocol):
    """One argument of a tool."""

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""

    def check(self, name: str, value: object) -> Any:
        """Return the value in its type, or raise `ArgumentError`."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """A finite number from ``low`` to ``high``; ``description`` names its unit."""

    low: float
    high: float
    description: str

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        return {
            'type': 'number',
            'minimum': self.low,
            'maximum': self.high,
            'description': self.description,
        }

    def check(self, name: str, value: object) -> float:
        """Return the number."""
        allowed = f'allowed is {self.low:g} .. {self.high:g} ({self.description})'
        number = _as_number(value)
        if number is None:
            raise ArgumentError(f'{name} must be a number, not {shown(value)}; {allowed}')
        if not self.low <= number <= self.high:
            raise ArgumentError(f'{name} is {shown(value)}; {allowed}')
        return number


@dataclass(frozen=True, kw_only=True)
class NumberOrWord:
    """A whole number from ``low`` to ``high``, or one ``word``."""

    low: int
    high: int
    word: str
    description: str

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        return {
            'anyOf': [
                {'type': 'integer', 'minimum': self.low, 'maximum': self.high},
                {'type': 'string', 'enum': [self.word]},
            ],
            'description': self.description,
        }

    def check(self, name: str, value: object) -> int | str:
        """Return the number, or the word."""
        if isinstance(value, str) and value.strip().casefold() == self.word:
            return self.word
        number = _as_number(value)
        if number is None or not number.is_integer() or not self.low <= number <= self.high:
            raise ArgumentError(
                f'{name} is {shown(value)}; allowed is a whole number {self.low} .. {self.high} '
                f'or {self.word!r}'
            )
        return int(number)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several names, told apart without regard to case."""

    names: tuple[str, ...]
    description: str

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        return {'type': 'string', 'enum': list(self.names), 'description': self.description}

    def check(self, name: str, value: object) -> str:
        """Return the name as it is written in ``names``."""
        if isinstance(value, str):
            wanted = value.strip()
            if wanted in self.names:
                return wanted
            for known in self.names:
                if known.casefold() == wanted.casefold():
                    return known
        allowed = ', '.join(self.names) or 'none: the robot knows none at present'
        raise ArgumentError(f'{name} is {shown(value)}; allowed: {allowed}')


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text that is not blank; what is no text in it (see ``text.clean``) is left out."""

    description: str
    most: int = MAX_TEXT_CHARACTERS
    pattern: str = ''

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        return {'type': 'string', 'maxLength': self.most, 'description': self.description}

    def check(self, name: str, value: object) -> str:
        """Return the text without surrounding blanks."""
        if not isinstance(value, str):
            raise ArgumentError(f'{name} must be text, not {shown(value)}')
        if len(value) > self.most:
            raise ArgumentError(
                f'{name} has {len(value)} characters; at most {self.most} are allowed'
            )
        text = clean(value)[0].strip()
        if not text:
            raise ArgumentError(f'{name} is blank; give {self.description}')
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ArgumentError(f'{name} is {shown(value)}; give {self.description}')
        return text


@dataclass(frozen=True, kw_only=True)
class JsonObject:
    """A JSON object of at most ``MAX_OBJECT_CHARACTERS`` when written."""

    description: str

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        return {'type': 'object', 'description': self.description}

    def check(self, name: str, value: object) -> dict[str, Any]:
        """Return a copy."""
        if not isinstance(value, Mapping):
            raise ArgumentError(f'{name} must be an object ({{...}}), not {shown(value)}')
        try:
            written = json.dumps(dict(value), allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise ArgumentError(
                f'{name} must hold plain JSON: texts, finite numbers, true, false, null, '
                'lists and objects'
            ) from None
        if len(written) > MAX_OBJECT_CHARACTERS:
            raise ArgumentError(
                f'{name} has {len(written)} characters; at most {MAX_OBJECT_CHARACTERS} are allowed'
            )
        copy: dict[str, Any] = json.loads(written)
        return copy


def _as_number(value: object) -> float | None:
    """Return a finite number, or None; text counts where it is a plain decimal number."""
    if isinstance(value, str):
        text = value.strip()
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
    else:
        return None
    return number if math.isfinite(number) else None
