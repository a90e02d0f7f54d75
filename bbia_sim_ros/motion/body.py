"""The body as nine numbers, and the partial goals that move it.

Contract
    A body vector is a (9,) float64 array in the order of ``COORDINATES``: head position x, y, z
    (m) and roll, pitch, yaw (rad, fixed axes) in ``head_neutral``, the antennas (rad, MJCF sign),
    the body yaw (rad). The yaw of the head is continuous, not wrapped: it is the turn that lies
    within ``MAX_RELATIVE_YAW_RAD`` of the body yaw, so it may pass half a turn. Immutable values
    and pure functions, safe from any thread.

Why roll, pitch, yaw and not a quaternion
    The workspace keeps |pitch| below 75 degrees, far from the angles' singularity, and there each
    motion in these coordinates is one a person would make: the horizon stays level when the head
    turns, a turn past 180 degrees goes the way the body can go, layers add, and every limit is a
    plain bound per coordinate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import PoseError
from bbia_sim_ros.robot.poses import checked_pose
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import quaternion_from_rotation

BoolArray = npt.NDArray[np.bool_]

COORDINATES: Final = (
    'x',
    'y',
    'z',
    'roll',
    'pitch',
    'yaw',
    'right_antenna',
    'left_antenna',
    'body_yaw',
)
POSITION: Final = slice(0, 3)
ROTATION: Final = slice(3, 6)
HEAD: Final = slice(0, 6)
PITCH: Final = 4
YAW: Final = 5
ANTENNAS: Final = slice(6, 8)
BODY_YAW: Final = 8
MAX_HEAD_YAW_RAD: Final = MAX_BODY_YAW_RAD + MAX_RELATIVE_YAW_RAD


def mask_of(*, head: bool = False, antennas: bool = False, body_yaw: bool = False) -> BoolArray:
    """Return the (9,) mask that is true for the coordinates of the parts named."""
    mask = np.zeros(9, dtype=np.bool_)
    mask[HEAD], mask[ANTENNAS], mask[BODY_YAW] = head, antennas, body_yaw
    mask.flags.writeable = False
    return mask


WHOLE_BODY: Final = mask_of(head=True, antennas=True, body_yaw=True)


class GoalError(ValueError):
    """A goal that cannot be taken; the message says which value, why, and what is allowed."""


def nearest_turn(yaw: float, near: float) -> float:
    """Return ``yaw`` (rad) plus whole turns: nearest to ``near``, within the head's reach."""
    turn = 2.0 * math.pi
    unwrapped = yaw + turn * round((near - yaw) / turn)
    if abs(unwrapped) > MAX_HEAD_YAW_RAD:
        unwrapped -= math.copysign(turn, unwrapped)
    return unwrapped


def follow_with_body(yaw: float, body_yaw: float, reach: float = MAX_RELATIVE_YAW_RAD) -> float:
    """Return the body yaw nearest to ``body_yaw`` from which the head can look to ``yaw`` (rad)."""
    near = min(max(body_yaw, yaw - reach), yaw + reach)
    return min(max(near, -MAX_BODY_YAW_RAD), MAX_BODY_YAW_RAD)


@dataclass(frozen=True, eq=False)
class BodyState:
    """One posture of the whole body; ``values`` is a read-only body vector."""

    values: FloatArray

    def __post_init__(self) -> None:
        """Copy and freeze the values; anything but nine finite numbers raises GoalError."""
        values = np.array(self.values, dtype=np.float64)
        if values.shape != (9,) or not np.isfinite(values).all():
            raise GoalError(f'a body state is nine finite numbers, not {values.tolist()}')
        values.flags.writeable = False
        object.__setattr__(self, 'values', values)

    @classmethod
    def from_parts(
        cls, *, head_pose: FloatArray, antennas: Sequence[float], body_yaw: float
    ) -> BodyState:
        """Build from a 4x4 head pose (m), antennas (right, left; rad) and body yaw (rad)."""
        roll, pitch, yaw = euler_from_rotation(head_pose)
        yaw = nearest_turn(yaw, body_yaw)
        return cls(np.array([*head_pose[:3, 3], roll, pitch, yaw, *antennas, body_yaw]))

    @property
    def head_pose(self) -> FloatArray:
        """The head pose as a 4x4 matrix (m) in ``head_neutral``."""
        return head_pose_of(self.values)

    @property
    def position(self) -> tuple[float, float, float]:
        """The head position x, y, z (m) in ``head_neutral``."""
        x, y, z = self.values[POSITION].tolist()
        return x, y, z

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """The head orientation as a unit quaternion x, y, z, w."""
        return quaternion_from_rotation(self.head_pose)

    @property
    def antennas(self) -> tuple[float, float]:
        """The antennas (right, left) in rad, MJCF sign."""
        return float(self.values[6]), float(self.values[7])

    @property
    def body_yaw(self) -> float:
        """The body yaw in rad, + = left."""
        return float(self.values[BODY_YAW])


NEUTRAL: Final = BodyState(np.array([0.0] * 6 + [*NEUTRAL_ANTENNAS_RAD, 0.0]))


def head_pose_of(values: FloatArray) -> FloatArray:
    """Return the 4x4 head pose (m) of a body vector."""
    x, y, z, roll, pitch, yaw = values[HEAD].tolist()
    return pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)


def angle_between(first: FloatArray, second: FloatArray) -> float:
    """Return the angle (rad) of the rotation that leads from one 4x4 head pose to the other."""
    cosine = (float(np.sum(first[:3, :3] * second[:3, :3])) - 1.0) / 2.0
    return math.acos(min(1.0, max(-1.0, cosine)))


@dataclass(frozen=True, eq=False)
class BodyGoal:
    """Where some parts of the body should be; a part that is None stays as it is.

    ``head_pose``: 4x4, metres, in ``head_neutral``. ``antennas``: (right, left) rad within +-pi.
    ``body_yaw``: rad within +-160 degrees. Construction raises GoalError for an empty goal, wrong
    shapes, numbers that are not finite, matrices that are not rigid, and angles out of range.
    """

    head_pose: FloatArray | None = None
    antennas: tuple[float, float] | None = None
    body_yaw: float | None = None

    def __post_init__(self) -> None:
        """Validate all parts; see the class."""
        if self.head_pose is None and self.antennas is None and self.body_yaw is None:
            raise GoalError('the goal is empty; give the head, the antennas or the body yaw')
        if self.head_pose is not None:
            try:
                object.__setattr__(self, 'head_pose', checked_pose(self.head_pose))
            except PoseError as error:
                raise GoalError(str(error)) from error
        if self.antennas is not None:
            if len(self.antennas) != 2:
                raise GoalError(f'antennas are two angles (right, left), not {self.antennas!r}')
            for side, angle in zip(('right', 'left'), self.antennas, strict=True):
                _check_angle(f'{side} antenna', angle, math.pi)
        if self.body_yaw is not None:
            _check_angle('body yaw', self.body_yaw, MAX_BODY_YAW_RAD)

    @property
    def mask(self) -> BoolArray:
        """Which coordinates the goal names."""
        return mask_of(
            head=self.head_pose is not None,
            antennas=self.antennas is not None,
            body_yaw=self.body_yaw is not None,
        )

    def resolve(self, current: FloatArray) -> tuple[FloatArray, BoolArray, tuple[str, ...]]:
        """Return the whole body vector aimed at, the coordinates that move, and notes on changes.

        Parts that the goal leaves out are taken from ``current``. A head that is told to look
        further round than the body allows takes the body along, which is noted.
        """
        values, mask = current.copy(), self.mask.copy()
        notes: tuple[str, ...] = ()
        if self.antennas is not None:
            values[ANTENNAS] = self.antennas
        if self.body_yaw is not None:
            values[BODY_YAW] = self.body_yaw
        if self.head_pose is not None:
            roll, pitch, yaw = euler_from_rotation(self.head_pose)
            yaw = nearest_turn(yaw, float(values[BODY_YAW]))
            values[POSITION] = self.head_pose[:3, 3]
            values[ROTATION] = roll, pitch, yaw
            follow = follow_with_body(yaw, float(values[BODY_YAW]))
            if self.body_yaw is None and follow != values[BODY_YAW]:
                values[BODY_YAW] = follow
                mask[BODY_YAW] = True
                notes = (f'body turns to {math.degrees(follow):.0f} deg so that the head reaches',)
        return values, mask, notes


def _check_angle(name: str, angle: float, limit: float) -> None:
    if not math.isfinite(angle) or abs(angle) > limit + 1e-9:
        raise GoalError(
            f'{name} is {angle} rad; allowed is -{limit:.3f} .. {limit:.3f} '
            f'({math.degrees(limit):.0f} degrees either way)'
        )
