"""The behavior look_around."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.acquaintances import Acquaintances
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.looking import AHEAD
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text

# Where to, in degrees to the left and up; a gaze that rests a little higher at the sides.
_WAY: Final = ((35.0, 5.0), (70.0, 8.0), (0.0, 12.0), (-35.0, 5.0), (-70.0, 8.0), (0.0, -10.0))
_REST_S: Final = 0.6
_STOP_S: Final = 8.0
_NOBODY: Final = Text(en='I see nobody.', fr='Je ne vois personne.')
_ONE: Final = Text(en='I see somebody.', fr="Je vois quelqu'un.")
_SEVERAL: Final = Text(en='I see {count} people.', fr='Je vois {count} personnes.')


class LookAround(Behavior):
    """Looks around the room, and tells how many people it has seen where it can see."""

    name = 'look_around'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """How."""

        rounds: int = Field(1, ge=1, le=10, description='How often to look all around.')
        speak: bool = Field(True, description='Tell whom it has seen, where there is speech.')

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return 20.0 + parameters.rounds * len(_WAY) * _STOP_S

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Look from side to side, then ahead, and tell."""
        seen = _Seen()
        way = _WAY * parameters.rounds
        for number, (left, up) in enumerate(way):
            robot.stage('looking around', number / len(way))
            await robot.look_at(_point(left, up))
            if robot.has(Part.VISION):
                seen.note(await robot.see(), robot.elapsed())
            await robot.wait(_REST_S * robot.random.uniform(0.7, 1.5))
        await robot.go_to(head=AHEAD, body_yaw=0.0)
        if not robot.has(Part.VISION):
            return 'looked around, without a node that sees'
        if parameters.speak:
            count = seen.people
            text = _SEVERAL if count > 1 else (_ONE if count else _NOBODY)
            await remark(robot, text, count=count)
        return f'looked around and saw {seen}'


class _Seen:
    """Whom and what was seen: each person once, of each thing as many as were in sight together."""

    def __init__(self) -> None:
        self.people = 0
        self._known = Acquaintances()
        self.things: Counter[str] = Counter()

    def note(self, scene: Scene, now: float) -> None:
        self.people += len(self._known.meet(scene.people, now))
        self.things |= Counter(thing.label for thing in scene.things)

    def __str__(self) -> str:
        counts = [('people', self.people), *sorted(self.things.items())]
        return ', '.join(f'{name}: {count}' for name, count in counts)


def _point(left: float, up: float) -> Xyz:
    """Return a point at 1 m; its direction in degrees."""
    yaw, pitch = math.radians(left), math.radians(up)
    return (math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch))
