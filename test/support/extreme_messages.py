"""Messages of any type with values at and beyond the edges of sense, reproducible from a seed.

Contract
    Every message can be serialised: values have the right type and are within its range, arrays
    within their bounds. About half of the values are plausible (a known name, a small number, a
    stamp of about now), so that a message gets past the first check and meets the second with
    something odd in it. A message holds at most `MAX_ELEMENTS` array elements besides those of
    fixed length, and texts of at most `LONGEST_TEXT` characters. Pure: no node, no clock but the
    one handed in. One thread.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields

MAX_ELEMENTS: Final = 3000
LONGEST_TEXT: Final = 100_000
_LARGEST: Final = {
    'float': float(np.finfo(np.float32).max),
    'double': float(np.finfo(np.float64).max),
}
_SMALLEST: Final = {
    'float': float(np.finfo(np.float32).smallest_subnormal),
    'double': float(np.finfo(np.float64).smallest_subnormal),
}
_ODD_TEXTS: Final = (
    *('', ' ', '/', '//', '~', '.', '..', '../../../etc/passwd', '/dev/zero', '/proc/self/mem'),
    *('{}', '{"a": [1, null]}', '[' * 500, 'null', 'NaN', '-1', 'a\nb', '\x1b[2J', '%s%n', '${x}'),
    *('\u202e', '\ufeff', '\U0001f916', 'e\u0301' * 40, "'; DROP TABLE x; --"),
)
_LENGTHS: Final = (0, 0, 1, 1, 2, 3, 9, 9, 21, 100)
_SECONDS: Final = {'sec': 'int32', 'nanosec': 'uint32'}


class ExtremeMessages:
    """Makes messages; `words` mean something to who gets them, `of_field` in a field so named."""

    def __init__(
        self,
        random_: random.Random,
        words: Sequence[str],
        now_s: Callable[[], float],
        of_field: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._random = random_
        self._words = list(words)
        self._of_field = of_field
        self._now_s = now_s
        self._left = 0
        self._usual_length = 0

    def message(self, class_: type[Any]) -> Any:
        """Return a new message of a class."""
        self._left = MAX_ELEMENTS
        # Arrays that belong together often have the same length, and are then looked into.
        self._usual_length = self._random.choice(_LENGTHS)
        return self._message(class_)

    def _message(self, class_: type[Any]) -> Any:
        message = class_()
        if set(class_.get_fields_and_field_types()) == set(_SECONDS) and self._chance(0.6):
            self._near_now(message)
            return message
        for field in fields(class_):
            setattr(message, field.name, self._value(field))
        if {'x', 'y', 'z', 'w'} == set(class_.get_fields_and_field_types()) and self._chance(0.6):
            self._make_unit(message)
        return message

    def _near_now(self, message: Any) -> None:
        """Set a stamp that is accepted, or just not any more."""
        stamp_s = max(0.0, self._now_s() + self._random.choice((0.0, 0.0, 0.05, -0.05, 1.0, -1.0)))
        message.sec = math.floor(stamp_s)
        message.nanosec = int((stamp_s % 1.0) * 1e9)

    def _make_unit(self, message: Any) -> None:
        turn = [self._random.gauss(0.0, 1.0) for _ in range(4)]
        length = math.hypot(*turn) or 1.0
        message.x, message.y, message.z, message.w = (part / length for part in turn)

    def _value(self, field: Field) -> Any:
        if not field.is_array:
            return self._element(field)
        words = self._of_field.get(field.name, self._words)
        length = field.length if field.length is not None else self._length(field.bound)
        are_names = field.kind is Kind.STRING and field.length is None and length <= len(words)
        if are_names and self._chance(0.7):
            return self._random.sample(words, length)
        elements = [self._element(field) for _ in range(length)]
        if field.length is not None and field.is_number:
            default = {'float': np.float32, 'double': np.float64}.get(field.typename)
            return np.array(elements, dtype=default or field.typename)
        return elements

    def _length(self, bound: int | None) -> int:
        drawn = self._usual_length if self._chance(0.7) else self._random.choice(_LENGTHS)
        if self._chance(0.01):
            drawn = MAX_ELEMENTS
        length = min(drawn, self._left, drawn if bound is None else bound)
        self._left -= length
        return length

    def _element(self, field: Field) -> Any:
        if field.message is not None:
            return self._message(field.message)
        if field.kind is Kind.BOOL:
            return self._chance(0.7)
        if field.kind is Kind.OCTET:
            return bytes([self._random.randrange(256)])
        if field.kind is Kind.FLOAT:
            return self.number(field.typename)
        if field.kind is Kind.INTEGER:
            return self._integer(field.typename)
        known = self._of_field.get(field.name)
        text = self._random.choice(known) if known and self._chance(0.7) else self.text()
        return text if field.string_bound is None else text[: field.string_bound]

    def number(self, typename: str = 'double') -> float:
        """Return a number that a field of this type holds."""
        if self._chance(0.6):
            return self._random.choice((0.0, 1.0, self._random.uniform(-3.0, 3.0)))
        largest, smallest = _LARGEST[typename], _SMALLEST[typename]
        odd = (math.nan, math.inf, largest, smallest, 1e6, 1e-6, 100.0, math.pi)
        return self._random.choice((1.0, -1.0)) * self._random.choice(odd)

    def _integer(self, typename: str) -> int:
        limits = np.iinfo(typename)
        low, high = int(limits.min), int(limits.max)
        if self._chance(0.5):
            return self._random.randint(max(low, -3), 100)
        return self._random.choice((low, high, low + 1, 0, self._random.randint(low, high)))

    def text(self) -> str:
        """Return a text without zero characters, which end a C string."""
        if self._words and self._chance(0.6):
            return self._random.choice(self._words)
        if self._chance(0.03):
            return self._random.choice(('x', 'é', '\n', 'word ')) * (LONGEST_TEXT // 5)
        return self._random.choice(_ODD_TEXTS)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share
