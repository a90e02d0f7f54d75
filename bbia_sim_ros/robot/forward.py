"""Forward kinematics by Newton's method on the six rod lengths, verified against the assembly.

Contract
    Works in the body frame (poses relative to the neutral head). A pose leaves ``solve`` only if
    it was verified, else ``AssemblyError``. No memory between calls: an answer never depends on an
    earlier one, so a wrong assembly cannot persist. Bounded: ``_MAX_STEPS`` Newton steps per start
    and a fixed list of starts. Immutable after construction, safe from any thread.

Verification
    Six leg angles fit many head poses (head upside down, turned backwards, hanging below the
    cranks). The robot's own is the one where the rods are closed, the inverse kinematics gives the
    same angles back, the determinant of the rods' Plucker lines has the sign it has at neutral (no
    singularity lies between), and the head is upright, looks forward of the body and is above the
    cranks (``MAX_TILT_RAD``, ``MAX_TWIST_RAD``, ``MIN_Z_M``). These bounds were chosen by search:
    for 10 103 poses within the joint ranges, free of contact, 40 random starts each found 14 041
    other assemblies that pass the first three tests, and none of them is within 65 degrees of tilt
    and 90 degrees of twist; the free poses themselves tilt by 58 degrees at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np

from bbia_sim_ros.robot import starts
from bbia_sim_ros.robot.geometry import StewartGeometry
from bbia_sim_ros.robot.names import BoolArray
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import rotation_from_vector

MAX_TILT_RAD = math.radians(65.0)
MAX_TWIST_RAD = math.radians(85.0)
MIN_Z_M = -0.065

_MAX_STEPS = 14
# A rod 6e-11 m too long or short; the answer is then within 1e-9 m and rad.
_CLOSED_M2 = 1e-11
_SAME_ANGLE_RAD = 1e-7
_MAX_MOVE_M = 0.02
_MAX_TURN_RAD = 0.35
_CONTINUATION_STEPS = 12
_TURN_RAD = 2.0 * math.pi
_ONES = np.ones(3)
_COS_MAX_TILT = math.cos(MAX_TILT_RAD)
_TAN_SIGN = math.cos(MAX_TWIST_RAD)

InverseKinematics = Callable[[FloatArray], list[float]]
InverseBatch = Callable[[FloatArray], FloatArray]


class AssemblyError(ValueError):
    """No head pose of the robot's own assembly fits the leg angles."""


class ForwardSolver:
    """Newton solver in the body frame.

    ``inverse`` is the closed form that verifies it: pose -> six angles, NaN when out of reach;
    ``inverse_batch`` the same for (n, 4, 4) -> (n, 6).
    """

    def __init__(
        self, geometry: StewartGeometry, inverse: InverseKinematics, inverse_batch: InverseBatch
    ) -> None:
        """Precompute the crank circles and fit the starting values."""
        self._inverse = inverse
        self._inverse_batch = inverse_batch
        self._rod_square = geometry.rod_length_m**2
        self._balls = geometry.ball_in_head
        rotation = geometry.motor_from_body[:, :3, :3]
        shift = geometry.motor_from_body[:, :3, 3]
        height = (0.0, 0.0, geometry.head_height_m)
        self._crank_centre = -np.einsum('kji,kj->ki', rotation, shift) - height
        self._crank_cos = geometry.arm_length_m * rotation[:, 0, :]
        self._crank_sin = geometry.arm_length_m * rotation[:, 1, :]
        # b x v for all six balls at once, as one matrix for the stacked vectors v.
        skew = np.zeros((18, 18))
        for k, (x, y, z) in enumerate(self._balls.tolist()):
            skew[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = ((0, -z, y), (z, 0, -x), (-y, x, 0))
        self._ball_cross = skew
        self._ball_radius = geometry.ball_radius_m
        self._rod_length = geometry.rod_length_m
        self._det_scale = 1.0 / (self._rod_length**6 * self._ball_radius**3)
        self._start_map = starts.fit(self._legs_of)

    def _legs_of(self, pose: FloatArray) -> FloatArray | None:
        legs = np.array(self._inverse(pose))
        reached = np.isfinite(legs).all() and self.stiffness(pose, legs) > 0.0
        return legs if reached else None

    # -- one set of angles --------------------------------------------------------------------

    def solve(self, legs: FloatArray, guess: FloatArray | None = None) -> tuple[FloatArray, float]:
        """Return the verified pose (4, 4) in the body frame and its stiffness (see there).

        ``guess`` is tried first if given.
        """
        angles = legs.tolist()
        if legs.shape != (6,) or not all(map(math.isfinite, angles)):
            raise AssemblyError(f'six finite leg angles are needed, not {legs.tolist()}')
        if max(map(abs, angles)) > math.pi:
            legs = legs - _TURN_RAD * np.rint(legs / _TURN_RAD)
            angles = legs.tolist()
        for start in self._starts(legs, guess):
            found = self._newton(legs, start)
            if found is not None and found[1] > 0.0 and self._is_physical(found[0], angles):
                return found
        raise AssemblyError(
            f'no upright head pose fits the leg angles {np.round(legs, 4).tolist()} rad; the legs '
            'cannot be assembled like this'
        )

    def _starts(self, legs: FloatArray, guess: FloatArray | None) -> Iterator[FloatArray]:
        if guess is not None and _is_upright(guess):
            yield guess
        yield starts.predict(self._start_map, legs)
        yield np.eye(4)
        continued = self._continued(legs)
        if continued is not None:
            yield continued
        yield from starts.OTHER_STARTS

    def _continued(self, legs: FloatArray) -> FloatArray | None:
        """Follow the pose while the legs go in a straight line from neutral to ``legs``."""
        neutral = np.array(self._inverse(np.eye(4)))
        pose = np.eye(4)
        for k in range(1, _CONTINUATION_STEPS):
            found = self._newton(neutral + (legs - neutral) * (k / _CONTINUATION_STEPS), pose)
            if found is None:
                return None
            pose = found[0]
        return pose

    def _cranks(self, legs: FloatArray) -> FloatArray:
        c, s = np.cos(legs)[..., None], np.sin(legs)[..., None]
        ends: FloatArray = self._crank_centre + c * self._crank_cos + s * self._crank_sin
        return ends

    def _newton(self, legs: FloatArray, start: FloatArray) -> tuple[FloatArray, float] | None:
        """Return the pose that closes the rods and its stiffness, None if it is not found."""
        ends = self._cranks(legs)
        rotation = start[:3, :3]
        place = start[:3, 3]
        lines = np.empty((6, 6))
        for _ in range(_MAX_STEPS):
            rods = self._balls @ rotation.T
            rods += place - ends
            gap = (rods * rods) @ _ONES
            gap -= self._rod_square
            lines[:, :3] = rods
            lines[:, 3:] = (self._ball_cross @ (rods @ rotation).ravel()).reshape(6, 3)
            if max(map(abs, gap.tolist())) < _CLOSED_M2:
                pose = np.eye(4)
                pose[:3, :3] = rotation
                pose[:3, 3] = place
                return pose, float(np.linalg.det(lines)) * self._det_scale
            try:
                step = np.linalg.solve(lines, -0.5 * gap).tolist()
            except np.linalg.LinAlgError:
                return None
            move, turn = math.hypot(*step[:3]), math.hypot(*step[3:])
            scale = max(move / _MAX_MOVE_M, turn / _MAX_TURN_RAD)
            if scale > 1.0:
                step = [value / scale for value in step]
            place = place + step[:3]
            rotation = rotation @ rotation_from_vector(step[3:])
        return None

    def _is_physical(self, pose: FloatArray, legs: list[float]) -> bool:
        if not _is_upright(pose):
            return False
        for back, leg in zip(self._inverse(pose), legs, strict=True):
            if not abs(math.remainder(back - leg, _TURN_RAD)) <= _SAME_ANGLE_RAD:
                return False
        return True

    def stiffness(self, pose: FloatArray, legs: FloatArray) -> float:
        """Return the determinant of the rods' Plucker lines, without unit.

        About 2.3 at neutral; 0 where the rods no longer hold the head (a singularity); negative
        beyond. Pose and legs in the body frame.
        """
        return float(np.linalg.det(self._lines(pose, legs))) * self._det_scale

    def slackness(self, pose: FloatArray, legs: FloatArray) -> float:
        """Return the Frobenius norm of the inverse of the lines whose determinant is the stiffness.

        See ``Kinematics.slackness``. Pose and legs in the body frame, not at a singularity.
        """
        inverse = np.linalg.inv(self._lines(pose, legs))
        inverse[3:] *= self._ball_radius
        return self._rod_length * math.hypot(*inverse.ravel().tolist())

    def _lines(self, pose: FloatArray, legs: FloatArray) -> FloatArray:
        """Return (6, 6): rods, and their moments about the head's origin in the head frame."""
        rotation = pose[:3, :3]
        rods = self._balls @ rotation.T
        rods += pose[:3, 3] - self._cranks(legs)
        lines = np.empty((6, 6))
        lines[:, :3] = rods
        lines[:, 3:] = (self._ball_cross @ (rods @ rotation).ravel()).reshape(6, 3)
        return lines

    def stiffness_batch(self, poses: FloatArray, legs: FloatArray) -> FloatArray:
        """Return :meth:`stiffness` (n,) for poses (n, 4, 4) and legs (n, 6), NaN for NaN."""
        lines = self._lines_batch(poses[:, :3, :3], poses[:, :3, 3], self._cranks(legs))
        with np.errstate(invalid='ignore'):
            determinants: FloatArray = np.linalg.det(lines) * self._det_scale
        return determinants

    def legs_jacobian(self, pose: FloatArray, legs: FloatArray) -> tuple[FloatArray, float]:
        """Return (6, 6) d(legs) / d(twist) and the stiffness.

        The twist is in the body frame, about the head's origin.
        """
        lines = self._lines(pose, legs)
        stiffness = float(np.linalg.det(lines)) * self._det_scale
        lines[:, 3:] = lines[:, 3:] @ pose[:3, :3].T
        path = np.cos(legs)[:, None] * self._crank_sin - np.sin(legs)[:, None] * self._crank_cos
        jacobian: FloatArray = lines / ((lines[:, :3] * path) @ _ONES)[:, None]
        return jacobian, stiffness

    # -- many sets of angles ------------------------------------------------------------------

    def solve_batch(
        self, legs: FloatArray, guesses: FloatArray | None = None
    ) -> tuple[FloatArray, BoolArray]:
        """Return poses (n, 4, 4) and verified (n,) for legs (n, 6); one start for each row."""
        ends = self._cranks(legs)
        if guesses is None:
            start = starts.predict_batch(self._start_map, legs)
            rotation, place = _rotations_from_vectors(start[:, 3:]), start[:, :3].copy()
        else:
            rotation, place = guesses[:, :3, :3].copy(), guesses[:, :3, 3].copy()
        active = np.arange(len(legs))
        closed = np.zeros(len(legs), dtype=np.bool_)
        stiffness = np.zeros(len(legs))
        for _ in range(_MAX_STEPS):
            lines = self._lines_batch(rotation[active], place[active], ends[active])
            gap = (lines[:, :, :3] ** 2).sum(axis=2) - self._rod_square
            done = np.abs(gap).max(axis=1) < _CLOSED_M2
            closed[active[done]] = True
            stiffness[active[done]] = np.linalg.det(lines[done]) * self._det_scale
            active, lines, gap = active[~done], lines[~done], gap[~done]
            usable = np.abs(np.linalg.det(lines)) * self._det_scale > 1e-12
            active, lines, gap = active[usable], lines[usable], gap[usable]
            if not len(active):
                break
            step = np.linalg.solve(lines, -0.5 * gap[..., None])[..., 0]
            step /= np.maximum(
                1.0,
                np.maximum(
                    np.linalg.norm(step[:, :3], axis=1) / _MAX_MOVE_M,
                    np.linalg.norm(step[:, 3:], axis=1) / _MAX_TURN_RAD,
                ),
            )[:, None]
            place[active] += step[:, :3]
            rotation[active] = rotation[active] @ _rotations_from_vectors(step[:, 3:])
        poses = np.zeros((len(legs), 4, 4))
        poses[:, :3, :3], poses[:, :3, 3], poses[:, 3, 3] = rotation, place, 1.0
        return poses, closed & (stiffness > 0.0) & self._verified_batch(poses, legs)

    def _lines_batch(self, rotation: FloatArray, place: FloatArray, ends: FloatArray) -> FloatArray:
        rods = self._balls @ rotation.transpose(0, 2, 1) + (place[:, None, :] - ends)
        moments = (rods @ rotation).reshape(-1, 18) @ self._ball_cross.T
        return np.concatenate((rods, moments.reshape(-1, 6, 3)), axis=2)

    def _verified_batch(self, poses: FloatArray, legs: FloatArray) -> BoolArray:
        upright = (
            (poses[:, 2, 2] >= _COS_MAX_TILT)
            & (poses[:, 2, 3] >= MIN_Z_M)
            & (poses[:, 0, 0] >= _TAN_SIGN * np.hypot(poses[:, 0, 0], poses[:, 1, 0]))
        )
        back = self._inverse_batch(poses)
        difference = back - legs
        difference -= _TURN_RAD * np.rint(difference / _TURN_RAD)
        same: BoolArray = np.abs(difference).max(axis=1) <= _SAME_ANGLE_RAD
        return same & upright


def _is_upright(pose: FloatArray) -> bool:
    forward = pose[0, 0] >= _TAN_SIGN * math.hypot(pose[0, 0], pose[1, 0])
    return bool(forward and pose[2, 2] >= _COS_MAX_TILT and pose[2, 3] >= MIN_Z_M)


def _rotations_from_vectors(vectors: FloatArray) -> FloatArray:
    """Return (n, 3, 3) for rotation vectors (n, 3) rad, see ``poses.rotation_from_vector``."""
    square = (vectors**2).sum(axis=1)
    angle = np.sqrt(np.maximum(square, 1e-24))
    small = square < 1e-16
    a = np.where(small, 1.0 - square / 6.0, np.sin(angle) / angle)
    b = np.where(small, 0.5 - square / 24.0, (1.0 - np.cos(angle)) / angle**2)
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    skew = np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=1).reshape(-1, 3, 3)
    rotations: FloatArray = np.eye(3) + a[:, None, None] * skew + b[:, None, None] * (skew @ skew)
    return rotations
