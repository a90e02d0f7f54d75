"""One typed way to declare parameters: frozen dataclasses whose fields carry their documentation.

A node's parameters are a subclass of `Parameters`; every field is made with `parameter(...)`. From
that one declaration come the ROS descriptors and set callbacks (`nodes/node_parameters.py`), the
checks of single values and of values against each other, `docs/parameters.md` and
`config/bbia.yaml` (`parameter_docs.py`). Nothing here imports ROS; instances are immutable, so they
may be read from any thread.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import ClassVar
from typing import Self
from typing import cast
from typing import get_type_hints

Value = bool | int | float | str | tuple[bool | int | float | str, ...]

_METADATA_KEY = 'bbia_parameter'
_SCALARS: tuple[type, ...] = (bool, int, float, str)


class ParameterError(ValueError):
    """A value that a parameter cannot take; the message names value, limits and remedy."""


@dataclass(frozen=True, kw_only=True)
class ParameterSpec:
    """What a parameter means and which values it takes.

    `minimum` and `maximum` are inclusive and hold for every element of an array; `choices` lists
    the only values a string may have; `length` fixes the number of elements of an array.
    """

    name: str
    kind: type
    is_array: bool
    default: Value
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    length: int | None = None
    read_only: bool = False

    def check(self, value: Any) -> Value:
        """Return `value` in this parameter's type, or raise `ParameterError`.

        Empty texts of a list are left out: ROS cannot tell the type of an empty list, so [''] is
        written for it.
        """
        if not self.is_array:
            return self._check_element(value)
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ParameterError(f'{self.name}: {value!r} is not a list')
        elements = tuple(self._check_element(element) for element in value if element != '')
        if self.length is not None and len(elements) != self.length:
            raise ParameterError(
                f'{self.name}: {len(elements)} values given, exactly {self.length} are needed'
            )
        return elements

    def _check_element(self, value: Any) -> bool | int | float | str:
        element = self._coerce(value)
        if self.choices and element not in self.choices:
            raise ParameterError(
                f'{self.name}: {element!r} is not one of {", ".join(map(repr, self.choices))}'
            )
        if isinstance(element, float) and not math.isfinite(element):
            raise ParameterError(f'{self.name}: {element} is not a finite number')
        if isinstance(element, (str, bool)):
            return element
        if (self.minimum is not None and element < self.minimum) or (
            self.maximum is not None and element > self.maximum
        ):
            raise ParameterError(f'{self.name}: {element} is outside {self.range_text()}')
        return element

    def _coerce(self, value: Any) -> bool | int | float | str:
        given = type(value)
        if self.kind is float and given is int:
            return float(value)
        if given is not self.kind:
            raise ParameterError(
                f'{self.name}: {value!r} is of type {type(value).__name__},'
                f' {self.kind.__name__} is needed'
            )
        coerced: bool | int | float | str = value
        return coerced

    def range_text(self) -> str:
        """Return the allowed values in words, '' when every value of the type is allowed."""
        if self.choices:
            return 'one of ' + ', '.join(self.choices)
        low = '-inf' if self.minimum is None else f'{self.minimum:g}'
        high = 'inf' if self.maximum is None else f'{self.maximum:g}'
        return '' if self.minimum is None and self.maximum is None else f'{low} .. {high}'


def parameter(
    default: Value,
    description: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    length: int | None = None,
    read_only: bool = False,
) -> Any:
    """Return a dataclass field for a parameter; the arguments are those of `ParameterSpec`."""
    return dataclasses.field(
        default=default,
        metadata={
            _METADATA_KEY: {
                'description': description,
                'minimum': minimum,
                'maximum': maximum,
                'choices': choices,
                'length': length,
                'read_only': read_only,
            }
        },
    )


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every node's parameters; see the module's docstring.

    Raises `ParameterError` when made with a value outside its range or with values that
    contradict each other (`conflicts`).
    """

    _specs: ClassVar[dict[type, tuple[ParameterSpec, ...]]] = {}

    def __post_init__(self) -> None:
        """Check every value; numbers given as int for a float parameter become float."""
        for spec in self.specs():
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))
        problems = tuple(self.conflicts())
        if problems:
            raise ParameterError('; '.join(problems))

    def conflicts(self) -> Iterable[str]:
        """Return what contradicts what; overridden where values depend on each other."""
        return ()

    @classmethod
    def specs(cls) -> tuple[ParameterSpec, ...]:
        """Return the specifications in order of declaration."""
        if cls not in cls._specs:
            hints = get_type_hints(cls)
            cls._specs[cls] = tuple(
                _spec_of(field, hints[field.name])
                for field in dataclasses.fields(cls)
                if _METADATA_KEY in field.metadata
            )
        return cls._specs[cls]

    def with_changes(self, changes: Mapping[str, Any]) -> Self:
        """Return a checked copy with some values changed; raises `ParameterError`."""
        known = {spec.name for spec in self.specs()}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ParameterError(
                f'unknown parameter {", ".join(unknown)}; known are {", ".join(sorted(known))}'
            )
        return dataclasses.replace(self, **changes)


def _spec_of(field: dataclasses.Field[Any], hint: Any) -> ParameterSpec:
    is_array = getattr(hint, '__origin__', None) is tuple
    kind = hint.__args__[0] if is_array else hint
    if kind not in _SCALARS:
        raise TypeError(f'{field.name}: {hint} cannot be a ROS parameter')
    return ParameterSpec(
        name=field.name,
        kind=kind,
        is_array=is_array,
        default=cast(Value, field.default),
        **field.metadata[_METADATA_KEY],
    )
