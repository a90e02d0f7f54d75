"""Writes plain CDR byte by byte, in either byte order, as an oracle for decoders.

Written after OMG DDS-XTypes 1.3, 7.4, with the three peculiarities of ROS that `bridge.cdr` names.
"""

from __future__ import annotations

import struct
from typing import Any

from bbia_sim_ros.bridge.schema import CODES
from bbia_sim_ros.bridge.schema import Field
from bbia_sim_ros.bridge.schema import Kind
from bbia_sim_ros.bridge.schema import fields


def serialise(message: Any, order: str) -> bytes:
    """Return the message in the byte order '<' or '>'."""
    body = bytearray()
    _message(body, message, order)
    return (b'\0\1' if order == '<' else b'\0\0') + b'\0\0' + bytes(body)


def _message(body: bytearray, message: Any, order: str) -> None:
    described = fields(type(message))
    if not described:
        body.append(0)
    for field in described:
        value = getattr(message, field.name)
        if not field.is_array:
            _element(body, field, value, order)
            continue
        if field.length is None:
            _number(body, 'I', len(value), order)
        for element in value:
            _element(body, field, element, order)


def _element(body: bytearray, field: Field, value: Any, order: str) -> None:
    if field.message is not None:
        _message(body, value, order)
    elif field.kind is Kind.STRING:
        characters = value.encode() + b'\0'
        _number(body, 'I', len(characters), order)
        body += characters
    elif field.kind is Kind.WSTRING:
        units = value.encode('utf-16-le')
        _number(body, 'I', len(units) // 2, order)
        for (unit,) in struct.iter_unpack('<H', units):
            _number(body, 'I', unit, order)
    else:
        number = ord(value) if field.kind is Kind.OCTET else value
        _number(body, CODES[field.typename][0], number, order)


def _number(body: bytearray, code: str, value: Any, order: str) -> None:
    body.extend(b'\xcd' * (-len(body) % struct.calcsize(code)))
    body += struct.pack(order + code, value)
