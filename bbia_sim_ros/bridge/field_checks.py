"""Checks of single fields: numbers, texts, bytes and arrays of them, as a client sends them.

Contract
    `element_check(field)` and `array_check(field)` return a function that takes a value as a JSON
    or CBOR decoder makes it and returns the one that the Python message class holds, or raises
    `FieldError`. See `checked` for what is accepted. Immutable; any thread.
"""

from __future__ import annotations

import binascii
import math
from array import array
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
from cbor2 import CBORTag

from bbia_sim_ros.bridge.schema import CODES
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind

Check = Callable[[Any], Any]

_LONGEST_SHOWN = 40
_HIGHEST_BYTE = 255
# RFC 8746: the typed arrays of both byte orders.
_TYPED_ARRAYS = {
    **dict(zip(range(64, 72), ('u1', '>u2', '>u4', '>u8', 'u1', '<u2', '<u4', '<u8'), strict=True)),
    **dict(zip(range(72, 80), ('i1', '>i2', '>i4', '>i8', None, '<i2', '<i4', '<i8'), strict=True)),
    **dict(zip(range(80, 87), ('>f2', '>f4', '>f8', None, '<f2', '<f4', '<f8'), strict=True)),
}
_DTYPES = {'float': 'float32', 'double': 'float64'}


class FieldError(ValueError):
    """A value does not fit the type; `path` names the field, such as `poses[3].position.x`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'field {path!r}: {reason}' if path else reason)
        self.path = path
        self.reason = reason

    def inside(self, outer: str) -> FieldError:
        """Return the error as seen from outside the field or element `outer`."""
        dot = '.' if self.path and not self.path.startswith('[') else ''
        return FieldError(f'{outer}{dot}{self.path}', self.reason)


def shown(value: Any) -> str:
    """Return a short text for a value in an error."""
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int) and value.bit_length() > 64:
        return f'an integer of {value.bit_length()} bits'
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:_LONGEST_SHOWN]) + ('...' if len(value) > _LONGEST_SHOWN else '')
    if isinstance(value, dict):
        return 'an object'
    if isinstance(value, list | tuple):
        return f'a list of {len(value)}'
    if isinstance(value, bytes):
        return f'a byte string of {len(value)}'
    return f'a {type(value).__name__}'


def each(check: Check, values: Sequence[Any]) -> list[Any]:
    """Return the checked elements; raises `FieldError` with the index of the first wrong one."""
    index = 0
    checked = []
    try:
        for index, value in enumerate(values):  # noqa: B007, used when one is wrong
            checked.append(check(value))
    except FieldError as error:
        raise error.inside(f'[{index}]') from None
    return checked


def check_length(field: Field, length: int) -> None:
    """Raise `FieldError` when an array of this field must not have this length."""
    if field.length is not None and length != field.length:
        raise FieldError('', f'expected {field.length} elements, got {length}')
    if field.bound is not None and length > field.bound:
        raise FieldError('', f'expected {field.bound} elements at most, got {length}')


def elements(field: Field, value: Any) -> Sequence[Any]:
    """Return a list that came for this array; raises `FieldError` for anything else."""
    if not isinstance(value, list | tuple):
        raise FieldError('', f'expected a list of {field.typename}, got {shown(value)}')
    check_length(field, len(value))
    return value


def element_check(field: Field) -> Check:
    """Return the check of one element of a field that holds no messages."""
    if field.kind is Kind.BOOL:
        return _check_boolean
    if field.kind is Kind.OCTET:
        return _check_octet
    if field.kind is Kind.FLOAT:
        return _check_single if field.typename == 'float' else _check_double
    if field.kind is Kind.INTEGER:
        return _integer_check(field.typename)
    return _text_check(field)


def array_check(field: Field) -> Check:
    """Return the check of an array that holds no messages."""
    if field.is_blob:
        return _blob_check(field)
    if field.is_number:
        return _numbers_check(field)
    check = element_check(field)
    return lambda value: each(check, elements(field, value))


def _check_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldError('', f'expected true or false, got {shown(value)}')
    return value


def _check_double(value: Any) -> float:
    if type(value) is float:
        return value
    if value is None:
        return math.nan
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise FieldError('', f'{shown(value)} is too large for a double') from None
    raise FieldError('', f'expected a number, got {shown(value)}')


def _check_single(value: Any) -> float:
    number = _check_double(value)
    if math.isfinite(number) and math.isinf(array('f', (number,))[0]):
        raise FieldError('', f'{shown(value)} is too large for a 32-bit float')
    return number


def _integer_check(typename: str) -> Check:
    information = np.iinfo(CODES[typename][0])
    low, high = int(information.min), int(information.max)

    def check(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise FieldError('', f'expected an integer, got {shown(value)}')
        if not low <= value <= high:
            raise FieldError('', f'{shown(value)} is not within {low} to {high} ({typename})')
        return value

    return check


_check_byte = _integer_check('uint8')


def _check_octet(value: Any) -> bytes:
    return bytes((_check_byte(value),))


def _text_check(field: Field) -> Check:
    encoding, unit = ('utf-8', 1) if field.kind is Kind.STRING else ('utf-16-le', 2)

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise FieldError('', f'expected a string, got {shown(value)}')
        if '\0' in value:
            raise FieldError('', 'a string must not hold a zero character')
        try:
            length = len(value.encode(encoding)) // unit
        except UnicodeEncodeError as error:
            raise FieldError('', f'not a Unicode text: {error.reason}') from None
        if field.string_bound is not None and length > field.string_bound:
            raise FieldError('', f'expected {field.string_bound} characters at most, got {length}')
        return value

    return check


def _blob_check(field: Field) -> Check:
    def check(value: Any) -> Any:
        data = _blob(value)
        check_length(field, len(data))
        if field.kind is Kind.OCTET:
            return [data[index : index + 1] for index in range(len(data))]
        return array('B', data) if field.length is None else np.frombuffer(data, np.uint8)

    return check


def _blob(value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return binascii.a2b_base64(value, strict_mode=True)
        except ValueError as error:
            raise FieldError('', f'not base64: {error}') from None
    if isinstance(value, bytes):
        return value
    if isinstance(value, CBORTag):
        typed = _typed_array(value)
        if typed.dtype == np.uint8:
            return typed.tobytes()
        value = typed.tolist()
    if not isinstance(value, list | tuple):
        raise FieldError('', f'expected base64, bytes or integers, got {shown(value)}')
    if set(map(type, value)) <= {int}:
        try:
            return bytes(value)
        except ValueError:
            pass  # one of them is no byte; the next line says which
    return bytes(each(_check_byte, value))


def _numbers_check(field: Field) -> Check:
    code, _ = CODES[field.typename]
    usual = {int} if field.kind is Kind.INTEGER else {int, float}
    check_one = element_check(field)
    # By name: what NumPy calls 'Q' is not its uint64 everywhere, and that ends the process.
    dtype = np.dtype(_DTYPES.get(field.typename, field.typename))

    def check(value: Any) -> Any:
        if isinstance(value, CBORTag):
            typed = _typed_array(value)
            check_length(field, len(typed))
            same = typed.dtype == dtype
            numbers = array(code, typed.tobytes()) if same else _numbers(typed.tolist())
        else:
            numbers = _numbers(elements(field, value))
        return numbers if field.length is None else np.array(numbers, dtype=dtype)

    def _numbers(values: Sequence[Any]) -> array[Any]:
        if set(map(type, values)) <= usual:
            try:
                numbers = array(code, values)
            except OverflowError:
                return array(code, each(check_one, values))
            if code != 'f' or not any(map(math.isinf, numbers)):
                return numbers
        return array(code, each(check_one, values))

    return check


def _typed_array(tag: CBORTag) -> np.ndarray[Any, Any]:
    dtype = _TYPED_ARRAYS.get(tag.tag)
    if dtype is None or not isinstance(tag.value, bytes):
        raise FieldError('', f'the CBOR tag {tag.tag} is not one of an array of numbers')
    size = np.dtype(dtype).itemsize
    if len(tag.value) % size:
        raise FieldError('', f'{len(tag.value)} bytes are no array of numbers of {size} bytes')
    return np.frombuffer(tag.value, dtype)
