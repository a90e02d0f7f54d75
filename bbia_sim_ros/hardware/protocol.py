"""The daemon's WebSocket messages, and nothing else: text frames in, values out, and back.

Pure. This is the only place that knows the daemon's signs and orders: it calls the body joint
`body_rotation` and puts it before the legs, lists the antennas right before left, and turns both
antennas against the sign of the MJCF. Angles in rad, lengths in m, `head_pose` in `head_neutral`.
Observed on the daemon 1.13.0. Its messages bear no time; the receiver stamps them on arrival.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray

RUNNING = 'running'
# A joint that claims more turns than this was not measured.
LARGEST_RAD = 50.0
_HEAD_JOINTS = 7
_MODES = {
    'enabled': Motors.ON,
    'disabled': Motors.OFF,
    'gravity_compensation': Motors.COMPLIANT,
}
MODE_NAMES = {motors: name for name, motors in _MODES.items()}


class ProtocolError(ValueError):
    """A frame that is not what the daemon sends; says what is wrong with it."""


@dataclass(frozen=True, eq=False)
class JointsMessage:
    """Measured joints (9,) in the order and with the signs of `ACTUATED_JOINTS`, rad."""

    joints: FloatArray


@dataclass(frozen=True, eq=False)
class HeadPoseMessage:
    """The daemon's own head pose (4, 4), which may be of a wrong assembly."""

    pose: FloatArray


@dataclass(frozen=True, kw_only=True)
class StatusMessage:
    """What the daemon says of itself once a second; `motors` is None where it does not say."""

    state: str
    version: str
    kind: str
    motors: Motors | None
    error: str

    @property
    def is_running(self) -> bool:
        """Whether it drives its robot."""
        return self.state == RUNNING and not self.error


@dataclass(frozen=True)
class TaskEndMessage:
    """The end of a task asked for with `neutral_task`; `error` is empty when it was done."""

    uuid: str
    error: str


Message = JointsMessage | HeadPoseMessage | StatusMessage | TaskEndMessage


def parse(frame: bytes | str) -> Message | None:
    """Return the message of a frame, None for a kind that the driver does not use.

    Raises `ProtocolError` for what is not JSON or lacks what its kind must have.
    """
    try:
        fields = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise ProtocolError(f'not JSON: {error}') from error
    if not isinstance(fields, dict) or not isinstance(fields.get('type'), str):
        raise ProtocolError('not an object with a text "type"')
    reader = _READERS.get(fields['type'])
    return None if reader is None else reader(fields)


def status_message(fields: Mapping[str, Any]) -> StatusMessage:
    """Return the daemon's status, which its WebSocket and its REST interface tell alike.

    Raises `ProtocolError` when it lacks what it must have.
    """
    if not isinstance(fields.get('state'), str):
        raise ProtocolError('daemon_status without a text "state"')
    backend = fields.get('backend_status')
    if not isinstance(backend, dict):
        backend = {}
    if fields.get('mockup_sim_enabled'):
        kind = 'mockup'
    elif fields.get('simulation_enabled'):
        kind = 'simulation'
    else:
        kind = 'robot'
    return StatusMessage(
        state=fields['state'],
        version=str(fields.get('version') or 'unknown'),
        kind=kind,
        motors=motors_of(backend.get('motor_control_mode')),
        error=str(fields.get('error') or backend.get('error') or ''),
    )


def motors_of(mode: object) -> Motors | None:
    """Return the motors' state for the daemon's name of it, None for an unknown one."""
    return _MODES.get(mode) if isinstance(mode, str) else None


def head_frame(joints: FloatArray) -> str:
    """Return the frame that sets body yaw and legs from joints (9,), past the daemon's own IK.

    Past it, because that IK can wedge, silently drops what it cannot reach, and turns the body by
    itself. Raises ValueError when a joint is not finite.
    """
    return _frame(type='set_head_joints', joints=joints[:_HEAD_JOINTS].tolist())


def antennas_frame(joints: FloatArray) -> str:
    """Return the frame that sets the antennas from joints (9,); ValueError when not finite."""
    return _frame(type='set_antennas', antennas=(-joints[ANTENNAS_SLICE]).tolist())


def neutral_task(uuid: str, *, duration: float, timestamp: str) -> str:
    """Return the frame that makes the daemon itself go to the neutral pose in `duration` s."""
    request = {
        'head': NEUTRAL_HEAD_POSE.flatten().tolist(),
        'antennas': [-angle for angle in NEUTRAL_ANTENNAS_RAD],
        'duration': duration,
        'method': 'minjerk',
        'body_yaw': 0.0,
    }
    return _frame(type='task', uuid=uuid, timestamp=timestamp, req=request)


def stop_move_frame() -> str:
    """Return the frame that ends whatever move the daemon plays by itself."""
    return _frame(type='stop_move')


def _frame(**fields: Any) -> str:
    # A bare NaN would be taken by the daemon's parser, and its robot would drop its head.
    return json.dumps(fields, allow_nan=False)


def _numbers(fields: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> FloatArray:
    try:
        values = np.array(fields.get(name), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f'{name} holds something that is not a number') from error
    if values.shape != shape:
        raise ProtocolError(f'{name} has the shape {values.shape}, not {shape}')
    if not np.isfinite(values).all():
        raise ProtocolError(f'{name} holds a number that is not finite')
    return values


def _joints(fields: Mapping[str, Any]) -> JointsMessage:
    joints = np.empty(9)
    joints[:_HEAD_JOINTS] = _numbers(fields, 'head_joint_positions', (_HEAD_JOINTS,))
    joints[ANTENNAS_SLICE] = -_numbers(fields, 'antennas_joint_positions', (2,))
    if np.abs(joints).max() > LARGEST_RAD:
        raise ProtocolError(f'a joint is beyond +-{LARGEST_RAD:g} rad')
    return JointsMessage(joints)


def _head_pose(fields: Mapping[str, Any]) -> HeadPoseMessage:
    return HeadPoseMessage(_numbers(fields, 'head_pose', (4, 4)))


def _task_end(fields: Mapping[str, Any]) -> TaskEndMessage | None:
    if not isinstance(fields.get('uuid'), str):
        raise ProtocolError('task_progress without a text "uuid"')
    if not fields.get('finished'):
        return None
    return TaskEndMessage(fields['uuid'], str(fields.get('error') or ''))


_READERS: dict[str, Callable[[Mapping[str, Any]], Message | None]] = {
    'joint_positions': _joints,
    'head_pose': _head_pose,
    'daemon_status': status_message,
    'task_progress': _task_end,
}
