"""The behavior conversation."""

from __future__ import annotations

from contextlib import AsyncExitStack
from contextlib import suppress
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import BACKGROUND
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.looking import AHEAD
from bbia_sim_ros.behaviors.looking import AT_EASE
from bbia_sim_ros.behaviors.looking import ATTENTIVE
from bbia_sim_ros.behaviors.looking import THINKING
from bbia_sim_ros.behaviors.looking import facing
from bbia_sim_ros.behaviors.looking import in_sight
from bbia_sim_ros.behaviors.looking import nod
from bbia_sim_ros.behaviors.looking import sign
from bbia_sim_ros.behaviors.resumable import Resumable
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.speaking import say_in
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.chat.commands.text import PAUSE
from bbia_sim_ros.chat.commands.text import tokens

_MAX_FAILURES: Final = 2
_OPENING: Final = Text(en='I am listening.', fr="Je t'écoute.")
_STILL_THERE: Final = Text(en='Are you still there?', fr='Tu es toujours là ?')
_GOODBYE: Final = Text(
    en='It was nice talking to you. Bye!', fr="J'ai aimé parler avec toi. Au revoir !"
)
_NOBODY: Final = Text(en='Talk to you later, then.', fr='À plus tard, alors.')
_SORRY: Final = Text(
    en='Sorry, I cannot think of an answer. Say it again?',
    fr='Pardon, je ne trouve pas de réponse. Tu peux répéter ?',
)
# Without case and accents; between commas.
_FAREWELL_TEXT: Final = """
    bye, goodbye, good bye, bye bye, see you, see you later, see you soon, that is all, that s all,
    stop, stop it, stop talking, good night, au revoir, a bientot, a plus, a plus tard, a demain,
    bonne nuit, c est tout, ca suffit, arrete, arrete toi, adieu, ciao
"""
_FAREWELLS: Final = frozenset(' '.join(_FAREWELL_TEXT.split()).split(', '))
# What may come with them and means nothing more.
_ASIDE_TEXT: Final = """
    reachy mini robot ok okay well thanks merci please so then now and bon et alors bien stp svp
"""
_ASIDE: Final = frozenset(_ASIDE_TEXT.split())
_THANK_YOU: Final = 'thank you'


class Conversation(Resumable):
    """Listens, thinks and answers, with eyes on the person and nods, until a goodbye or silence."""

    name = 'conversation'
    priority = BACKGROUND
    requires = frozenset({Part.HEARING, Part.CHAT, Part.SPEECH})

    class Parameters(BehaviorParameters):
        """How long."""

        duration: float = Field(
            600.0, ge=10.0, le=7200.0, description='Seconds after which it takes its leave.'
        )
        patience: float = Field(
            20.0, ge=2.0, le=300.0, description='Seconds of silence after which it asks, then ends.'
        )

    def __init__(self) -> None:
        self._opened = False
        self._answers = 0
        self._failures = 0

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return parameters.duration + 2.0 * parameters.patience + 180.0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Keep the eyes on the person as long as the talk lasts, where there are eyes."""
        with self.counted(robot):
            async with AsyncExitStack() as gaze:
                if robot.has(Part.MOTION) and robot.has(Part.VISION):
                    with suppress(MissingPart, OrderRefused):
                        await gaze.enter_async_context(robot.following('face'))
                if not self._opened:
                    await say(robot, _OPENING)
                    self._opened = True
                end = await self._talk(robot, parameters)
                await sign(robot, AT_EASE)
                await say(robot, end)
            return f'talked for {self.spent(robot):.0f} s and gave {self._answers} answers'

    async def _talk(self, robot: Robot, parameters: Parameters) -> Text:
        """Talk turn after turn until it is over; return what to say then."""
        silent = False
        while (left := self.left(robot, parameters.duration)) > 0.0:
            robot.stage('listening', 1.0 - left / parameters.duration)
            await sign(robot, ATTENTIVE)
            said = await robot.listen(parameters.patience)
            if said is None and silent:
                return _NOBODY
            if said is not None and is_farewell(said.text):
                return _GOODBYE
            if said is None:
                await say(robot, _STILL_THERE)
            else:
                await self._answer(robot, said)
            silent = said is None
        return _GOODBYE

    async def _answer(self, robot: Robot, said: Heard) -> None:
        robot.stage(f'thinking about: {said.text}')
        try:
            answer, _ = await robot.together(robot.chat(said.text), sign(robot, THINKING))
        except OrderRefused:
            self._failures += 1
            if self._failures == _MAX_FAILURES:
                raise
            await say(robot, _SORRY)
            return
        self._failures = 0
        robot.stage('answering')
        await sign(robot, AT_EASE)
        # A command that was carried out needs no words.
        has_words = isinstance(answer, str) and answer.strip()
        spoken = [say_in(robot, said.language, str(answer))] if has_words else []
        await robot.together(*spoken, _assent(robot))
        self._answers += 1


async def _assent(robot: Robot) -> None:
    """Nod to the person, where it can; straight ahead if nobody is in sight."""
    if not robot.has(Part.MOTION):
        return
    people = (await in_sight(robot)).people
    await nod(robot, facing(people[0].position) if people else AHEAD)


def is_farewell(text: str) -> bool:
    """Tell whether somebody takes their leave, or wants it to stop, in English or French."""
    words = ' '.join(token.word for token in tokens(text) if token.word != PAUSE)
    left = words.replace(_THANK_YOU, '').split()
    return ' '.join(word for word in left if word not in _ASIDE) in _FAREWELLS
