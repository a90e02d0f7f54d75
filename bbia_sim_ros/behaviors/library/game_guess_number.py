"""A game by voice: a number that the robot thinks of is guessed."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.answers import number_said
from bbia_sim_ros.behaviors.answers import wants_to_stop
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

MAX_MISSES: Final = 3
_TILT_RAD: Final = 0.25
_TILT_S: Final = 0.6

_INTRODUCTION: Final = Text(
    en='I am thinking of a whole number from 1 to {most}. You have {tries} tries. Say stop to end.',
    fr='Je pense à un nombre entier de 1 à {most}. Tu as {tries} essais. Dis stop pour arrêter.',
)
_WHICH: Final = Text(en='Which number is it?', fr='Quel nombre est-ce ?')
_HIGHER: Final = Text(en='Mine is higher than {guess}.', fr='Le mien est plus grand que {guess}.')
_LOWER: Final = Text(en='Mine is lower than {guess}.', fr='Le mien est plus petit que {guess}.')
_OUTSIDE: Final = Text(
    en='It is a whole number from 1 to {most}.', fr="C'est un nombre entier de 1 à {most}."
)
_UNCLEAR: Final = Text(
    en='I did not hear one number. Please say just one.',
    fr="Je n'ai pas entendu un nombre. Dis-en un seul, s'il te plaît.",
)
_FOUND: Final = Text(en='Yes, {secret}! Well done.', fr='Oui, {secret} ! Bravo.')
_OVER: Final = Text(en='It was {secret}. Another time!', fr="C'était {secret}. Une autre fois !")


class GameGuessNumber(Behavior):
    """Thinks of a number and answers guesses by voice with higher or lower."""

    name = 'game_guess_number'
    requires = frozenset({Part.MOTION, Part.SPEECH, Part.HEARING})
    when_preempted = WhenPreempted.RESUME
    time_limit = 1800.0

    class Parameters(BehaviorParameters):
        """How hard it is, and how long an answer may take."""

        most: int = Field(100, ge=2, le=999, description='The highest number it may be.')
        tries: int = Field(10, ge=1, le=50, description='How many guesses there are.')
        answer_time: float = Field(10.0, ge=2.0, le=60.0, description='Patience for a guess, s.')

    def __init__(self) -> None:
        """Think of nothing yet."""
        self._secret = 0
        self._guesses = 0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Play the game, or go on with it."""
        if not self._secret:
            self._secret = robot.random.randint(1, parameters.most)
            await say(robot, _INTRODUCTION, most=parameters.most, tries=parameters.tries)
        misses = 0
        while self._guesses < parameters.tries and misses < MAX_MISSES:
            robot.stage(
                f'guess {self._guesses + 1} of {parameters.tries}', self._guesses / parameters.tries
            )
            heard = await robot.ask(_WHICH.spoken(robot.language), parameters.answer_time)
            if heard is None:
                misses += 1
            elif wants_to_stop(heard.text):
                return await self._reveal(robot, 'the player stopped')
            elif (guess := number_said(heard.text, robot.language)) is None:
                misses += 1
                await say(robot, _UNCLEAR)
            else:
                misses = 0
                if await self._judge(robot, guess, parameters.most):
                    return f'the player found {self._secret} with guess {self._guesses}'
        reason = 'nobody answered' if misses else f'{self._guesses} guesses were wrong'
        return await self._reveal(robot, reason)

    async def _judge(self, robot: Robot, guess: float, most: int) -> bool:
        """Answer a guess, and return whether it is right; what cannot be right costs none."""
        if not guess.is_integer() or not 1 <= guess <= most:
            await say(robot, _OUTSIDE, most=most)
            return False
        self._guesses += 1
        if guess == self._secret:
            await robot.together(say(robot, _FOUND, secret=self._secret), robot.emotion('excited'))
            return True
        is_higher = self._secret > guess
        tilt = HeadPose(pitch=-_TILT_RAD if is_higher else _TILT_RAD)
        await robot.together(
            say(robot, _HIGHER if is_higher else _LOWER, guess=int(guess)),
            robot.go_to(head=tilt, duration=_TILT_S),
        )
        await robot.go_to(head=HeadPose(), duration=_TILT_S)
        return False

    async def _reveal(self, robot: Robot, reason: str) -> str:
        await say(robot, _OVER, secret=self._secret)
        return f'{reason}; it was {self._secret}'
