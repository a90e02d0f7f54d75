"""Geometry of the head's Stewart platform, read from the official kinematics data.

Contract
    ``load_geometry`` reads ``kinematics_data.json`` of the official wheel once and checks it; the
    result is immutable. Lengths in metres. No state, safe from any thread.

Frames
    *body frame*: origin of ``base_link``, turning with the body. *motor frame* k: z = axis of
    crank k, x = direction of the crank at angle 0. *head frame*: the head's own frame
    (``head_link``), which coincides with ``head_neutral`` when the head is neutral.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import FloatArray

_RIGID_TOLERANCE = 1e-4


class GeometryError(ValueError):
    """The kinematics data cannot be used; the message names the file, the field and the remedy."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StewartGeometry:
    """Constants of six legs, arrays in the order stewart_1 .. stewart_6, all read-only.

    Attributes
    ----------
    arm_length_m:
        Crank length: crank axis to lower ball.
    rod_length_m:
        Rod length: lower ball to upper ball.
    head_height_m:
        Height of the neutral head above ``base_link``.
    motor_from_body:
        (6, 4, 4) maps a point of the body frame into motor frame k.
    ball_in_head:
        (6, 3) upper ball in the head frame, m.
    knee_sign:
        (6,) +1 or -1, which of the two closed-form crank angles the robot is assembled with.

    """

    arm_length_m: float
    rod_length_m: float
    head_height_m: float
    motor_from_body: FloatArray
    ball_in_head: FloatArray
    knee_sign: FloatArray

    def __post_init__(self) -> None:
        """Freeze the arrays after checking their shapes, else :class:`GeometryError`."""
        shapes = {'motor_from_body': (6, 4, 4), 'ball_in_head': (6, 3), 'knee_sign': (6,)}
        for name, shape in shapes.items():
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != shape or not np.isfinite(array).all():
                raise GeometryError(f'{name} must be finite with shape {shape}, not {array.shape}')
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        for name in ('arm_length_m', 'rod_length_m', 'head_height_m'):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise GeometryError(f'{name} is {value}; a length between 0 and 1 m is expected')
        if not np.isin(self.knee_sign, (-1.0, 1.0)).all():
            raise GeometryError(f'knee_sign must be +1 or -1 for each leg, not {self.knee_sign}')
        rotations = self.motor_from_body[:, :3, :3]
        excess = np.abs(rotations @ rotations.transpose(0, 2, 1) - np.eye(3)).max()
        if excess > _RIGID_TOLERANCE or (np.linalg.det(rotations) < 0.0).any():
            raise GeometryError('motor_from_body must hold rigid transforms (rotation, no scale)')

    @property
    def ball_radius_m(self) -> float:
        """Mean distance of the upper balls from the head's vertical axis."""
        return float(np.linalg.norm(self.ball_in_head[:, :2], axis=1).mean())


def load_geometry(path: str | Path) -> StewartGeometry:
    """Read and check ``kinematics_data.json``.

    Raises
    ------
    GeometryError
        The file is missing, is not JSON, or lacks a field or holds a value of the wrong kind.

    """
    remedy = 'Use assets/kinematics_data.json of the official reachy-mini wheel.'
    try:
        data = json.loads(Path(path).read_text(encoding='utf-8'))
    except OSError as error:
        raise GeometryError(f'cannot read {path}: {error.strerror}. {remedy}') from error
    except ValueError as error:
        raise GeometryError(f'{path} is not valid JSON ({error}). {remedy}') from error
    try:
        return _parse(data)
    except KeyError as error:
        raise GeometryError(f'{path}: field {error} is missing. {remedy}') from error
    except (TypeError, ValueError) as error:
        raise GeometryError(f'{path}: {error}. {remedy}') from error


def _parse(data: Any) -> StewartGeometry:
    if not isinstance(data, dict):
        raise GeometryError(f'a JSON object is expected, not {type(data).__name__}')
    motors = {str(motor['name']): motor for motor in data['motors']}
    missing = [name for name in LEG_JOINTS if name not in motors]
    if missing:
        raise GeometryError(f'no entry in "motors" for {", ".join(missing)}')
    legs = [motors[name] for name in LEG_JOINTS]
    return StewartGeometry(
        arm_length_m=float(data['motor_arm_length']),
        rod_length_m=float(data['rod_length']),
        head_height_m=float(data['head_z_offset']),
        motor_from_body=np.array([leg['T_motor_world'] for leg in legs], dtype=np.float64),
        ball_in_head=np.array([leg['branch_position'] for leg in legs], dtype=np.float64),
        knee_sign=np.array([1.0 if int(leg['solution']) else -1.0 for leg in legs]),
    )
