"""The behavior music_reaction."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from statistics import median
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import BACKGROUND
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.looking import ATTENTIVE
from bbia_sim_ros.behaviors.looking import sign
from bbia_sim_ros.behaviors.resumable import Resumable
from bbia_sim_ros.behaviors.rhythm import LISTENING_S
from bbia_sim_ros.behaviors.rhythm import Step
from bbia_sim_ros.behaviors.rhythm import heard
from bbia_sim_ros.behaviors.rhythm import heard_while
from bbia_sim_ros.behaviors.rhythm import settle
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

# The model that finds the beat may have to be loaded first.
_OVERHEAD_S: Final = 240.0
_SLOW: Final = 90.0
_FAST: Final = 125.0
# Slow music rocks it to sleep, a walking pace makes it nod, fast music makes it bounce.
_ROCK: Final = Step(head=HeadPose(roll=-0.12, y=0.006), right=0.3, left=0.3)
_NOD: Final = Step(head=HeadPose(pitch=0.12, z=-0.004), right=0.3, left=0.3)
_LIFT: Final = Step(head=HeadPose(pitch=-0.02), right=0.1, left=0.1)
_BOUNCE: Final = Step(head=HeadPose(pitch=0.1, z=-0.008, roll=0.08), right=0.7, left=0.1)


class MusicReaction(Resumable):
    """Listens for music, moves to it as slow or fast as it is, and is sorry when it ends."""

    name = 'music_reaction'
    priority = BACKGROUND
    requires = frozenset({Part.MOTION, Part.MICROPHONE})

    class Parameters(BehaviorParameters):
        """For how long."""

        duration: float = Field(120.0, ge=10.0, le=3600.0, description='For how long to listen, s.')

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return parameters.duration + _OVERHEAD_S

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Listen again and again, and move as long as there is a beat."""
        with self.counted(robot):
            return await _react(robot, max(LISTENING_S, self.left(robot, parameters.duration)))


async def _react(robot: Robot, duration: float) -> str:
    tempi: list[float] = []
    robot.stage('listening for music', 0.0)
    await sign(robot, ATTENTIVE)
    beats = await heard(robot)
    # What was heard at last is moved to, however long it took to find its beat.
    while robot.elapsed() < duration or (beats.times and not tempi):
        progress = min(1.0, robot.elapsed() / duration)
        if not beats.times:
            robot.stage('listening for music', progress)
            beats = await heard(robot)
            continue
        tempi.append(beats.tempo)
        robot.stage(f'moving to {beats.tempo:.0f} beats a minute', progress)
        mood, steps = _reaction(beats)
        robot.feel(mood, 0.8)
        beats = await heard_while(robot, beats, steps)
        if not beats.times:
            await _miss(robot)
    await settle(robot)
    robot.feel('neutral')
    if not tempi:
        return f'heard no music with a beat in {robot.elapsed():.0f} s'
    return f'moved to music of about {median(tempi):.0f} beats a minute'


async def _miss(robot: Robot) -> None:
    """Be sorry that it is over."""
    robot.stage('the music is over')
    await robot.emotion('sad', 0.4)
    robot.feel('curious', 0.5)
    await sign(robot, ATTENTIVE)


def _reaction(beats: Beats) -> tuple[str, Iterator[Step]]:
    """Return the mood that music puts it in, and the steps that go with it."""
    if beats.tempo < _SLOW:
        return 'nostalgic', cycle((_ROCK, _ROCK.mirrored()))
    if beats.tempo < _FAST:
        return 'happy', cycle((_NOD, _LIFT))
    return 'excited', cycle((_BOUNCE, _LIFT, _BOUNCE.mirrored(), _LIFT))
