"""Keeping the eyes on something for a while: what follow_face and follow_object share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import BACKGROUND
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.resumable import Resumable
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

_LOOK_S: Final = 0.2


class Pursuit(Resumable):
    """Follows a target of ``bbia_msgs/Follow``, which the node that sees does."""

    priority = BACKGROUND
    requires = frozenset({Part.MOTION, Part.VISION})

    class Parameters(BehaviorParameters):
        """For how long."""

        duration: float = Field(60.0, ge=1.0, le=3600.0, description='For how long, s.')
        patience: float = Field(
            20.0, ge=1.0, le=600.0, description='Seconds without a sight of it after which it ends.'
        )

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return parameters.duration + 15.0

    @abstractmethod
    def target(self, parameters: Any) -> tuple[str, str]:
        """Return what the action `follow` calls it, and what a person does."""

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Follow, and say how it was; raises `BehaviorError` when the target was never seen."""
        label, name = self.target(parameters)
        with self.counted(robot):
            left = max(_LOOK_S, self.left(robot, parameters.duration))
            return await _pursue(robot, label, name, left, parameters.patience)


async def _pursue(robot: Robot, label: str, name: str, left: float, patience: float) -> str:
    seen = last_seen = 0.0
    async with robot.following(label) as eyes:
        while (now := robot.elapsed()) < left:
            state = eyes.state
            if eyes.error >= 0.0:
                seen, last_seen = seen + _LOOK_S, now
            elif now > last_seen + patience:
                break
            robot.stage(f'{state} {eyes.target or name}', now / left)
            await robot.wait(_LOOK_S)
    lasted = robot.elapsed()
    if seen == 0.0:
        raise BehaviorError(f'{name} did not come into sight within {lasted:.0f} s')
    lost = lasted - last_seen
    end = f', lost {lost:.0f} s before the end' if lost > 1.0 else ''
    return f'followed {name} for {lasted:.0f} s, in sight for {seen:.0f} s{end}'
