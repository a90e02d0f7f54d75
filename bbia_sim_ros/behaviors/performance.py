"""One run of a behavior that somebody asked for: what it is called, where it stands, how it ended.

Contract
    A `Performance` is made by the director and changed by it alone; any thread may read it.
    ``ended`` is set once, after ``ending`` is there; nothing changes any more then.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted

MAX_MESSAGE: Final = 500
NO_END: Final = -1.0


class EndKind(StrEnum):
    """Why a performance ended."""

    DONE = 'done'
    CANCELLED = 'cancelled'
    PREEMPTED = 'preempted'
    REFUSED = 'refused'
    """The robot refused what it needed; the message is the robot's."""
    FAILED = 'failed'
    """It raised; the message has type, text, file and line."""
    TIMED_OUT = 'timed out'
    HUNG = 'hung'
    """It computed without a wait."""
    FLOODED = 'flooded'
    """It asked the robot for more than it may."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a performance ended; ``message`` is a sentence for a person."""

    kind: EndKind
    message: str

    @property
    def success(self) -> bool:
        """Whether it ran to its end."""
        return self.kind is EndKind.DONE


class Phase(StrEnum):
    """Where a performance stands."""

    WAITING = 'waiting'
    RUNNING = 'running'
    ENDED = 'ended'


class Performance:
    """See the module's docstring.

    Attributes
    ----------
    name, priority:
        Of the behavior; the priority is 1..255.
    phase:
        Where it stands; one that was preempted and resumes waits again.
    stage, progress:
        The step that it is in, in its own words, or what it waits for; and the share that is done,
        0..1 or -1.
    ending:
        How it ended; None as long as it has not.
    ended:
        Set when it has.

    """

    def __init__(
        self, behavior: type[Behavior], parameters: BehaviorParameters, priority: int
    ) -> None:
        self.behavior = behavior
        self.parameters = parameters
        self.name = behavior.name
        self.priority = priority
        self.phase = Phase.WAITING
        self.stage = ''
        self.progress = NO_END
        self.ending: Ending | None = None
        self.ended = threading.Event()
        self.instance: Behavior | None = None
        """What runs; made by its first run, kept if it resumes."""
        self.used_s = 0.0
        """Seconds for which it has had the body before its present run."""

    @property
    def resumes(self) -> bool:
        """Whether it goes on when one that preempted it has ended."""
        return self.behavior.when_preempted is WhenPreempted.RESUME

    def end(self, kind: EndKind, message: str) -> None:
        """Note how it ended."""
        self.ending = Ending(kind=kind, message=message[:MAX_MESSAGE])
        self.phase = Phase.ENDED
        self.ended.set()


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the director does: the values of ``bbia_msgs/BehaviorStatus``.

    ``state`` is idle, running or cancelling; ``priority`` 0 when nothing runs.
    """

    state: str = 'idle'
    name: str = ''
    stage: str = ''
    progress: float = NO_END
    priority: int = 0
    queue: tuple[str, ...] = ()
    last_end: str = ''
