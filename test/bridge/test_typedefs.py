"""Types are described as rosapi does."""

from __future__ import annotations

import pytest

from bbia_sim_ros.bridge import typedefs
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import interfaces


def test_a_message_is_described_with_the_messages_in_it_each_once() -> None:
    described = typedefs.message_details('geometry_msgs/PoseWithCovarianceStamped')
    assert [part['type'] for part in described] == [
        'geometry_msgs/PoseWithCovarianceStamped',
        'std_msgs/Header',
        'builtin_interfaces/Time',
        'geometry_msgs/PoseWithCovariance',
        'geometry_msgs/Pose',
        'geometry_msgs/Point',
        'geometry_msgs/Quaternion',
    ]
    assert described[0] == {
        'type': 'geometry_msgs/PoseWithCovarianceStamped',
        'fieldnames': ['header', 'pose'],
        'fieldtypes': ['std_msgs/Header', 'geometry_msgs/PoseWithCovariance'],
        'fieldarraylen': [-1, -1],
        'examples': ['{}', '{}'],
        'constnames': [],
        'constvalues': [],
    }
    assert described[3]['fieldarraylen'] == [-1, 36]
    assert described[2]['fieldtypes'] == ['int32', 'uint32']
    assert described[6]['examples'] == ['0.0', '0.0', '0.0', '1.0']


def test_constants_and_arrays_are_described() -> None:
    (status, pair) = typedefs.message_details('diagnostic_msgs/DiagnosticStatus')
    assert dict(zip(status['constnames'], status['constvalues'], strict=True)) == {
        'OK': '0',
        'WARN': '1',
        'ERROR': '2',
        'STALE': '3',
    }
    assert dict(zip(status['fieldnames'], status['fieldtypes'], strict=True)) == {
        'level': 'octet',
        'name': 'string',
        'message': 'string',
        'hardware_id': 'string',
        'values': 'diagnostic_msgs/KeyValue',
    }
    assert status['fieldarraylen'] == [-1, -1, -1, -1, 0]
    assert pair['fieldnames'] == ['key', 'value']


def test_a_bounded_sequence_is_an_array_and_defaults_are_no_constants() -> None:
    descriptor, *_ = typedefs.message_details('rcl_interfaces/ParameterDescriptor')
    lengths = dict(zip(descriptor['fieldnames'], descriptor['fieldarraylen'], strict=True))
    assert lengths['integer_range'] == 0
    assert descriptor['constnames'] == []


def test_both_sides_of_a_service_are_described() -> None:
    (request,) = typedefs.service_request_details('std_srvs/SetBool')
    (response,) = typedefs.service_response_details('std_srvs/srv/SetBool')
    assert request['type'] == 'std_srvs/SetBool_Request'
    assert request['fieldnames'] == ['data']
    assert request['examples'] == ['False']
    assert response['fieldtypes'] == ['boolean', 'string']
    assert typedefs.service_request_details('std_srvs/Trigger')[0]['fieldnames'] == []


def test_the_three_parts_of_an_action_are_described() -> None:
    details = (
        typedefs.action_goal_details,
        typedefs.action_result_details,
        typedefs.action_feedback_details,
    )
    names = [describe('bbia_msgs/action/PlayEmotion')[0]['type'] for describe in details]
    parts = ('Goal', 'Result', 'Feedback')
    assert names == [f'bbia_msgs/PlayEmotion_{part}' for part in parts]


def test_every_installed_type_can_be_described_and_every_nested_type_is_among_them() -> None:
    for name in interfaces('msg'):
        described = typedefs.message_details(name)
        types = {part['type'] for part in described}
        assert len(types) == len(described)
        for part in described:
            assert {kind for kind in part['fieldtypes'] if '/' in kind} <= types
            lists = [part[key] for key in ('fieldtypes', 'fieldarraylen', 'examples')]
            assert all(len(values) == len(part['fieldnames']) for values in lists)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownInterface, match='close: Header'):
        typedefs.message_details('std_msgs/Heder')
