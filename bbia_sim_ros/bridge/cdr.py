"""Decoders of serialised messages, compiled for each type.

Contract
    `compile_decoder(cls, target)` returns a function that turns the serialised message, as a raw
    subscription hands it over, into plain objects for JSON or for CBOR. It raises `DecodeError`
    for bytes that are not such a message. Work and memory are bounded by the length of the bytes:
    a number of elements that does not fit into the rest is refused before anything is made.
    Functions may be used in any thread.

Layout
    OMG DDS-XTypes 1.3, 7.4: plain CDR, encoding version 1, both byte orders. Two bytes say the
    encoding, two are options; then the fields follow in order, each primitive aligned to its size,
    counted from the end of these four bytes. A string is its length with the zero at its end, its
    UTF-8 and the zero; a sequence is its length and its elements. Three things are ROS's: a message
    without fields has one byte; the elements of an empty sequence are not aligned; a wide string is
    its UTF-16 units in four bytes each, without a zero.

Why compiled
    Neighbouring fields of fixed size, whatever message they are nested in, are read by one call of
    `struct`, together with the length of the string or sequence that follows; arrays of numbers
    and bytes are taken as they are. `bench/bridge_codec.py` compares this with the deserialiser of
    rclpy, which makes a Python object of every message in the message.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from cbor2 import CBORTag

from bbia_sim_ros.bridge.cdr_parts import HEADER_B
from bbia_sim_ros.bridge.cdr_parts import LARGEST_ALIGNMENT_B
from bbia_sim_ros.bridge.cdr_parts import StringsReader
from bbia_sim_ros.bridge.cdr_parts import Target
from bbia_sim_ros.bridge.cdr_parts import base64
from bbia_sim_ros.bridge.cdr_parts import layouts
from bbia_sim_ros.bridge.cdr_parts import least_size
from bbia_sim_ros.bridge.cdr_parts import too_short
from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.schema import CODES
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields

Decoder = Callable[[bytes], dict[str, Any]]

_BIG_ENDIAN, _LITTLE_ENDIAN = b'\x00\x00', b'\x00\x01'
# RFC 8746, little-endian typed arrays; roslibjs knows no others.
CBOR_ARRAYS = {
    'uint16': 69,
    'uint32': 70,
    'uint64': 71,
    'int8': 72,
    'int16': 77,
    'int32': 78,
    'int64': 79,
    'float': 85,
    'double': 86,
}


class DecodeError(ValueError):
    """The bytes are not a serialised message of the type."""


def compile_decoder(class_: MessageClass, target: Target) -> Decoder:
    """Return the decoder of a message class, little-endian compiled now, big-endian when needed.

    Raises `UnknownInterface` for a field of a type that messages do not have.
    """
    functions = {_LITTLE_ENDIAN: _compile(class_, target, '<')}

    def decode(raw: bytes) -> dict[str, Any]:
        encoding = raw[:2]
        function = functions.get(encoding)
        if function is None:
            if encoding != _BIG_ENDIAN:
                raise DecodeError(
                    f'encoding {encoding.hex()!r} in the first two bytes; only plain CDR is known, '
                    "'0000' and '0001'"
                )
            function = functions[_BIG_ENDIAN] = _compile(class_, target, '>')
        try:
            return function(raw)
        # IndexError: a byte behind the end; ValueError: NumPy and Unicode; struct.error: numbers.
        except (struct.error, IndexError, ValueError) as error:
            raise DecodeError(
                f'{len(raw)} bytes are not a serialised {class_.__name__}: {error}'
            ) from error

    return decode


def _compile(class_: MessageClass, target: Target, order: str) -> Decoder:
    writer = _Writer(target, order)
    value = writer.message(class_)
    writer.flush()
    source = '\n'.join(
        [
            'def decode(raw):',
            '    end = len(raw)',
            f'    o = {HEADER_B}',
            *writer.lines,
            '    if o > end:',
            '        raise too_short(o, end)',
            f'    return {value}',
        ]
    )
    exec(compile(source, f'<decoder of {class_.__name__}>', 'exec'), writer.names)
    decoder: Decoder = writer.names['decode']
    return decoder


class _Writer:
    """Writes the body of a decoder: `lines`, and the `names` that they use.

    `o` is the place in `raw`. Numbers that follow each other wait in `_run` until something of
    another length comes.
    """

    def __init__(self, target: Target, order: str) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            'too_short': too_short,
            'frombuffer': np.frombuffer,
            'base64': base64,
            'tag': CBORTag,
            'float32': np.float32,
        }
        self._target = target
        self._order = order
        self._run: list[tuple[str, str]] = []
        self._indent = '    '
        self._count = 0

    def message(self, class_: MessageClass) -> str:
        """Write the reading of a message and return the expression of its value."""
        described = fields(class_)
        if not described:
            self._number('B')
        return '{' + ', '.join(f'{field.name!r}: {self._field(field)}' for field in described) + '}'

    def flush(self) -> None:
        """Write the reading of the numbers that wait."""
        if not self._run:
            return
        variables, codes = zip(*self._run, strict=True)
        self._run = []
        places = self._name('places', layouts(self._order, ''.join(codes)))
        self._line(f'unpack, size = {places}[o & 7]')
        self._line(f'{", ".join(variables)}, = unpack(raw, o)')
        self._line('o += size')

    def _field(self, field: Field) -> str:
        if field.is_array:
            return self._array(field)
        return self._element(field)

    def _element(self, field: Field) -> str:
        if field.message is not None:
            return self.message(field.message)
        if field.kind is Kind.STRING:
            return self._string()
        if field.kind is Kind.WSTRING:
            return self._wide_string()
        variable = self._number(CODES[field.typename][0])
        if self._target is Target.JSON and field.typename == 'float':
            # So it is written with the digits of a 32-bit number.
            return f'float32({variable})'
        return variable

    def _array(self, field: Field) -> str:
        count = self._number('I') if field.length is None else str(field.length)
        self.flush()
        if field.is_blob:
            return self._blob(count)
        if field.is_number:
            return self._numbers(field, count)
        if field.kind is Kind.STRING:
            return self._strings(count)
        return self._elements(field, count)

    def _blob(self, count: str) -> str:
        variable = self._take(count, 1)
        return f'base64({variable})' if self._target is Target.JSON else variable

    def _numbers(self, field: Field, count: str) -> str:
        code, size = CODES[field.typename]
        native = self._order == ('<' if sys.byteorder == 'little' else '>')
        if self._target is Target.CBOR:
            part = self._take(count, size)
            if self._order == '>':
                part = f'frombuffer({part}, {f">{code}"!r}).astype({f"<{code}"!r}).tobytes()'
            return f'tag({CBOR_ARRAYS[field.typename]}, {part})'
        variable = self._variable()
        dtype = self._name('dtype', np.dtype(self._order + code))
        read = f'frombuffer(raw, {dtype}, {count}, o)'
        self._line(f'if {count}:')
        self._align(size, '    ')
        self._line(f'    {variable} = {read if native else f"{read}.astype({code!r})"}')
        self._line(f'    o += {size} * {count}')
        self._line('else:')
        self._line(f'    {variable} = ()')
        return variable

    def _string(self) -> str:
        count = self._number('I')
        self.flush()
        variable = self._variable()
        self._line(f'o += {count}')
        self._line(f'if {count} and raw[o - 1]:')
        self._line("    raise ValueError('a string does not end with a zero')")
        self._line(f"{variable} = str(raw[o - {count}:o - 1], 'utf-8', 'replace')")
        return variable

    def _strings(self, count: str) -> str:
        reader = self._name('strings', StringsReader(self._order, self._target).read)
        variable = self._variable()
        if count.isdigit():
            self._align(4)
        self._line(f'{variable}, o = {reader}(raw, o, {count})')
        return variable

    def _wide_string(self) -> str:
        count = self._number('I')
        self.flush()
        units = f'frombuffer({self._take(count, 4)}, {self._order + "u4"!r})'
        return f"str({units}.astype('<u2').tobytes(), 'utf-16-le', 'replace')"

    def _elements(self, field: Field, count: str) -> str:
        """Write a loop; the memory it takes is bounded by the bytes that are there."""
        variable = self._variable()
        self._line(f'if {count} * {least_size(field)} > end - o:')
        self._line(f'    raise too_short(o + {count} * {least_size(field)}, end)')
        self._line(f'{variable} = []')
        self._line(f'for _ in range({count}):')
        self._indent += '    '
        value = self._element(field)
        self.flush()
        self._line(f'{variable}.append({value})')
        self._indent = self._indent[:-4]
        return variable

    def _take(self, count: str, size: int) -> str:
        """Write the taking of the bytes of `count` elements, aligned when there are any."""
        variable, stop = self._variable(), self._variable()
        if size > 1:
            self._line(f'if {count}:')
            self._align(size, '    ')
        self._line(f'{stop} = o + {size} * {count}')
        self._line(f'if {stop} > end:')
        self._line(f'    raise too_short({stop}, end)')
        self._line(f'{variable} = raw[o:{stop}]')
        self._line(f'o = {stop}')
        return variable

    def _align(self, size: int, indent: str = '') -> None:
        if size == LARGEST_ALIGNMENT_B:
            self._line(f'{indent}o = (o + 3 & -8) + 4')
        elif size > 1:
            self._line(f'{indent}o = o + {size - 1} & -{size}')
        else:
            self._line(f'{indent}pass')

    def _number(self, code: str) -> str:
        variable = self._variable()
        self._run.append((variable, code))
        return variable

    def _variable(self) -> str:
        self._count += 1
        return f'v{self._count}'

    def _name(self, what: str, value: Any) -> str:
        self._count += 1
        name = f'{what}{self._count}'
        self.names[name] = value
        return name

    def _line(self, text: str) -> None:
        self.lines.append(self._indent + text)
