"""What the mixer answers: one step's result, and the refusal of an order. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.robot.names import FloatArray


class Refused(GoalError):
    """A move that may not start now; the message says what is in charge, or why nothing may."""


@dataclass(frozen=True, eq=False)
class MixerOutput:
    """One step's result: the target, its velocity (9,) per s, and who made it.

    ``active``, ``label``, ``priority``, ``progress`` describe the move in charge ('' and 0 when
    there is none; progress -1 where there is no end). ``clipped`` is what was changed for reach.
    """

    body: BodyState
    velocity: FloatArray
    active: str
    label: str
    priority: int
    progress: float
    layers: tuple[str, ...]
    clipped: tuple[str, ...]
    last_end: str
