"""What a behavior is: a class that describes itself and writes its course as a coroutine.

A behavior of one's own::

    class Bow(Behavior):
        '''Bows to whom it sees.'''

        name = 'bow'
        requires = {Part.MOTION}

        class Parameters(BehaviorParameters):
            times: int = Field(1, ge=1, le=10, description='How often.')

        async def run(self, robot: Robot, parameters: Parameters) -> str:
            for _ in range(parameters.times):
                await robot.go_to(head=HeadPose(pitch=0.4))
                await robot.go_to(head=HeadPose())
            return f'bowed {parameters.times} times'

The first line of the class's docstring is its description. It is made known by an entry point of
the group ``bbia_sim_ros.behaviors`` whose value is the class.
"""

from __future__ import annotations

from abc import ABC
from abc import abstractmethod
from enum import StrEnum
from typing import Any
from typing import ClassVar

from pydantic import BaseModel
from pydantic import ConfigDict

from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

BACKGROUND = 50
ENTRY_POINT_GROUP = 'bbia_sim_ros.behaviors'


class BehaviorParameters(BaseModel):
    """Parameters of a behavior: a pydantic model; unknown names are refused, nothing is coerced."""

    model_config = ConfigDict(extra='forbid', strict=True, frozen=True, allow_inf_nan=False)


class WhenPreempted(StrEnum):
    """What becomes of a behavior whose body another one takes."""

    END = 'end'
    RESUME = 'resume'


class Behavior(ABC):
    """See the module's docstring.

    Attributes
    ----------
    name:
        What it is started by, lower case with underscores.
    priority:
        1..255; a behavior of a higher one takes the body. Those that go on until something better
        comes, such as following, have `BACKGROUND`.
    requires:
        Parts without which it is refused.
    when_preempted:
        RESUME runs it again from `resume`'s point: its `run` is called once more, and whatever it
        keeps in ``self`` is still there.
    time_limit:
        Seconds of the course after which it is ended; parameters may be asked for a longer one by
        overriding `limit`.

    """

    name: ClassVar[str]
    priority: ClassVar[int] = 100
    requires: ClassVar[frozenset[Part]] = frozenset()
    when_preempted: ClassVar[WhenPreempted] = WhenPreempted.END
    time_limit: ClassVar[float] = 600.0

    class Parameters(BehaviorParameters):
        """Takes none."""

    @abstractmethod
    async def run(self, robot: Robot, parameters: Any) -> str:
        """Run the course; return in a sentence what was done."""

    def limit(self, parameters: Any) -> float:
        """Return the seconds after which it is ended with these parameters."""
        del parameters
        return self.time_limit
