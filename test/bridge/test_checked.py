"""What clients send is checked against its type, and errors name the field."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import cbor2
import numpy as np
import pytest
from builtin_interfaces.msg import Duration
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseArray
from geometry_msgs.msg import PoseWithCovariance
from geometry_msgs.msg import PoseWithCovarianceStamped
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from std_msgs.msg import MultiArrayDimension
from unique_identifier_msgs.msg import UUID

from bbia_sim_ros.bridge.cdr import compile_decoder
from bbia_sim_ros.bridge.cdr_parts import Target
from bbia_sim_ros.bridge.checked import to_message
from bbia_sim_ros.bridge.field_checks import FieldError
from bbia_sim_ros.bridge.values import from_message
from support.odd_messages import Odd
from support.random_messages import message_classes
from support.random_messages import messages
from support.random_messages import walked

_CLASSES = message_classes()
_SLOW = [HealthCheck.too_slow]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
_CBOR_ONLY = (
    st.binary(max_size=9)
    | st.builds(cbor2.CBORTag, st.integers(0, 100), st.binary(max_size=9) | st.integers(0, 9))
    | st.just(cbor2.undefined)
    | st.integers(2**70, 2**80)
    | st.dates()
    | st.lists(st.binary(max_size=2), max_size=3)
)


@settings(max_examples=200, deadline=None, suppress_health_check=_SLOW)
@given(st.data())
def test_json_and_cbor_of_a_message_make_the_same_message_again(data: st.DataObject) -> None:
    class_ = data.draw(st.sampled_from(_CLASSES))
    message = data.draw(messages(class_))
    raw = bytes(serialize_message(message))
    expected = walked(message)
    from_json = to_message(class_, json.loads(json.dumps(expected)))
    tree = cbor2.loads(cbor2.dumps(compile_decoder(class_, Target.CBOR)(raw)))
    from_cbor = to_message(class_, tree)
    for made in (from_json, from_cbor):
        assert walked(deserialize_message(serialize_message(made), class_)) == expected


def _mutated(draw: st.DrawFn, value: Any) -> Any:
    """Return the value with something in it replaced by anything."""
    if draw(st.integers(0, 5)) == 0:
        return draw(_JSON | _CBOR_ONLY)
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: _mutated(draw, value[name])}
    if isinstance(value, list) and value:
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], _mutated(draw, value[index]), *value[index + 1 :]]
    return draw(_JSON | _CBOR_ONLY)


@st.composite
def _nearly_right(draw: st.DrawFn) -> tuple[type[Any], Any]:
    class_ = draw(st.sampled_from(_CLASSES))
    return class_, _mutated(draw, walked(draw(messages(class_))))


@settings(max_examples=500, deadline=None, suppress_health_check=_SLOW)
@given(_nearly_right())
def test_whatever_comes_is_a_message_that_serialises_or_a_field_error(
    case: tuple[type[Any], Any],
) -> None:
    class_, value = case
    try:
        message = to_message(class_, value)
    except FieldError:
        return
    again = deserialize_message(serialize_message(message), class_)
    assert from_message(again) == from_message(message)


@pytest.mark.parametrize(
    ('class_', 'value', 'expected'),
    [
        (JointState, 3, 'expected an object for a sensor_msgs/msg/JointState, got 3'),
        (JointState, None, 'got null'),
        (JointState, {'positon': []}, "field 'positon': .* did you mean 'position'?"),
        (JointState, {3: []}, "field '3': .* It has: header, name, position, velocity, effort"),
        (JointState, {'position': 3.0}, "field 'position': expected a list of double, got 3.0"),
        (JointState, {'position': [0, 1, 2, 'abc']}, r"'position\[3\]': .* a number, got 'abc'"),
        (JointState, {'position': [0, True]}, r"'position\[1\]': expected a number, got true"),
        (JointState, {'position': [10**400]}, r"'position\[0\]': an integer of 1329 bits is too"),
        (JointState, {'name': 'abc'}, "'name': expected a list of string, got 'abc'"),
        (JointState, {'name': [b'abc']}, r"'name\[0\]': expected a string, got a byte string of 3"),
        (JointState, {'name': ['a\0b']}, r"'name\[0\]': a string must not hold a zero"),
        (JointState, {'name': ['\ud800']}, r"'name\[0\]': not a Unicode text"),
        (
            JointState,
            {'header': {'stamp': {'sec': 2**31}}},
            "stamp.sec': 2147483648 is not",
        ),
        (JointState, {'header': {'stamp': {'nanosec': -1}}}, 'within 0 to 4294967295'),
        (JointState, {'header': {'stamp': {'sec': 1.5}}}, 'expected an integer, got 1.5'),
        (JointState, {'header': {'stamp': {'sec': True}}}, 'expected an integer, got true'),
        (JointState, {'header': {'stamp': {'secs': 1, 'sec': 1}}}, 'names of ROS 1 and ROS 2'),
        (JointState, {'header': {'seq': 1}}, "'header.seq': a std_msgs/msg/Header has no such"),
        (
            PoseArray,
            {'poses': [{}, {'position': {'x': []}}]},
            r"s\[1\].position.x': .* a list",
        ),
        (PoseWithCovariance, {'covariance': [0.0] * 35}, 'expected 36 elements, got 35'),
        (PoseWithCovariance, {'covariance': {}}, 'got an object'),
        (Image, {'data': '!'}, "'data': not base64"),
        (Image, {'data': 'QUJD\n'}, "'data': not base64"),
        (Image, {'data': 'QUI'}, "'data': not base64"),
        (Image, {'data': [0, 256]}, r"'data\[1\]': 256 is not within 0 to 255"),
        (Image, {'data': [0, 1.5]}, r"'data\[1\]': expected an integer, got 1.5"),
        (Image, {'data': {}}, "'data': expected base64, bytes or integers, got an object"),
        (Image, {'is_bigendian': 256}, "'is_bigendian': 256 is not within 0 to 255"),
        (UUID, {'uuid': [1] * 15}, "'uuid': expected 16 elements, got 15"),
        (Odd, {'some_int8': [1, 2, 3]}, 'expected 2 elements at most, got 3'),
        (Odd, {'some_uint8': 'AAAA'}, 'expected 2 elements at most, got 3'),
        (Odd, {'short': 'abcd'}, 'expected 3 characters at most, got 4'),
        (Odd, {'short': 'éé'}, 'expected 3 characters at most, got 4'),
        (Odd, {'short_wide': 'éééé'}, 'expected 3 characters at most, got 4'),
        (Odd, {'one_boolean': 1}, 'expected true or false, got 1'),
        (Odd, {'many_boolean': [True, 0]}, r"'many_boolean\[1\]': expected true or false, got 0"),
        (Odd, {'one_float': 3.5e38}, 'too large for a 32-bit float'),
        (Odd, {'many_float': [0, 3.5e38]}, r"'many_float\[1\]': 3.5e\+38 is too large"),
        (
            Odd,
            {'many_int16': [0, 2**15]},
            r"\[1\]': 32768 is not within -32768 to 32767",
        ),
        (Odd, {'many_int64': cbor2.CBORTag(86, b'abc')}, '3 bytes are no array of numbers of 8'),
        (Odd, {'many_int64': cbor2.CBORTag(1, b'')}, 'the CBOR tag 1 is not one of an array'),
    ],
)
def test_an_error_names_the_field_and_what_is_expected(
    class_: type[Any], value: Any, expected: str
) -> None:
    with pytest.raises(FieldError, match=expected):
        to_message(class_, value)


def test_missing_fields_have_the_defaults_of_the_type() -> None:
    assert to_message(PoseWithCovariance, {}) == PoseWithCovariance()
    assert to_message(MultiArrayDimension, {'size': 3}) == MultiArrayDimension(size=3)


def test_numbers_may_come_as_each_other_where_nothing_is_lost() -> None:
    assert to_message(Time, {'sec': 3.0}) == Time(sec=3)
    message = to_message(JointState, {'position': [1, None, math.inf]})
    assert message.position[0] == 1.0
    assert math.isnan(message.position[1])
    assert message.position[2] == math.inf


@pytest.mark.parametrize('data', ['AAH/', b'\0\1\xff', [0, 1, 255], cbor2.CBORTag(64, b'\0\1\xff')])
def test_bytes_may_come_as_base64_bytes_integers_or_a_typed_array(data: Any) -> None:
    assert bytes(to_message(Image, {'data': data}).data) == b'\0\1\xff'


@pytest.mark.parametrize('data', [base64.b64encode(bytes(range(16))).decode(), list(range(16))])
def test_arrays_of_fixed_length_come_the_same_ways(data: Any) -> None:
    uuid = to_message(UUID, {'uuid': data})
    assert uuid.uuid.tolist() == list(range(16))
    assert uuid.uuid.dtype == np.uint8


@pytest.mark.parametrize(
    ('tag', 'code'),
    [(69, '<u2'), (65, '>u2'), (72, 'i1'), (78, '<i4'), (75, '>i8'), (85, '<f4'), (82, '>f8')],
)
def test_typed_arrays_of_any_kind_fill_an_array_of_numbers(tag: int, code: str) -> None:
    numbers = np.array([1, 2, 3], code)
    message = to_message(JointState, {'position': cbor2.CBORTag(tag, numbers.tobytes())})
    assert list(message.position) == [1.0, 2.0, 3.0]


def test_a_typed_array_must_fit_its_field() -> None:
    numbers = cbor2.CBORTag(79, np.array([1, 2**40, 3], '<i8').tobytes())
    assert list(to_message(Odd, {'many_int64': numbers}).many_int64) == [1, 2**40, 3]
    assert list(to_message(Odd, {'three_int64': numbers}).three_int64) == [1, 2**40, 3]
    with pytest.raises(FieldError, match='expected 2 elements at most, got 3'):
        to_message(Odd, {'some_int64': numbers})
    with pytest.raises(FieldError, match=r"'many_int32\[1\]': 1099511627776 is not within"):
        to_message(Odd, {'many_int32': numbers})


def test_times_may_have_the_names_of_ros_1() -> None:
    assert to_message(Time, {'secs': 1, 'nsecs': 2}) == Time(sec=1, nanosec=2)
    assert to_message(Duration, {'secs': -1, 'nanosec': 2}) == Duration(sec=-1, nanosec=2)


def test_a_header_without_a_stamp_and_now_get_the_present_time() -> None:
    def now() -> int:
        return 1_500_000_000

    present = Time(sec=1, nanosec=500_000_000)
    assert to_message(Header, {'frame_id': 'a'}, now=now).stamp == present
    assert to_message(Header, {'stamp': 'now'}, now=now).stamp == present
    assert to_message(Header, {'stamp': {}}, now=now).stamp == Time()
    assert to_message(JointState, {'header': {}}, now=now).header.stamp == present
    assert to_message(JointState, {}, now=now).header.stamp == Time()
    with pytest.raises(FieldError, match="got 'now'"):
        to_message(Duration, 'now', now=now)


def test_the_number_of_messages_in_arrays_is_bounded() -> None:
    # A pose is three messages: itself, its position and its orientation.
    value = {'poses': [{}] * 10}
    assert len(to_message(PoseArray, value, max_messages=30).poses) == 10
    with pytest.raises(FieldError, match="'poses': there are more than 29 messages"):
        to_message(PoseArray, value, max_messages=29)
    assert to_message(PoseWithCovarianceStamped, {}, max_messages=0) == PoseWithCovarianceStamped()


def test_an_error_stays_short_however_large_the_value_is() -> None:
    for value in ('x' * 10_000, {'x' * 10_000: 1}, {'position': ['x' * 10_000]}, [0] * 10_000):
        with pytest.raises(FieldError) as raised:
            to_message(JointState, value)
        assert len(str(raised.value)) < 300
