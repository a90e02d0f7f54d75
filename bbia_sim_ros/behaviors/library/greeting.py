"""The behavior greeting."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.acquaintances import Acquaintances
from bbia_sim_ros.behaviors.behavior import BACKGROUND
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.looking import next_scene
from bbia_sim_ros.behaviors.resumable import Resumable
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import SeenPerson
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

MAX_NAME: Final = 40
_ANSWER_S: Final = 8.0
_LONGEST_GREETING_S: Final = 40.0
_HELLOS: Final = (
    Text(en='Hello! Nice to see you.', fr='Bonjour ! Content de te voir.'),
    Text(en='Hi there! Good to have you here.', fr="Salut ! C'est bien que tu sois là."),
    Text(en='Oh, hello! Welcome.', fr='Oh, bonjour ! Bienvenue.'),
)
_HELLO_YOU: Final = Text(
    en='Hello {name}! Nice to see you.', fr='Bonjour {name} ! Content de te voir.'
)
_WHO: Final = Text(en='What is your name?', fr="Comment t'appelles-tu ?")
_PLEASED: Final = Text(en='Nice to meet you, {name}!', fr='Enchanté, {name} !')
_ANYWAY: Final = Text(en='Well, nice to meet you!', fr='En tout cas, enchanté !')

# After the first of these comes a name, after the second one perhaps.
_TOLD: Final = re.compile(
    r"\b(?:my name is|my name's|i am called|call me"
    r"|je m'appelle|mon nom est|mon prénom est|appelle-moi) (.+)",
    re.IGNORECASE,
)
_PERHAPS: Final = re.compile(r"\b(?:i am|i'm|it is|it's|this is|je suis|c'est) (.+)", re.IGNORECASE)
_NO_NAME_TEXT: Final = """
    hello hi hey yes no nothing what sorry please bonjour salut oui non rien quoi pardon
"""
_NO_NAMES: Final = frozenset(_NO_NAME_TEXT.split())
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


class Greeting(Resumable):
    """Looks out for faces and greets each new one, by name if it is told one."""

    name = 'greeting'
    priority = BACKGROUND
    requires = frozenset({Part.MOTION, Part.VISION, Part.SPEECH})

    class Parameters(BehaviorParameters):
        """Whom to greet, and for how long to look out."""

        name: str = Field(
            '', max_length=MAX_NAME, description='Name of whom comes first; empty: not known.'
        )
        ask_name: bool = Field(
            False, description='Ask others for their names; needs the node that hears.'
        )
        people: int = Field(
            1, ge=0, le=100, description='How many to greet, then it ends; 0: all that come.'
        )
        duration: float = Field(60.0, ge=1.0, le=86_400.0, description='How long to look out, s.')

    def __init__(self) -> None:
        self._known = Acquaintances()
        self._greeted: list[str] = []

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return parameters.duration + 2.0 * _LONGEST_GREETING_S

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Go on with whom it has not greeted."""
        with self.counted(robot):
            async with robot.watch() as scenes:
                await self._look_out(robot, parameters, scenes)
        if not self._greeted:
            return 'saw no new face'
        return f'greeted {len(self._greeted)}: {", ".join(self._greeted)}'

    async def _look_out(
        self, robot: Robot, parameters: Parameters, scenes: AsyncIterator[Scene]
    ) -> None:
        wanted = parameters.people or math.inf
        robot.stage('looking out for new faces')
        while len(self._greeted) < wanted:
            left = self.left(robot, parameters.duration)
            scene = await next_scene(scenes, left) if left > 0.0 else None
            if scene is None:
                return
            # Whom it has seen is greeted once, even if this greeting is cut short.
            for person in self._known.meet(scene.people, self.spent(robot)):
                if len(self._greeted) < wanted:
                    robot.stage('greeting somebody')
                    await self._greet(robot, parameters, person)
                    robot.stage('looking out for new faces')

    async def _greet(self, robot: Robot, parameters: Parameters, person: SeenPerson) -> None:
        name = '' if self._greeted else ' '.join(parameters.name.split())
        await robot.look_at(person.position)
        hello = _HELLO_YOU if name else robot.random.choice(_HELLOS)
        await robot.together(say(robot, hello, name=name), robot.emotion('happy', 0.7))
        if parameters.ask_name and not name:
            name = await _asked(robot)
            pleased = _PLEASED if name else _ANYWAY
            await robot.look_at(person.position)
            await say(robot, pleased, name=name)
        robot.feel('happy', 0.5)
        self._greeted.append(name or f'person {person.id}')


async def _asked(robot: Robot) -> str:
    answer = await robot.ask(_WHO.spoken(robot.language), _ANSWER_S)
    return '' if answer is None else name_in(answer.text)


def name_in(answer: str) -> str:
    """Return the name that an answer to the question for it tells, '' if it tells none.

    One word, and the next one if it is written like a name: after "my name is", "je m'appelle" and
    the like, or the whole answer.
    """
    text = ' '.join(answer.replace('’', "'").split())
    told, perhaps = _TOLD.search(text), _PERHAPS.search(text)
    if told is not None:
        words = told[1].split()
    elif perhaps is not None:
        words = perhaps[1].split() if perhaps[1][0].isupper() else []
    else:
        words = text.split()
        if len(words) > 2 or text.casefold().strip(' .,!?') in _NO_NAMES:
            words = []
    return _name_of(words)


def _name_of(words: list[str]) -> str:
    """Return the one or two words of a name with which words begin."""
    name: list[str] = []
    for word in words[:2]:
        bare = word.strip(' .,!?')
        is_more = bool(name)
        if not _WORD.fullmatch(bare) or (is_more and not bare[0].isupper()):
            break
        name.append(bare[0].upper() + bare[1:])
        if bare != word:
            break
    whole = ' '.join(name)
    return whole if len(whole) <= MAX_NAME else ''
