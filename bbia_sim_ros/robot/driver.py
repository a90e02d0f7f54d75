"""What a robot driver is made of, simulated or real: the types that both share.

The node of a driver (`nodes/driver_node.py`) talks to a `RobotBody` only. All methods of a body are
called with the node's lock held, so an implementation needs no lock of its own for them. Joint
vectors are (9,) in the order of `ACTUATED_JOINTS`, rad; head poses (4, 4) in `head_neutral`, m.
`now` is the time of the driver's clock in seconds: ROS time, or simulated time where the simulator
is the clock.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Protocol
from typing import Self

from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.commands import Verdict
from bbia_sim_ros.robot.names import FloatArray


class Motors(enum.StrEnum):
    """State of the motors, as in bbia_msgs/RobotStatus."""

    ON = 'on'
    OFF = 'off'
    COMPLIANT = 'compliant'


class CommandSource(enum.StrEnum):
    """Which command road is obeyed."""

    BODY_TARGET = 'body_target'
    JOINT_COMMANDS = 'joint_commands'


@dataclass(frozen=True, eq=False, kw_only=True)
class RobotState:
    """One measurement of the whole robot.

    `joints`, `velocities` and `efforts` are (9,) in rad, rad/s and Nm; `passive` (21,) are the
    URDF's passive hinges in rad; `head_pose` is (4, 4) in `head_neutral`. `stamp` is when it was
    measured, s on the driver's clock; None: just now.
    """

    joints: FloatArray
    velocities: FloatArray
    efforts: FloatArray
    passive: FloatArray
    head_pose: FloatArray
    stamp: float | None = None


@dataclass(frozen=True, kw_only=True)
class BodyStatus:
    """What a body says of itself for bbia_msgs/RobotStatus; fields as there."""

    connected: bool
    motors: Motors
    emergency_stopped: bool
    command_age: float
    clipped: tuple[str, ...]
    real_time_factor: float
    detail: str = ''


@dataclass(frozen=True, kw_only=True)
class Safeguards:
    """What holds a robot back and must not be lost with the driver's process."""

    emergency_stopped: bool = False
    motors: Motors = Motors.ON

    @property
    def plain(self) -> dict[str, Any]:
        """The same for a file."""
        return {'emergency_stopped': self.emergency_stopped, 'motors': self.motors.value}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `plain` gave; raises ValueError when it is something else."""
        stopped = plain.get('emergency_stopped')
        if not isinstance(stopped, bool):
            raise ValueError(f'emergency_stopped is {stopped!r}; true and false are allowed')
        return cls(emergency_stopped=stopped, motors=Motors(str(plain.get('motors'))))


class RobotBody(Protocol):
    """A robot that a driver node drives."""

    def command_body(self, command: BodyCommand, *, now: float) -> Verdict:
        """Take a target of the road `body_target`, or refuse it with the reasons."""

    def command_joints(
        self, names: Sequence[str], positions: Sequence[float], *, stamp: float | None, now: float
    ) -> Verdict:
        """Take a target of the road `joint_commands`, or refuse it with the reasons."""

    def tick(self, *, now: float) -> RobotState | None:
        """Send one control period's joints and return the state after it, None if there is none."""

    def status(self, *, now: float) -> BodyStatus:
        """Return the state of motors, stop, commands and connection."""

    def emergency_stop(self) -> str:
        """Stop at once, latched, and return what was done."""

    def rearm(self) -> str:
        """Release the stop, starting from where the robot is, and return what was done."""

    @property
    def safeguards(self) -> Safeguards:
        """What has to be kept for the next driver, should this process be killed."""

    def restore(self, kept: Safeguards) -> None:
        """Hold the robot back as the driver before this one did; called before the first tick."""


class DriverError(RuntimeError):
    """A request that the robot cannot carry out now; the message says why and what to do."""
