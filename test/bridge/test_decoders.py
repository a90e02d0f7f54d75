"""Serialised messages become the JSON and CBOR that their values stand for."""

from __future__ import annotations

import base64
import json
import math
import struct
import tracemalloc
from contextlib import suppress
from typing import Any

import cbor2
import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from bbia_sim_ros.bridge.cdr import CBOR_ARRAYS
from bbia_sim_ros.bridge.cdr import DecodeError
from bbia_sim_ros.bridge.cdr import compile_decoder
from bbia_sim_ros.bridge.cdr_parts import Target
from bbia_sim_ros.bridge.checked import to_message
from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.decoders import encoder_for
from bbia_sim_ros.bridge.decoders import json_bytes
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import type_name
from bbia_sim_ros.bridge.values import from_message
from support import cdr_writer
from support.odd_messages import Odd
from support.random_messages import message_classes
from support.random_messages import messages
from support.random_messages import walked

_CLASSES = message_classes()
_BBIA_CLASSES = message_classes('bbia_msgs')
_QUICK = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_DTYPES = {tag: struct_name for struct_name, tag in CBOR_ARRAYS.items()}


def as_json(class_: type[Any], raw: bytes) -> Any:
    """Return the values of the JSON of a serialised message."""
    return json.loads(json_bytes(compile_decoder(class_, Target.JSON)(raw)))


def as_cbor(class_: type[Any], raw: bytes) -> Any:
    """Return the values of the CBOR of a serialised message, in the words of its JSON."""
    return _in_json(cbor2.loads(cbor2.dumps(compile_decoder(class_, Target.CBOR)(raw))))


def _in_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, cbor2.CBORTag):
        name = _DTYPES[value.tag]
        dtype = {'float': 'f4', 'double': 'f8'}.get(name) or np.dtype(name).str[1:]
        return [_in_json(number) for number in np.frombuffer(value.value, f'<{dtype}').tolist()]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def in_double(value: Any, single: set[str]) -> Any:
    """Return the value with what JSON writes short for 32-bit floats as CBOR's doubles."""
    if isinstance(value, dict):
        return {
            key: np.float32(item).item()
            if key in single and isinstance(item, float)
            else [None if number is None else np.float32(number).item() for number in item]
            if key in single and isinstance(item, list)
            else in_double(item, single)
            for key, item in value.items()
        }
    return [in_double(item, single) for item in value] if isinstance(value, list) else value


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_message_decodes_to_what_its_attributes_say(data: st.DataObject) -> None:
    class_ = data.draw(st.sampled_from(_CLASSES))
    message = data.draw(messages(class_))
    expected = walked(message)
    assert as_json(class_, bytes(serialize_message(message))) == expected
    assert json.loads(json_bytes(from_message(message))) == expected


@pytest.mark.parametrize('class_', _BBIA_CLASSES, ids=type_name)
def test_every_type_of_ours_decodes_to_what_its_attributes_say(class_: type[Any]) -> None:
    @_QUICK
    @given(messages(class_))
    def check(message: Any) -> None:
        expected = walked(message)
        raw = bytes(serialize_message(message))
        assert as_json(class_, raw) == expected
        assert from_message(message) == expected
        assert as_json(class_, bytes(serialize_message(to_message(class_, expected)))) == expected

    check()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages(Odd), st.sampled_from('<>'))
def test_every_kind_of_field_is_read_in_both_byte_orders(message: Odd, order: str) -> None:
    raw = cdr_writer.serialise(message, order)
    expected = walked(message)
    assert as_json(Odd, raw) == expected
    assert as_json(Odd, raw) == expected, 'the second time with what was kept of the first'
    single = {name for name in expected if name.endswith('_float')} | set('rgba')
    assert as_cbor(Odd, raw) == in_double(expected, single)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_writer_of_the_tests_writes_what_the_real_serialiser_does(data: st.DataObject) -> None:
    class_ = data.draw(st.sampled_from(_CLASSES))
    message = data.draw(messages(class_))
    ours = deserialize_message(cdr_writer.serialise(message, '<'), class_)
    assert walked(ours) == walked(deserialize_message(serialize_message(message), class_))


def test_integers_of_64_bits_are_exact_and_no_float_is_written_that_json_lacks() -> None:
    message = Odd()
    message.many_int64 = [-(2**63), 2**63 - 1]
    message.one_uint64 = 2**64 - 1
    message.many_double = [math.nan, math.inf, -math.inf, 0.1]
    message.one_float = math.nan
    text = json_bytes(compile_decoder(Odd, Target.JSON)(cdr_writer.serialise(message, '<')))
    assert b'"many_int64":[-9223372036854775808,9223372036854775807]' in text
    assert b'"one_uint64":18446744073709551615' in text
    assert b'"many_double":[null,null,null,0.1]' in text
    assert b'"one_float":null' in text


def test_32_bit_floats_are_written_with_their_own_digits() -> None:
    message = Odd()
    message.one_float = 0.1
    message.many_float = [0.1, 16777216.0, 3.4028234663852886e38]
    values = as_json(Odd, cdr_writer.serialise(message, '<'))
    assert values['one_float'] == 0.1
    assert values['many_float'] == [0.1, 16777216.0, 3.4028235e38]


def test_texts_that_are_no_unicode_are_readable() -> None:
    raw = bytes(serialize_message(Header(frame_id='ab'))).replace(b'ab', b'a\xff')
    assert as_json(Header, raw)['frame_id'] == 'a�'


def test_an_image_is_base64_in_json_and_bytes_in_cbor() -> None:
    pixels = bytes(range(256)) * 12
    raw = bytes(serialize_message(Image(height=16, width=64, step=192, data=pixels)))
    text = encoder_for('sensor_msgs/Image', Encoding.JSON)(raw)
    assert base64.b64decode(orjson.loads(text)['data'], validate=True) == pixels
    assert cbor2.loads(encoder_for('sensor_msgs/Image', Encoding.CBOR)(raw))['data'] == pixels


def test_cbor_has_the_typed_arrays_that_roslibjs_reads_and_true_infinities() -> None:
    raw = bytes(serialize_message(JointState(name=['a'], position=[math.inf], velocity=[])))
    value = cbor2.loads(encoder_for('sensor_msgs/JointState', Encoding.CBOR)(raw))
    assert value['position'] == cbor2.CBORTag(86, struct.pack('<d', math.inf))
    assert value['velocity'] == cbor2.CBORTag(86, b'')
    assert value['name'] == ['a']


def test_cbor_raw_is_the_serialised_message_and_a_time() -> None:
    raw = bytes(serialize_message(Header()))
    value = cbor2.loads(encoder_for('std_msgs/Header', Encoding.CBOR_RAW)(raw))
    assert list(value) == ['secs', 'nsecs', 'bytes']
    assert value['bytes'] == raw
    assert value['secs'] > 1_600_000_000
    assert 0 <= value['nsecs'] < 1_000_000_000


@pytest.mark.parametrize('encoding', Encoding)
def test_an_unknown_type_has_no_encoder(encoding: Encoding) -> None:
    with pytest.raises(UnknownInterface):
        encoder_for('std_msgs/Nothing', encoding)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_message_that_was_cut_off_is_refused(data: st.DataObject) -> None:
    message = data.draw(messages(data.draw(st.sampled_from([Odd, JointState, TFMessage]))))
    raw = cdr_writer.serialise(message, data.draw(st.sampled_from('<>')))
    length = data.draw(st.integers(0, len(raw) - 1))
    for target in Target:
        with pytest.raises(DecodeError):
            compile_decoder(type(message), target)(raw[:length])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_bytes_are_decoded_or_refused(data: st.DataObject) -> None:
    class_ = data.draw(st.sampled_from(_CLASSES))
    raw = bytearray(serialize_message(data.draw(messages(class_))))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    target = data.draw(st.sampled_from(Target))
    try:
        value = compile_decoder(class_, target)(bytes(raw))
    except DecodeError:
        return
    assert list(value) == list(class_.get_fields_and_field_types())


@given(st.binary(max_size=64), st.sampled_from([Odd, TFMessage, JointState]))
def test_noise_is_decoded_or_refused(noise: bytes, class_: type[Any]) -> None:
    decode = compile_decoder(class_, Target.CBOR)
    try:
        value = decode(b'\0\1\0\0' + noise)
    except DecodeError:
        return
    assert list(value) == list(class_.get_fields_and_field_types())


@pytest.mark.parametrize('target', Target)
@pytest.mark.parametrize('class_', [TFMessage, *_BBIA_CLASSES], ids=type_name)
def test_a_length_that_lies_takes_no_memory(class_: type[Any], target: Target) -> None:
    decode = compile_decoder(class_, target)
    tracemalloc.start()
    try:
        for start in range(4, 64, 4):
            raw = b'\0\1\0\0'.ljust(start, b'\0') + b'\xff' * 64
            with suppress(DecodeError):
                decode(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize('encoding', [b'', b'\0', b'\0\2', b'\0\3', b'\0\7', b'\xff\xff'])
def test_another_encoding_than_plain_cdr_is_refused(encoding: bytes) -> None:
    with pytest.raises(DecodeError, match='only plain CDR is known'):
        compile_decoder(Header, Target.JSON)(encoding)
