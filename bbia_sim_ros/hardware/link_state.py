"""What is known of the robot's daemon: the newest message of each kind, and counts."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Generic
from typing import TypeVar

from bbia_sim_ros.hardware.protocol import HeadPoseMessage
from bbia_sim_ros.hardware.protocol import JointsMessage
from bbia_sim_ros.hardware.protocol import Message
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.protocol import TaskEndMessage

T = TypeVar('T')
MAX_ENDED_TASKS = 8


@dataclass(frozen=True, eq=False)
class Arrived(Generic[T]):
    """A message with the times of its arrival: `monotonic` and `wall` clock, s."""

    message: T
    monotonic: float
    wall: float


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkState:
    """What is known of the peer; everything received belongs to the present connection.

    `connection` counts the connections made so far; `reason` says why there is none now.
    `ended_tasks` maps the newest tasks that ended to their error.
    """

    connected: bool = False
    reason: str = 'not connected yet'
    connection: int = 0
    joints: Arrived[JointsMessage] | None = None
    head_pose: Arrived[HeadPoseMessage] | None = None
    status: Arrived[StatusMessage] | None = None
    ended_tasks: dict[str, str] = field(default_factory=dict)
    states: int = 0
    bad_frames: int = 0
    last_bad_frame: str = ''
    overwritten: int = 0

    def with_message(self, message: Message, *, monotonic: float, wall: float) -> LinkState:
        """Return the state after a message came at these times, s."""
        if isinstance(message, JointsMessage):
            joints = Arrived(message, monotonic, wall)
            return replace(self, joints=joints, states=self.states + 1)
        if isinstance(message, HeadPoseMessage):
            return replace(self, head_pose=Arrived(message, monotonic, wall))
        if isinstance(message, StatusMessage):
            return replace(self, status=Arrived(message, monotonic, wall))
        return replace(self, ended_tasks=self._with_task(message))

    def _with_task(self, end: TaskEndMessage) -> dict[str, str]:
        ended = {**self.ended_tasks, end.uuid: end.error}
        while len(ended) > MAX_ENDED_TASKS:
            del ended[next(iter(ended))]
        return ended
