"""What the safety gate gives out in one tick.

Contract
    Immutable; the arrays are not changed afterwards by anybody. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import FloatArray


@dataclass(frozen=True, eq=False, kw_only=True)
class GateOutput:
    """One tick's answer.

    Attributes
    ----------
    joints:
        (9,) rad to send now, in the order of ``names.ACTUATED_JOINTS``.
    velocities:
        (9,) rad/s of this tick.
    body_frame_pose:
        Gives the head pose (4, 4) in the body frame that ``joints`` hold (while a robot found
        outside the workspace moves back: the pose it moves to). Calculated when it is asked for.
    clipped:
        What of the command is not fulfilled now, and why.
    command_age:
        s since the last accepted command, -1 before the first.
    holding:
        No command for ``command_timeout``: the last target is held.

    """

    joints: FloatArray
    velocities: FloatArray
    body_frame_pose: Callable[[], FloatArray]
    clipped: tuple[str, ...]
    command_age: float
    holding: bool

    @property
    def head_pose(self) -> FloatArray:
        """Return the same head pose (4, 4) in ``head_neutral``."""
        return turned(self.body_frame_pose(), float(self.joints[BODY_INDEX]))
