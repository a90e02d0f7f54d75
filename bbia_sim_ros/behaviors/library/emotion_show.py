"""The behavior emotion_show."""

from __future__ import annotations

from typing import Annotated
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text

_NAMES: Final = {
    'neutral': Text(en='calm', fr='calme'),
    'happy': Text(en='happy', fr='joyeux'),
    'sad': Text(en='sad', fr='triste'),
    'angry': Text(en='angry', fr='en colère'),
    'curious': Text(en='curious', fr='curieux'),
    'excited': Text(en='excited', fr='enthousiaste'),
    'surprised': Text(en='surprised', fr='surpris'),
    'fearful': Text(en='afraid', fr='effrayé'),
    'confused': Text(en='confused', fr='perplexe'),
    'determined': Text(en='determined', fr='déterminé'),
    'nostalgic': Text(en='nostalgic', fr='nostalgique'),
    'proud': Text(en='proud', fr='fier'),
}
_ANNOUNCED: Final = Text(en='I am {name}.', fr='Je suis {name}.')
_LONGEST_EMOTION_S: Final = 20.0

Name = Annotated[str, Field(pattern=r'^[a-z][a-z0-9_]{0,39}$')]


class EmotionShow(Behavior):
    """Acts out one emotion after the other, and says what they are."""

    name = 'emotion_show'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """Which, and how."""

        emotions: tuple[Name, ...] = Field(
            tuple(_NAMES), min_length=1, max_length=50, description='Emotions in turn, by name.'
        )
        intensity: float = Field(1.0, ge=0.0, le=1.0, description='How strong, 0..1.')
        pause: float = Field(0.5, ge=0.0, le=10.0, description='Seconds between two.')
        speak: bool = Field(True, description='Say what each is, where there is speech.')

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return 10.0 + len(parameters.emotions) * (_LONGEST_EMOTION_S + parameters.pause)

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Say first, then act: who speaks of fear while trembling is hard to follow."""
        count = len(parameters.emotions)
        for number, emotion in enumerate(parameters.emotions):
            robot.stage(emotion, number / count)
            if parameters.speak:
                name = _NAMES.get(emotion, Text(en=emotion, fr=emotion))
                await remark(robot, _ANNOUNCED, name=name.spoken(robot.language))
            await robot.emotion(emotion, parameters.intensity)
            await robot.wait(parameters.pause)
        robot.feel('neutral')
        return f'showed {", ".join(parameters.emotions)}'
