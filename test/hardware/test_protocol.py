"""The daemon's messages: signs, order, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.hardware.protocol import HeadPoseMessage
from bbia_sim_ros.hardware.protocol import JointsMessage
from bbia_sim_ros.hardware.protocol import ProtocolError
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.protocol import TaskEndMessage
from bbia_sim_ros.hardware.protocol import antennas_frame
from bbia_sim_ros.hardware.protocol import head_frame
from bbia_sim_ros.hardware.protocol import neutral_task
from bbia_sim_ros.hardware.protocol import parse
from bbia_sim_ros.robot.driver import Motors
from support.scripted_daemon import joints_frame
from support.scripted_daemon import status_fields

JOINTS = np.array([0.1, 0.2, -0.3, 0.4, -0.5, 0.6, -0.7, 0.8, -0.9])
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
kinds = st.sampled_from(['joint_positions', 'head_pose', 'daemon_status', 'task_progress', 'imu'])
names = st.sampled_from(
    [
        *('head_joint_positions', 'antennas_joint_positions', 'head_pose', 'state', 'uuid'),
        *('finished', 'error', 'backend_status', 'version'),
    ]
)


def test_a_joint_state_has_the_order_and_the_signs_of_the_model() -> None:
    message = parse(joints_frame([0.1, 0.2, -0.3, 0.4, -0.5, 0.6, -0.7], (-0.8, 0.9)))
    assert isinstance(message, JointsMessage)
    assert message.joints == pytest.approx(JOINTS)


def test_what_is_sent_comes_back_as_it_was() -> None:
    head = json.loads(head_frame(JOINTS))
    antennas = json.loads(antennas_frame(JOINTS))
    message = parse(joints_frame(head['joints'], antennas['antennas']))
    assert isinstance(message, JointsMessage)
    assert np.array_equal(message.joints, JOINTS)


@pytest.mark.parametrize('frame', [head_frame, antennas_frame])
@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_never_sent(frame: Any, bad: float) -> None:
    joints = JOINTS.copy()
    joints[[0, 7]] = bad
    with pytest.raises(ValueError, match='JSON'):
        frame(joints)


def test_the_way_to_neutral_leaves_nothing_to_the_daemon() -> None:
    request = json.loads(neutral_task('u', duration=1.5, timestamp='t'))['req']
    assert request['body_yaw'] == 0.0
    assert request['head'] == np.eye(4).flatten().tolist()
    assert request['antennas'] == [-0.1745, 0.1745]
    assert request['duration'] == 1.5


@pytest.mark.parametrize(
    ('frame', 'complaint'),
    [
        ('nonsense', 'not JSON'),
        ('[1, 2]', 'not an object'),
        ('{"type": 7}', 'text "type"'),
        (joints_frame([0.0] * 6), r'head_joint_positions has the shape \(6,\), not \(7,\)'),
        (joints_frame([0.0] * 6 + [1e9]), 'beyond'),
        (joints_frame().replace('0.62655', 'null'), 'not finite'),
        (joints_frame().replace('0.62655', '"a"'), 'not a number'),
        ('{"type": "joint_positions"}', 'head_joint_positions'),
        ('{"type": "head_pose", "head_pose": [[1, 2], [3]]}', 'head_pose holds something'),
        ('{"type": "daemon_status"}', 'without a text "state"'),
        ('{"type": "task_progress", "finished": true}', 'without a text "uuid"'),
    ],
)
def test_a_frame_that_cannot_be_read_is_named(frame: str, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        parse(frame)


@given(kind=kinds, fields=st.dictionaries(names, anything, max_size=5))
def test_no_frame_does_more_than_complain(kind: str, fields: dict[str, Any]) -> None:
    try:
        message = parse(json.dumps(fields | {'type': kind}))
    except ProtocolError:
        return
    if isinstance(message, JointsMessage):
        assert np.isfinite(message.joints).all()
    if isinstance(message, HeadPoseMessage):
        assert np.isfinite(message.pose).all()


def test_a_status_tells_state_version_kind_and_motors() -> None:
    disabled = {'motor_control_mode': 'disabled'}
    message = parse(json.dumps(status_fields(backend_status=disabled, simulation_enabled=True)))
    assert message == StatusMessage(
        state='running', version='1.13.0', kind='simulation', motors=Motors.OFF, error=''
    )
    assert message.is_running


@pytest.mark.parametrize('changes', [{'state': 'error'}, {'backend_status': {'error': 'no bus'}}])
def test_a_daemon_that_does_not_drive_its_robot_is_not_running(changes: dict[str, Any]) -> None:
    message = parse(json.dumps(status_fields(**changes)))
    assert isinstance(message, StatusMessage)
    assert not message.is_running


def test_only_the_end_of_a_task_is_told() -> None:
    progress = {'type': 'task_progress', 'uuid': 'u', 'finished': False, 'error': None}
    assert parse(json.dumps(progress)) is None
    assert parse(json.dumps(progress | {'finished': True})) == TaskEndMessage('u', '')
    failed = progress | {'finished': True, 'error': 'fell'}
    assert parse(json.dumps(failed)) == TaskEndMessage('u', 'fell')


def test_kinds_that_the_driver_does_not_use_are_passed_over() -> None:
    assert parse('{"type": "imu_data", "gyroscope": [0, 0, 0]}') is None
