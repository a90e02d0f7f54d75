"""Where the head may be: joint ranges, reach, head-to-body yaw, contact and singularity.

Contract
    ``Workspace`` is immutable after construction and safe from any thread. Head poses are 4x4,
    metres, in ``head_neutral`` (or, where a docstring says so, in the body frame: the same turned
    back by the body yaw); angles in rad. Poses must be finite and rigid, see
    ``poses.checked_pose``. Everything but the body joint's own range depends only on the pose in
    the body frame, hence only on the six legs.

Bounds
    Joint ranges of ``names``; head yaw within 65 degrees of the body's; body yaw within 160
    degrees; ``ContactModel`` clearance above 0; stiffness (see ``Kinematics.stiffness``) above
    0.5: below it carrying the head takes up to 0.5 N m and more of the servos' 0.52 (see
    ``bench/holding_torque.py``), which leaves nothing to move it with. ``HARD`` is what the safety
    gate guarantees, ``KEPT`` what it keeps as long as it need not brake, ``SOFT`` where ``nearest``
    aims; each lies a little inside the one before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bbia_sim_ros.robot.contact import ContactModel
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import UnreachablePose
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import BoolArray
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.projection import Projection

TOUCH = 'the head would touch the body'
SINGULAR = 'the legs would lose their hold of the head'


@dataclass(frozen=True, kw_only=True)
class Margins:
    """How far inside each bound a pose must be: m, rad, rad, and stiffness without unit."""

    clearance_m: float
    joint_rad: float
    yaw_rad: float
    stiffness: float


HARD = Margins(clearance_m=0.0, joint_rad=0.0, yaw_rad=0.0, stiffness=0.5)
KEPT = Margins(clearance_m=2e-4, joint_rad=1e-3, yaw_rad=1e-3, stiffness=0.51)
SOFT = Margins(clearance_m=3e-4, joint_rad=2e-3, yaw_rad=2e-3, stiffness=0.52)


class Workspace:
    """Tests poses and finds the nearest reachable one."""

    def __init__(self, kinematics: Kinematics, contact: ContactModel | None = None) -> None:
        """Prepare the projection; ``contact`` defaults to the measured table."""
        self.kinematics = kinematics
        self.contact = contact or ContactModel()
        self._ranges = [JOINT_LIMITS_RAD[name] for name in LEG_JOINTS]
        self._projection = Projection(self, SOFT)

    def contains(
        self,
        pose: FloatArray,
        legs: list[float] | None = None,
        margins: Margins = HARD,
        *,
        clearance: float | None = None,
        stiffness: float | None = None,
    ) -> bool:
        """Say whether a head pose of the *body frame* is inside by ``margins``.

        ``legs``, ``clearance`` and ``stiffness`` may pass what is already known of the pose.
        """
        values = self.kinematics.body_frame_legs(pose) if legs is None else legs
        space = margins.joint_rad
        for value, (low, high) in zip(values, self._ranges, strict=True):
            if not low + space <= value <= high - space:
                return False
        if abs(yaw_of(pose)) > MAX_RELATIVE_YAW_RAD - margins.yaw_rad:
            return False
        if clearance is None:
            clearance = self.contact.clearance(pose)
        if clearance < margins.clearance_m:
            return False
        if stiffness is None:
            stiffness = self.kinematics.stiffness(pose, np.array(values))
        return stiffness >= margins.stiffness

    def contains_batch(
        self, poses: FloatArray, margins: Margins = HARD
    ) -> tuple[FloatArray, BoolArray]:
        """Return legs (n, 6) and inside (n,) for head poses (n, 4, 4) of the *body frame*."""
        legs = self.kinematics.body_frame_legs_batch(poses)
        low = JOINT_LOWER_RAD[LEGS_SLICE] + margins.joint_rad
        high = JOINT_UPPER_RAD[LEGS_SLICE] - margins.joint_rad
        inside: BoolArray = np.all((legs >= low) & (legs <= high), axis=1)
        yaws = np.arctan2(poses[:, 1, 0], poses[:, 0, 0])
        inside &= np.abs(yaws) <= MAX_RELATIVE_YAW_RAD - margins.yaw_rad
        rows = np.flatnonzero(inside)
        if len(rows):
            poses = poses[rows]
            clear = self.contact.clearance_batch(poses) >= margins.clearance_m
            firm = self.kinematics.stiffness_batch(poses, legs[rows]) >= margins.stiffness
            inside[rows] = clear & firm
        return legs, inside

    def violations(self, head_pose: FloatArray, body_yaw: float = 0.0) -> tuple[str, ...]:
        """Return what forbids this pose, one sentence a bound; empty when it is reachable."""
        found = []
        if abs(body_yaw) > MAX_BODY_YAW_RAD:
            found.append(f'body yaw {_deg(body_yaw)} deg is beyond +-{_deg(MAX_BODY_YAW_RAD)} deg')
        pose = turned(head_pose, -body_yaw)
        found += self._relative_violations(pose)
        try:
            legs = self.kinematics.inverse(pose)
        except UnreachablePose as error:
            short = 'the legs' if len(error.legs) == len(LEG_JOINTS) else ', '.join(error.legs)
            return (*found, f'{short} cannot reach that far')
        beyond = [
            name
            for name, leg, (low, high) in zip(LEG_JOINTS, legs, self._ranges, strict=True)
            if not low <= leg <= high
        ]
        if beyond:
            found.append(f'joint range of {", ".join(beyond)}')
        if self.kinematics.stiffness(pose, legs) < HARD.stiffness:
            found.append(SINGULAR)
        return tuple(found)

    def _relative_violations(self, pose: FloatArray) -> list[str]:
        found = []
        relative = yaw_of(pose)
        if abs(relative) > MAX_RELATIVE_YAW_RAD:
            found.append(
                f'head yaw {_deg(relative)} deg from the body is beyond '
                f'+-{_deg(MAX_RELATIVE_YAW_RAD)} deg'
            )
        if self.contact.clearance(pose) < HARD.clearance_m:
            found.append(TOUCH)
        return found

    def nearest(
        self, head_pose: FloatArray, body_yaw: float = 0.0, *, near: FloatArray | None = None
    ) -> tuple[FloatArray, float, tuple[str, ...]]:
        """Return the nearest reachable head pose and body yaw, and what was changed.

        The body yaw is clamped to its range first and then kept; the head pose is moved as little
        as possible: the sum of squares of half millimetres (x, y, z) and degrees (roll, pitch,
        yaw) is smallest, see ``projection``.
        The result is always inside by ``SOFT``; a pose that is inside comes back unchanged. Each
        clip reads like 'head pitch 60.0 deg -> 36.2 deg (the head would touch the body)'. In a
        stream, pass the answer before as ``near``, so that the answers move smoothly.
        """
        yaw = min(max(body_yaw, -MAX_BODY_YAW_RAD), MAX_BODY_YAW_RAD)
        clips: tuple[str, ...] = ()
        if yaw != body_yaw:
            clips = (f'body yaw {_deg(body_yaw)} deg -> {_deg(yaw)} deg (joint range)',)
        pose = turned(head_pose, -yaw)
        if self.contains(pose, margins=SOFT):
            return head_pose, yaw, clips
        relative = yaw_of(pose)
        allowed = MAX_RELATIVE_YAW_RAD - SOFT.yaw_rad
        if abs(relative) > allowed:
            pose = turned(pose, math.copysign(allowed, relative) - relative)
        start = None if near is None else turned(near, -yaw)
        result = turned(self._projection.nearest(pose, start), yaw)
        reasons = self.violations(turned(pose, yaw), yaw)[:2] or ('too close to the bounds',)
        if abs(relative) > MAX_RELATIVE_YAW_RAD:
            limit = f'the head turns {_deg(MAX_RELATIVE_YAW_RAD)} deg from the body at most'
            change = f'head yaw {_deg(yaw_of(head_pose))} deg -> {_deg(yaw_of(result))} deg'
            clips = (*clips, f'{change} ({limit})')
        return result, yaw, clips + _changes(turned(pose, yaw), result, '; '.join(reasons))


def _deg(angle: float) -> str:
    return f'{math.degrees(angle):.1f}'


def _changes(before: FloatArray, after: FloatArray, reasons: str) -> tuple[str, ...]:
    """Describe the components of the head pose that differ visibly."""
    changes = []
    for name, old, new in zip('xyz', before[:3, 3].tolist(), after[:3, 3].tolist(), strict=True):
        if abs(old - new) > 5e-4:
            changes.append(f'head {name} {old * 1e3:.1f} mm -> {new * 1e3:.1f} mm')
    angles = zip(
        ('roll', 'pitch', 'yaw'),
        euler_from_rotation(before),
        euler_from_rotation(after),
        strict=True,
    )
    for name, old, new in angles:
        if abs(math.remainder(old - new, 2.0 * math.pi)) > 5e-3:
            changes.append(f'head {name} {_deg(old)} deg -> {_deg(new)} deg')
    return tuple(f'{change} ({reasons})' for change in changes)
