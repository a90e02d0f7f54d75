"""What a move is: something in charge of some coordinates of the body for a while.

Contract
    The mixer calls ``begin`` once, with where the body is and how it moves, then ``sample`` at
    times that never decrease (seconds of motion time since ``begin``), then ``judge`` with what
    was measured. A move starts at the position and velocity it was given, so that taking over
    never makes a jump, and it is at rest when it is done. Moves are owned by the mixer's thread;
    ``state``, ``reason`` and ``clipped`` may be read from others.
"""

from __future__ import annotations

import enum
from abc import ABC
from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import BoolArray
from bbia_sim_ros.robot.names import FloatArray

SAFE_START: Final = 'safe_start'
GO_TO: Final = 'go_to'
LOOK_AT: Final = 'look_at'
PLAY_EMOTION: Final = 'play_emotion'
PLAY_MOVE: Final = 'play_move'
HEAD_CONTROLLER: Final = 'head_controller'
CMD_BODY: Final = 'cmd_body'
CMD_GAZE: Final = 'cmd_gaze'

# 0 (lowest) .. 255. A hand on the joystick outranks programmed moves; a gaze to follow is what the
# robot does when nothing else is asked of it.
DEFAULT_PRIORITIES: Final[Mapping[str, int]] = MappingProxyType(
    {
        CMD_GAZE: 20,
        GO_TO: 50,
        LOOK_AT: 50,
        PLAY_EMOTION: 50,
        PLAY_MOVE: 50,
        HEAD_CONTROLLER: 50,
        CMD_BODY: 100,
        SAFE_START: 255,
    }
)
NO_END: Final = -1.0


class MoveState(enum.Enum):
    """Where a move stands; the last three are final."""

    WAITING = 'waiting'
    RUNNING = 'running'
    STOPPING = 'stopping'
    DONE = 'done'
    CANCELLED = 'cancelled'
    ABORTED = 'aborted'

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the move."""
        return self in (MoveState.DONE, MoveState.CANCELLED, MoveState.ABORTED)


@dataclass(frozen=True, eq=False)
class Motion:
    """A position (9,) and velocity (9,) of the body; m, rad, per s."""

    position: FloatArray
    velocity: FloatArray


@dataclass(frozen=True, eq=False)
class Measured:
    """What the robot was last seen to do.

    ``body``: measured posture. ``joints``, ``joint_velocities``: (9,) in the order of
    ``ACTUATED_JOINTS``, rad and rad/s, or None where the driver does not say.
    """

    body: BodyState
    joints: FloatArray | None = None
    joint_velocities: FloatArray | None = None


Measure = Callable[[], Measured | None]
"""Returns what is measured now, None while nothing is; it may cost forward kinematics."""


def unmeasured() -> None:
    """Measure nothing."""


@dataclass(frozen=True)
class Ending:
    """How a move ends: DONE or ABORTED, and why in words."""

    state: MoveState
    reason: str


class Move(ABC):
    """One move; see the module docstring for the order of calls."""

    source: str
    """Who is in charge while it runs, such as ``go_to``; see ``DEFAULT_PRIORITIES``."""

    def __init__(
        self,
        source: str,
        *,
        label: str = '',
        priority: int | None = None,
        owned: BoolArray = WHOLE_BODY,
    ) -> None:
        """Take the source, what it plays (``label``), its priority and the coordinates it owns."""
        self.source = source
        self.label = label
        self.priority = DEFAULT_PRIORITIES[source] if priority is None else priority
        if not 0 <= self.priority <= 255:
            raise ValueError(f'priority is {self.priority}; allowed is 0 .. 255')
        self.owned = owned
        self.state = MoveState.WAITING
        self.reason = ''
        self.clipped: tuple[str, ...] = ()
        self.bound_to_reach = True
        """Whether its postures are kept within reach; false for those that start or end asleep."""
        self.from_asleep = False
        """Whether it may start from the sleeping posture; others are preceded by a safe start."""
        self.ends_asleep = False
        """Whether it leaves the robot asleep: no breathing until something else is asked for."""

    def __str__(self) -> str:
        """Return the source and what it plays, for messages."""
        return f'{self.source} {self.label}'.rstrip()

    def end(self, state: MoveState, reason: str) -> None:
        """Set the final state, once; later calls change nothing."""
        if not self.state.final:
            self.state, self.reason = state, reason

    @abstractmethod
    def begin(self, start: Motion) -> None:
        """Plan from where the body is and how it moves."""

    @abstractmethod
    def sample(self, t: float) -> FloatArray:
        """Return the wanted body vector (9,) at ``t``; only ``owned`` coordinates are used."""

    @abstractmethod
    def progress(self, t: float) -> float:
        """Return the share that is done, 0 .. 1, or ``NO_END``."""

    @abstractmethod
    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Return how the move ends, or None while it goes on."""
