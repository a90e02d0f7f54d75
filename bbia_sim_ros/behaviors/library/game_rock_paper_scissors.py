"""A game by gesture: rock, paper, scissors, with scissors shown by one stretched finger.

Fairness
    The robot draws its shape evenly from its source of chance before it looks at the player's hand,
    and shows it while it looks. What counts is a shape seen in `STEADY` scenes one after the other;
    scenes with different hands count for nothing. The vision knows an open palm, a fist and a
    pointing finger, so scissors are one stretched finger, which the player is told.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.looking import next_scene
from bbia_sim_ros.behaviors.looking import nod
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.script import STILL
from bbia_sim_ros.behaviors.script import make
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

STEADY: Final = 3
MAX_MISSES: Final = 3
_SHOW_S: Final = 0.4
# What people take until their hand shows something else than while they counted along.
_REACTION_S: Final = 0.3


class Shape(StrEnum):
    """What a hand may show, with its name in `bbia_msgs/Hand`; each beats the one before it."""

    ROCK = 'fist'
    PAPER = 'open_palm'
    SCISSORS = 'point'


SHAPES: Final = tuple(Shape)
_NAMES: Final = {
    Shape.ROCK: Text(en='rock', fr='pierre'),
    Shape.PAPER: Text(en='paper', fr='feuille'),
    Shape.SCISSORS: Text(en='scissors', fr='ciseaux'),
}
# How far each antenna leans outwards to show a shape, rad.
_ANTENNAS: Final = {Shape.ROCK: 0.0, Shape.PAPER: math.radians(90.0), Shape.SCISSORS: 0.6}

_RULES: Final = Text(
    en='Rock, paper, scissors! Show me a fist for rock, an open hand for paper, and one pointing'
    ' finger for scissors. We play {rounds} rounds.',
    fr='Pierre, feuille, ciseaux ! Montre-moi le poing pour la pierre, la main ouverte pour la'
    ' feuille, et un doigt tendu pour les ciseaux. On joue {rounds} manches.',
)
_COUNT: Final = Text(en='Rock, paper, scissors, now!', fr='Pierre, feuille, ciseaux, maintenant !')
_UNSEEN: Final = Text(
    en='I cannot see your hand clearly. Hold it up in front of me, and again.',
    fr='Je ne vois pas bien ta main. Lève-la devant moi, et on recommence.',
)
_WON: Final = Text(
    en='I have {mine}, you have {theirs}. This one is mine.',
    fr="J'ai {mine}, tu as {theirs}. Celle-ci est pour moi.",
)
_LOST: Final = Text(
    en='I have {mine}, you have {theirs}. You win this one.',
    fr="J'ai {mine}, tu as {theirs}. Celle-ci est pour toi.",
)
_TIED: Final = Text(
    en='We both have {mine}. Nobody wins.', fr='Nous avons tous les deux {mine}. Égalité.'
)
_SCORE: Final = Text(
    en='That makes {theirs} for you and {mine} for me. Thank you for the game!',
    fr='Cela fait {theirs} pour toi et {mine} pour moi. Merci pour la partie !',
)
_NOBODY: Final = Text(
    en='I see no hand. Let us play later.', fr='Je ne vois aucune main. À plus tard.'
)


class GameRockPaperScissors(Behavior):
    """Plays rock, paper, scissors with a hand that it sees (one finger is scissors)."""

    name = 'game_rock_paper_scissors'
    requires = frozenset({Part.MOTION, Part.SPEECH, Part.VISION})
    when_preempted = WhenPreempted.RESUME
    time_limit = 1800.0

    class Parameters(BehaviorParameters):
        """How long the game is, and how long the hand is looked at."""

        rounds: int = Field(3, ge=1, le=50, description='How many rounds, draws included.')
        show_time: float = Field(6.0, ge=1.0, le=30.0, description='Patience for a hand, s.')

    def __init__(self) -> None:
        """Begin at 0 : 0."""
        self._rounds = 0
        self._mine = 0
        self._theirs = 0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Play the rounds that are left."""
        if not self._rounds:
            await say(robot, _RULES, rounds=parameters.rounds)
        misses = 0
        while self._rounds < parameters.rounds:
            share = self._rounds / parameters.rounds
            robot.stage(f'round {self._rounds + 1} of {parameters.rounds}', share)
            mine = robot.random.choice(SHAPES)
            theirs = await self._play(robot, mine, parameters.show_time)
            if theirs is None:
                misses += 1
                if misses == MAX_MISSES:
                    await say(robot, _NOBODY)
                    return f'saw no hand; {self._score()}'
                await say(robot, _UNSEEN)
                continue
            misses = 0
            await self._judge(robot, mine, theirs)
        await say(robot, _SCORE, mine=self._mine, theirs=self._theirs)
        return self._score()

    async def _play(self, robot: Robot, mine: Shape, seconds: float) -> Shape | None:
        """Count, show a shape and return the player's, None when there is none to be seen."""
        await robot.together(say(robot, _COUNT), nod(robot, times=3))
        lean = _ANTENNAS[mine]
        async with robot.watch(gestures=True) as scenes:
            _, theirs = await robot.together(
                robot.go_to(antennas=(lean, -lean), duration=_SHOW_S),
                shape_shown(robot, scenes, seconds),
            )
        return theirs if isinstance(theirs, Shape) else None

    async def _judge(self, robot: Robot, mine: Shape, theirs: Shape) -> None:
        won = points(mine, theirs)
        self._rounds += 1
        self._mine += won > 0
        self._theirs += won < 0
        text = {1: _WON, 0: _TIED, -1: _LOST}[won]
        names = {'mine': _NAMES[mine], 'theirs': _NAMES[theirs]}
        await say(robot, text, **{who: name.spoken(robot.language) for who, name in names.items()})
        await robot.emotion({1: 'proud', 0: 'curious', -1: 'surprised'}[won], 0.6)
        await make(robot, STILL)

    def _score(self) -> str:
        return f'{self._rounds} rounds: robot {self._mine}, player {self._theirs}'


def points(mine: Shape, theirs: Shape) -> int:
    """Return 1 for a shape that beats the other, -1 for one that is beaten, 0 for a draw."""
    return (0, 1, -1)[(SHAPES.index(mine) - SHAPES.index(theirs)) % len(SHAPES)]


async def shape_shown(robot: Robot, scenes: AsyncIterator[Scene], seconds: float) -> Shape | None:
    """Return the shape that a hand shows steadily, None when none does within some seconds."""
    until = robot.elapsed() + seconds
    await robot.wait(_REACTION_S)
    steady, before = 0, None
    while (left := until - robot.elapsed()) > 0.0:
        scene = await next_scene(scenes, left)
        if scene is None:
            return None
        shown = {Shape(gesture) for gesture in scene.gestures if gesture in SHAPES}
        shape = shown.pop() if len(shown) == 1 else None
        steady = steady + 1 if shape is not None and shape == before else int(shape is not None)
        before = shape
        if steady == STEADY:
            return shape
    return None
