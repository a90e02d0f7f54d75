"""From a serialised message to what goes over the socket, one encoder for each type and encoding.

Contract
    `encoder_for(type, encoding)` returns `encode(raw) -> bytes`: the value of the member `msg` of a
    rosbridge `publish`, encoded. The server joins it with the rest, so a message is encoded once
    for all its clients. Encoders are kept, a limited number; any thread.

Values, as the protocol asks for (rosbridge v2, 3.3 and 3.4.4)
    JSON: NaN and the infinities are null; byte arrays are base64; integers are exact, also those of
    64 bits. CBOR: floats are what they are; byte arrays are byte strings; arrays of numbers are
    typed arrays. CBOR_RAW: the serialised message as it is, with the time of its arrival. PNG: the
    JSON, which the server packs whole (see `png`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any

import cbor2
import orjson

from bbia_sim_ros.bridge.cdr import compile_decoder
from bbia_sim_ros.bridge.cdr_parts import Target
from bbia_sim_ros.bridge.interfaces import MessageClass
from bbia_sim_ros.bridge.interfaces import message_class

Encoder = Callable[[bytes], bytes]

_KEPT_ENCODERS = 1024
_NANOSECONDS = 1_000_000_000


class Encoding(Enum):
    """How a client wants its messages; the values are those of `compression` in `subscribe`."""

    JSON = 'none'
    CBOR = 'cbor'
    CBOR_RAW = 'cbor-raw'
    PNG = 'png'


def encoder_for(type_name: str, encoding: Encoding) -> Encoder:
    """Return the encoder of a message type; it raises `DecodeError` for bytes of anything else.

    Raises `UnknownInterface`.
    """
    if encoding is Encoding.CBOR_RAW:
        message_class(type_name)
        return encode_raw
    if encoding is Encoding.CBOR:
        return _cbor_encoder(message_class(type_name))
    return _json_encoder(message_class(type_name))


def encode_raw(raw: bytes) -> bytes:
    """Return the CBOR of a serialised message with the present time of the system."""
    seconds, nanoseconds = divmod(time.time_ns(), _NANOSECONDS)
    return cbor2.dumps({'secs': seconds, 'nsecs': nanoseconds, 'bytes': raw})


def json_bytes(value: Any) -> bytes:
    """Return the JSON of what a decoder for JSON or `values.from_message` returns.

    NaN and the infinities are null at every depth.
    """
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


@lru_cache(_KEPT_ENCODERS)
def _json_encoder(class_: MessageClass) -> Encoder:
    decode = compile_decoder(class_, Target.JSON)
    return lambda raw: orjson.dumps(decode(raw), option=orjson.OPT_SERIALIZE_NUMPY)


@lru_cache(_KEPT_ENCODERS)
def _cbor_encoder(class_: MessageClass) -> Encoder:
    decode = compile_decoder(class_, Target.CBOR)
    return lambda raw: cbor2.dumps(decode(raw))
