"""Frames of clients become operations, or an error that names the field."""

import contextlib
import json

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.bridge import operations
from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.operations import OPERATIONS
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.protocol import MAX_DEPTH
from bbia_sim_ros.bridge.protocol import ProtocolError
from bbia_sim_ros.bridge.protocol import decode
from bbia_sim_ros.bridge.protocol import encode
from bbia_sim_ros.bridge.protocol import operation_name
from bbia_sim_ros.bridge.protocol import parse
from bbia_sim_ros.bridge.protocol import status

# The least that each operation needs.
SMALLEST = {
    'advertise': {'topic': '/t', 'type': 'std_msgs/String'},
    'unadvertise': {'topic': '/t'},
    'publish': {'topic': '/t', 'msg': {}},
    'subscribe': {'topic': '/t'},
    'unsubscribe': {'topic': '/t'},
    'call_service': {'service': '/s'},
    'advertise_service': {'service': '/s', 'type': 'std_srvs/srv/Trigger'},
    'unadvertise_service': {'service': '/s'},
    'service_response': {'service': '/s', 'result': True},
    'send_action_goal': {'action': '/a', 'action_type': 'bbia_msgs/action/GoTo'},
    'cancel_action_goal': {'action': '/a'},
    'advertise_action': {'action': '/a', 'type': 'bbia_msgs/GoTo'},
    'unadvertise_action': {'action': '/a'},
    'action_feedback': {'action': '/a'},
    'action_result': {'action': '/a', 'result': False},
    'fragment': {'data': '', 'num': 0, 'total': 1},
    'png': {'data': ''},
    'status': {},
    'set_level': {'level': 'none'},
    'status_level': {'level': 'info'},
    'auth': {},
}


def test_every_operation_has_an_example_here() -> None:
    assert set(SMALLEST) == set(OPERATIONS)


@pytest.mark.parametrize('name', OPERATIONS)
def test_an_operation_is_read_from_its_required_fields(name: str) -> None:
    operation = parse({'op': name, 'id': 'x', **SMALLEST[name]})
    assert type(operation) is OPERATIONS[name]
    assert operation.id == 'x'


@pytest.mark.parametrize('name', OPERATIONS)
def test_a_missing_field_is_named(name: str) -> None:
    for field in SMALLEST[name]:
        rest = {key: value for key, value in SMALLEST[name].items() if key != field}
        with pytest.raises(ProtocolError, match=f"{name}: field '{field}' is missing") as caught:
            parse({'op': name, 'id': 7, **rest})
        assert caught.value.id == 7


def test_all_options_of_a_subscription_are_read() -> None:
    operation = parse(
        {
            'op': 'subscribe',
            'topic': 'joint_states',
            'type': 'sensor_msgs/JointState',
            'throttle_rate': 50.0,
            'queue_length': 3,
            'fragment_size': 1000,
            'compression': 'cbor-raw',
            'qos': {'reliability': 'best_effort', 'durability': None, 'depth': 5},
        }
    )
    assert operation == operations.Subscribe(
        topic='joint_states',
        type='sensor_msgs/JointState',
        throttle_rate=50,
        queue_length=3,
        fragment_size=1000,
        compression=Encoding.CBOR_RAW,
        qos=operations.QosRequest(reliability='best_effort', depth=5),
    )


@pytest.mark.parametrize(
    ('op', 'field', 'value', 'why'),
    [
        ('subscribe', 'topic', 3, 'not a string'),
        ('subscribe', 'topic', 'a b', 'not a name'),
        ('subscribe', 'topic', '', 'not a name'),
        ('subscribe', 'topic', '/a' * 400, 'not a name'),
        ('subscribe', 'type', 'String', 'not a type'),
        ('subscribe', 'throttle_rate', -1, 'outside'),
        ('subscribe', 'throttle_rate', 0.5, 'not a whole number'),
        ('subscribe', 'throttle_rate', True, 'not a whole number'),
        ('subscribe', 'queue_length', '1', 'not a whole number'),
        ('subscribe', 'fragment_size', 0, 'outside'),
        ('subscribe', 'compression', 'zip', 'not one of none, cbor'),
        ('subscribe', 'qos', 3, 'not an object'),
        ('subscribe', 'qos', {'reliability': 'maybe'}, "field 'reliability'"),
        ('subscribe', 'qos', {'depth': 0}, "field 'depth'"),
        ('advertise', 'type', '', 'is needed'),
        ('advertise', 'latch', 'yes', 'not true or false'),
        ('call_service', 'timeout', float('nan'), 'not a finite number'),
        ('service_response', 'result', 1, 'not true or false'),
        ('action_result', 'status', 9, 'outside'),
        ('set_level', 'level', 'loud', 'not one of info'),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    op: str, field: str, value: object, why: str
) -> None:
    with pytest.raises(ProtocolError, match=f"^{op}: field '{field}': .*{why}"):
        parse({'op': op, **SMALLEST[op], field: value})


def test_an_unknown_operation_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProtocolError, match=r'unknown op .*call_service'):
        parse({'op': 'jump'})
    with pytest.raises(ProtocolError, match="'op' is missing"):
        parse({})


@pytest.mark.parametrize('identifier', ['a', 3, None, -(2**63), 2**64 - 1])
def test_an_id_comes_back_as_it_was(identifier: object) -> None:
    assert parse({'op': 'unsubscribe', 'topic': '/t', 'id': identifier}).id == identifier


@pytest.mark.parametrize('identifier', [[1], {}, 1.5, True, 'x' * 300, 2**64, -(2**63) - 1])
def test_an_id_that_is_no_id_is_refused(identifier: object) -> None:
    with pytest.raises(ProtocolError, match="field 'id'") as caught:
        parse({'op': 'unsubscribe', 'topic': '/t', 'id': identifier})
    assert caught.value.id is None


def test_frames_may_be_json_or_cbor() -> None:
    message = {'op': 'unsubscribe', 'topic': '/t'}
    assert decode(json.dumps(message)) == message
    assert decode(json.dumps(message).encode()) == message
    assert decode(cbor2.dumps(message)) == message


@pytest.mark.parametrize(
    'frame', ['', '{', '[]', '3', 'null', '{"op": NaN}', b'', b'\xff', b'\x83\x01\x02', b'{"a"}']
)
def test_what_is_neither_is_refused(frame: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(frame)


def test_nesting_is_bounded() -> None:
    deep = '{"a":' * (MAX_DEPTH + 1) + '1' + '}' * (MAX_DEPTH + 1)
    with pytest.raises(ProtocolError, match=f'deeper than {MAX_DEPTH}'):
        decode(deep)
    with pytest.raises(ProtocolError):
        decode('{"a":' + '[' * 100_000)
    with pytest.raises(ProtocolError):
        decode(b'\x81' * 100_000)
    flat = {'a': [[1]] * MAX_DEPTH}
    assert decode(json.dumps(flat)) == flat


def test_a_reply_has_no_nan() -> None:
    assert json.loads(encode({'a': [float('nan'), float('inf')]})) == {'a': [None, None]}


def test_a_status_is_cut_to_a_bearable_length() -> None:
    message = status(StatusLevel.ERROR, 'x' * 100_000, 'mine')
    assert message['id'] == 'mine'
    assert len(message['msg']) < 2000


def test_an_operation_knows_its_name() -> None:
    assert operation_name(parse({'op': 'status_level', 'level': 'info'})) == 'set_level'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(op=st.sampled_from(sorted(OPERATIONS)), fields=st.data())
def test_any_values_are_an_operation_or_a_protocol_error(op: str, fields: st.DataObject) -> None:
    names = st.sampled_from(['id', *SMALLEST[op], 'args', 'values', 'qos', 'compression', 'type'])
    message = {**SMALLEST[op], **fields.draw(st.dictionaries(names, VALUES)), 'op': op}
    with contextlib.suppress(ProtocolError):
        assert isinstance(parse(message), OPERATIONS[op])


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_frame_is_an_object_or_a_protocol_error(frame: bytes | str) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(decode(frame), dict)
