"""Small ONNX files, written without the package onnx: only what tests of networks need.

The numbers of fields are those of onnx.proto (IR version 8); the wire format is that of protobuf.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np

FLOAT, UINT8, INT64, FLOAT16 = 1, 2, 7, 10
KINDS = {'float32': FLOAT, 'uint8': UINT8, 'int64': INT64, 'float16': FLOAT16}
_IR_VERSION = 8
_OPERATORS = 13


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    body = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def node(operator: str, inputs: Iterable[str], outputs: Iterable[str], **integers: int) -> bytes:
    """Return a node; attributes are integers."""
    attributes = [
        _field(5, _field(1, name) + _field(3, value) + _field(20, 2))
        for name, value in integers.items()
    ]
    names = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
    return b''.join((*names, _field(4, operator), *attributes))


def tensor(name: str, values: np.ndarray) -> bytes:
    """Return a constant."""
    dims = b''.join(_field(1, side) for side in values.shape)
    kind = _field(2, KINDS[values.dtype.name])
    return dims + kind + _field(8, name) + _field(9, values.tobytes())


def port(name: str, shape: Sequence[int | str], kind: int = FLOAT) -> bytes:
    """Return an input or output; a size that is open has a name."""
    dims = b''.join(_field(1, _field(1 if isinstance(side, int) else 2, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))


def write(
    path: Path,
    *,
    nodes: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    constants: Iterable[bytes] = (),
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write a file and return where it is."""
    graph = b''.join(
        _field(number, part)
        for number, parts in (
            (1, nodes),
            (2, [b'test']),
            (5, constants),
            (11, inputs),
            (12, outputs),
        )
        for part in parts
    )
    model = _field(1, _IR_VERSION) + _field(7, graph) + _field(8, _field(2, _OPERATORS))
    for key, value in (metadata or {}).items():
        model += _field(14, _field(1, key) + _field(2, value))
    path.write_bytes(model)
    return path
