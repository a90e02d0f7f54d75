"""Closed-form inverse kinematics, Jacobian and verified forward kinematics of the head.

Contract
    ``Kinematics`` is immutable after construction and safe from any thread. Leg vectors are (6,)
    rad in the order stewart_1 .. stewart_6 with the MJCF's sign; head poses are 4x4, metres, in
    ``head_neutral``; body yaw is rad, + = left. Joint ranges and contact are not checked here,
    see ``workspace``. Inputs are trusted to be rigid matrices, see ``poses.checked_pose``.

Method
    For upper ball P of a leg, expressed in its motor frame (z = crank axis), the crank angle is
    q = atan2(Py, Px) + s acos((P.P + r^2 - L^2) / (2 r hypot(Px, Py))), with crank length r, rod
    length L and knee side s. P is linear in the pose, so one constant matrix maps the pose's
    twelve numbers to the eighteen coordinates of all six balls.
"""

from __future__ import annotations

import math

import numpy as np

from bbia_sim_ros.robot.forward import ForwardSolver
from bbia_sim_ros.robot.geometry import StewartGeometry
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import BoolArray
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.passive import PassiveChain

_TURN_RAD = 2.0 * math.pi
_TINY_M = 1e-18
_CHUNK = 2048


class UnreachablePose(ValueError):
    """No crank angle puts these rods on the head; ``legs`` names the joints concerned."""

    def __init__(self, message: str, legs: tuple[str, ...]) -> None:
        """Keep the names of the legs that cannot reach next to the message."""
        super().__init__(message)
        self.legs = legs


class Kinematics:
    """Kinematics of one head; see the module docstring for units and frames."""

    def __init__(self, geometry: StewartGeometry) -> None:
        """Precompute the constant matrices from ``geometry``."""
        self.geometry = geometry
        r, rod = geometry.arm_length_m, geometry.rod_length_m
        self._two_r = 2.0 * r
        self._offset = r * r - rod * rod
        self._sign = geometry.knee_sign
        self._signs: list[float] = geometry.knee_sign.tolist()
        self._balls = geometry.ball_in_head
        self._motor_rotation = geometry.motor_from_body[:, :3, :3]
        # Coordinates of the upper balls in their motor frames = _map @ pose[:3].ravel() + _shift,
        # rows ordered x of six legs, y of six legs, z of six legs.
        balls = np.hstack((self._balls, np.ones((6, 1))))
        self._map = np.ascontiguousarray(
            np.einsum('kij,kl->ikjl', self._motor_rotation, balls).reshape(18, 12)
        )
        height = np.array((0.0, 0.0, geometry.head_height_m))
        shift = self._motor_rotation @ height + geometry.motor_from_body[:, :3, 3]
        self._shift = np.ascontiguousarray(shift.T.ravel())
        self._forward = ForwardSolver(geometry, self._solve, self.body_frame_legs_batch)
        self._passive = PassiveChain(geometry)

    def inverse(self, head_pose: FloatArray, body_yaw: float = 0.0) -> FloatArray:
        """Return the leg angles (6,) in rad that hold ``head_pose`` at ``body_yaw``.

        Raises
        ------
        UnreachablePose
            Some rods cannot reach, or the pose is not finite; names the legs.

        """
        legs = self._solve(head_pose, body_yaw)
        bad = tuple(name for name, leg in zip(LEG_JOINTS, legs, strict=True) if math.isnan(leg))
        if bad:
            if not np.isfinite(head_pose).all():
                raise UnreachablePose('head pose holds a NaN or infinite number', bad)
            raise UnreachablePose(
                f'the head pose is out of reach of {", ".join(bad)}; move the head closer to '
                'neutral',
                bad,
            )
        return np.array(legs)

    def _solve(self, pose: FloatArray, body_yaw: float = 0.0) -> list[float]:
        """Return six leg angles, NaN where out of reach (plain floats: faster than six-arrays)."""
        c, s = math.cos(body_yaw), math.sin(body_yaw)
        (a0, a1, a2, a3), (b0, b1, b2, b3), (c0, c1, c2, c3), _ = pose.tolist()
        turned_rows = (
            *(c * a0 + s * b0, c * a1 + s * b1, c * a2 + s * b2, c * a3 + s * b3),
            *(c * b0 - s * a0, c * b1 - s * a1, c * b2 - s * a2, c * b3 - s * a3),
            *(c0, c1, c2, c3),
        )
        points = (self._map @ np.array(turned_rows) + self._shift).tolist()
        legs = []
        balls = zip(points[:6], points[6:12], points[12:], self._signs, strict=True)
        for px, py, pz, sign in balls:
            square = px * px + py * py
            knee = (square + pz * pz + self._offset) / (self._two_r * math.sqrt(square) + _TINY_M)
            if -1.0 <= knee <= 1.0:
                leg = math.atan2(py, px) + sign * math.acos(knee)
                if leg > math.pi:
                    leg -= _TURN_RAD
                elif leg <= -math.pi:
                    leg += _TURN_RAD
                legs.append(leg)
            else:
                legs.append(math.nan)
        return legs

    def body_frame_legs(self, pose: FloatArray) -> list[float]:
        """Return six leg angles for a pose of the body frame, NaN where out of reach; no check."""
        return self._solve(pose)

    def inverse_batch(
        self, head_poses: FloatArray, body_yaws: FloatArray
    ) -> tuple[FloatArray, BoolArray]:
        """Return legs (n, 6) and reachable (n,) for poses (n, 4, 4) and yaws (n,).

        Rows that are not reachable hold NaN in the legs concerned.
        """
        yaws = np.asarray(body_yaws, dtype=np.float64)
        c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
        rows = np.empty((len(head_poses), 12))
        top, left = head_poses[:, 0], head_poses[:, 1]
        rows[:, 0:4] = c * top + s * left
        rows[:, 4:8] = c * left - s * top
        rows[:, 8:12] = head_poses[:, 2]
        legs = self._legs_from_rows(rows)
        reachable: BoolArray = np.all(np.isfinite(legs), axis=1)
        return legs, reachable

    def body_frame_legs_batch(self, poses: FloatArray) -> FloatArray:
        """Return legs (n, 6) for poses (n, 4, 4) of the body frame, NaN where out of reach."""
        return self._legs_from_rows(poses[:, :3].reshape(-1, 12))

    def _legs_from_rows(self, rows: FloatArray) -> FloatArray:
        points = self._map @ rows.T
        points += self._shift[:, None]
        px, py, pz = points.reshape(3, 6, -1)
        square = px * px
        square += py * py
        reach = pz * pz
        reach += square
        reach += self._offset
        reach /= np.sqrt(square) * self._two_r + _TINY_M
        with np.errstate(invalid='ignore'):
            legs: FloatArray = np.arccos(reach)
        legs *= self._sign[:, None]
        legs += np.arctan2(py, px)
        legs -= _TURN_RAD * np.rint(legs / _TURN_RAD)
        return legs.T

    def jacobian(self, head_pose: FloatArray, body_yaw: float = 0.0) -> FloatArray:
        """Return (6, 6) d(legs) / d(head twist) at constant body yaw.

        The twist is (velocity of the head's origin in m/s, angular velocity in rad/s), both in
        ``head_neutral``. Rows grow without bound where a rod stands across its crank's path.

        Raises
        ------
        UnreachablePose
            See :meth:`inverse`.

        """
        legs = self.inverse(head_pose, body_yaw)
        pose = turned(head_pose, -body_yaw)
        jacobian, _ = self._forward.legs_jacobian(pose, legs)
        return jacobian @ _turn_twist(-body_yaw)

    def body_frame_jacobian(self, pose: FloatArray, legs: FloatArray) -> tuple[FloatArray, float]:
        """Return :meth:`jacobian` and stiffness of a pose of the body frame with known legs."""
        return self._forward.legs_jacobian(pose, legs)

    def forward(
        self, legs: FloatArray, body_yaw: float = 0.0, *, guess: FloatArray | None = None
    ) -> FloatArray:
        """Return the head pose (4, 4) that the leg angles hold, on the robot's own assembly.

        Parameters
        ----------
        legs:
            (6,) rad.
        body_yaw:
            rad.
        guess:
            A head pose near the answer, such as the last commanded one; only a matter of speed,
            the answer is verified whatever the guess.

        Raises
        ------
        AssemblyError
            No pose of the physical assembly branch was found that gives these legs back.

        """
        start = None if guess is None else turned(guess, -body_yaw)
        pose, _ = self._forward.solve(np.asarray(legs, dtype=np.float64), start)
        return turned(pose, body_yaw)

    def body_frame_pose(self, legs: FloatArray, guess: FloatArray) -> tuple[FloatArray, float]:
        """Return :meth:`forward` in the body frame, with the pose's stiffness."""
        return self._forward.solve(legs, guess)

    def forward_batch(
        self,
        legs: FloatArray,
        body_yaws: FloatArray,
        *,
        guesses: FloatArray | None = None,
    ) -> tuple[FloatArray, BoolArray]:
        """Return poses (n, 4, 4) and verified (n,) for legs (n, 6) and yaws (n,).

        Same solver and checks as :meth:`forward`, vectorised and without its fallbacks: where
        ``verified`` is false, ask :meth:`forward`.
        """
        starts = None if guesses is None else turned_batch(guesses, -body_yaws)
        poses = np.empty((len(legs), 4, 4))
        verified = np.empty(len(legs), dtype=np.bool_)
        for first in range(0, len(legs), _CHUNK):
            rows = slice(first, first + _CHUNK)
            poses[rows], verified[rows] = self._forward.solve_batch(
                np.asarray(legs[rows], dtype=np.float64), None if starts is None else starts[rows]
            )
        return turned_batch(poses, body_yaws), verified

    def stiffness(self, pose: FloatArray, legs: FloatArray) -> float:
        """Return how firmly the rods hold the head: 2.3 at neutral, 0 at a singularity, no unit.

        The determinant of the rods' Plucker lines, scaled; pose (4, 4) in the body frame.
        """
        return self._forward.stiffness(pose, legs)

    def slackness(self, pose: FloatArray, legs: FloatArray) -> float:
        """Return how far the head moves at most when the rods' lower ends do, in m per m.

        A turn counts as the way of the head's balls, ends as the root of the sum of their squares.
        Pose (4, 4) in the body frame, not at a singularity.
        """
        return self._forward.slackness(pose, legs)

    def stiffness_batch(self, poses: FloatArray, legs: FloatArray) -> FloatArray:
        """Return :meth:`stiffness` (n,) of poses (n, 4, 4) in the body frame and legs (n, 6)."""
        return self._forward.stiffness_batch(poses, legs)

    def passive_angles(
        self, head_pose: FloatArray, body_yaw: float, legs: FloatArray
    ) -> FloatArray:
        """Return the angles (21,) rad of ``names.PASSIVE_JOINTS`` that close the URDF's chains.

        ``legs`` must be the inverse kinematics of the pose, or measured angles close to it.
        """
        return self._passive.angles(turned(head_pose, -body_yaw), legs)


def turned(pose: FloatArray, angle: float) -> FloatArray:
    """Return a pose (4, 4) turned by ``angle`` rad about the z axis of its frame."""
    c, s = math.cos(angle), math.sin(angle)
    result = pose.copy()
    result[0] = c * pose[0] - s * pose[1]
    result[1] = s * pose[0] + c * pose[1]
    return result


def turned_batch(poses: FloatArray, angles: FloatArray) -> FloatArray:
    """Return poses (n, 4, 4), each turned by its angle (n,) rad about z."""
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    result = poses.copy()
    result[:, 0] = c * poses[:, 0] - s * poses[:, 1]
    result[:, 1] = s * poses[:, 0] + c * poses[:, 1]
    return result


def _turn_twist(angle: float) -> FloatArray:
    c, s = math.cos(angle), math.sin(angle)
    turn = np.eye(6)
    for start in (0, 3):
        turn[start, start] = turn[start + 1, start + 1] = c
        turn[start, start + 1], turn[start + 1, start] = -s, s
    return turn
