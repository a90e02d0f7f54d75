"""What a person should know about the real robot, as plain findings for `/diagnostics`."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from bbia_sim_ros.hardware.link_state import LinkState
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray

# On a smooth path the daemon's pose is within 0.1 mm of ours; these are far outside of that.
POSE_TOLERANCE_M = 0.005
POSE_TOLERANCE_RAD = math.radians(3.0)


class Severity(enum.Enum):
    """How bad a finding is."""

    OK = enum.auto()
    WARN = enum.auto()
    ERROR = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a diagnosis: its name, how bad it is, a sentence, and values to look at."""

    name: str
    severity: Severity
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


def diagnose(
    state: LinkState,
    kinematics: Kinematics,
    *,
    address: str,
    absent: bool,
    why: str,
    obedience: str,
    motors: Motors,
    now: float,
) -> tuple[Finding, ...]:
    """Return the findings about connection, motors, obedience and head pose.

    `absent`: the robot cannot be reached or does not tell its state. `why` says why it takes no
    commands, empty when it does. `now` is monotonic, s.
    """
    return (
        _connection(state, address, why if absent else '', now),
        _motors(motors, why, obedience),
        _head_pose(state, kinematics),
    )


def _connection(state: LinkState, address: str, absence: str, now: float) -> Finding:
    values = {
        'address': address,
        'connections': str(state.connection),
        'states received': str(state.states),
        'frames that cannot be read': str(state.bad_frames),
        'targets replaced before they were sent': str(state.overwritten),
    }
    if state.joints is not None:
        values['age of the newest state, s'] = f'{now - state.joints.monotonic:.3f}'
    if state.status is not None:
        status = state.status.message
        values |= {'daemon': status.version, 'kind': status.kind, 'state': status.state}
    if state.bad_frames:
        values['last frame that cannot be read'] = state.last_bad_frame
    severity, message = Severity.OK, 'fresh state'
    if absence:
        severity, message = Severity.ERROR, absence
    elif state.bad_frames:
        severity, message = Severity.WARN, 'the daemon sends frames that cannot be read'
    return Finding(name='connection', severity=severity, message=message, values=values)


def _motors(motors: Motors, why: str, obedience: str) -> Finding:
    severity = Severity.WARN if why or obedience else Severity.OK
    return Finding(
        name='motors',
        severity=severity,
        message=why or obedience or 'the robot follows',
        values={'mode': motors.value},
    )


def _head_pose(state: LinkState, kinematics: Kinematics) -> Finding:
    if state.joints is None or state.head_pose is None:
        return Finding(name='head pose', severity=Severity.OK, message='not reported')
    joints = state.joints.message.joints
    try:
        ours = kinematics.forward(joints[LEGS_SLICE], float(joints[BODY_INDEX]))
    except AssemblyError as error:
        return Finding(name='head pose', severity=Severity.ERROR, message=str(error))
    distance, angle = _difference(ours, state.head_pose.message.pose)
    agrees = distance <= POSE_TOLERANCE_M and angle <= POSE_TOLERANCE_RAD
    return Finding(
        name='head pose',
        severity=Severity.OK if agrees else Severity.WARN,
        message="the daemon's head pose agrees with the measured joints"
        if agrees
        else "the daemon's head pose does not fit the measured joints; ours is published",
        values={
            'distance, mm': f'{1000.0 * distance:.2f}',
            'angle, deg': f'{math.degrees(angle):.2f}',
        },
    )


def _difference(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """Return distance, m, and angle, rad, between two poses; `b` need not be quite rigid."""
    cosine = (float(np.trace(a[:3, :3].T @ b[:3, :3])) - 1.0) / 2.0
    return (
        float(np.linalg.norm(a[:3, 3] - b[:3, 3])),
        math.acos(min(1.0, max(-1.0, cosine))),
    )
