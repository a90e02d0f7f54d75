"""Asking questions and checking the answers."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.answers import does_not_know
from bbia_sim_ros.behaviors.answers import wants_to_stop
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.content import chosen
from bbia_sim_ros.behaviors.content import read
from bbia_sim_ros.behaviors.quiz import Question
from bbia_sim_ros.behaviors.quiz import Quiz
from bbia_sim_ros.behaviors.quiz import parse_quiz
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.scripted import ContentParameters
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

MAX_SILENCES: Final = 2

_INTRODUCTION: Final = Text(
    en='I have {count} questions for you: {title}. Say stop when you have had enough.',
    fr="J'ai {count} questions pour toi : {title}. Dis stop quand tu en as assez.",
)
_RIGHT: Final = Text(en='Right!', fr='Exact !')
_AGAIN: Final = Text(en='No, that is not it. Try again.', fr="Non, ce n'est pas ça. Essaie encore.")
_WRONG: Final = Text(en='The answer is: {solution}.', fr='La réponse est : {solution}.')
_SCORE: Final = Text(en='You had {right} of {asked} right.', fr='Tu as eu {right} sur {asked}.')
_NOBODY: Final = Text(en='I hear nobody. Until later!', fr="Je n'entends personne. À plus tard !")


class Teaching(Behavior):
    """Asks questions from quizzes.yaml by voice, checks the answers and tells the right ones."""

    name = 'teaching'
    requires = frozenset({Part.MOTION, Part.SPEECH, Part.HEARING})
    when_preempted = WhenPreempted.RESUME
    time_limit = 3600.0

    class Parameters(ContentParameters):
        """The name of the quiz, a folder with more, and how it is asked."""

        questions: int = Field(5, ge=1, le=100, description='How many questions, if there are.')
        tries: int = Field(2, ge=1, le=5, description='How many answers a question may have.')
        answer_time: float = Field(12.0, ge=2.0, le=60.0, description='Patience for an answer, s.')

    def __init__(self) -> None:
        """Ask nothing yet."""
        self._quiz: Quiz | None = None
        self._left: list[Question] = []
        self._asked = 0
        self._right = 0
        self._silences = 0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Ask the questions that are left."""
        if self._quiz is None:
            self._quiz = self._begin(robot, parameters)
            title = self._quiz.title.spoken(robot.language)
            await say(robot, _INTRODUCTION, count=len(self._left), title=title)
        count = self._asked + len(self._left)
        while self._left:
            robot.stage(f'question {self._asked + 1} of {count}', self._asked / count)
            if not await self._ask(robot, self._quiz, self._left[0], parameters):
                break
            if self._silences == MAX_SILENCES:
                await say(robot, _NOBODY)
                break
        if self._asked:
            await say(robot, _SCORE, right=self._right, asked=self._asked)
        return f'{self._right} of {self._asked} answers were right'

    def _begin(self, robot: Robot, parameters: Parameters) -> Quiz:
        quiz = chosen(
            'quizzes', read('quizzes', parameters.folder, parse_quiz), parameters.name, robot.random
        )
        count = min(parameters.questions, len(quiz.questions))
        self._left = robot.random.sample(quiz.questions, count)
        return quiz

    async def _ask(
        self, robot: Robot, quiz: Quiz, question: Question, parameters: Parameters
    ) -> bool:
        """Ask until it is known, and return whether to go on."""
        to_say = question.ask.spoken(robot.language)
        is_right = False
        for _ in range(parameters.tries):
            heard = await robot.ask(to_say, parameters.answer_time)
            self._silences = self._silences + 1 if heard is None else 0
            if heard is None:
                break
            is_right = question.is_right(heard.text, robot.language, quiz)
            if is_right or does_not_know(heard.text):
                break
            if wants_to_stop(heard.text):
                return False
            await robot.move('shake_head')
            to_say = _AGAIN.spoken(robot.language)
        self._left.remove(question)
        self._asked += 1
        self._right += is_right
        await self._resolve(robot, question, is_right=is_right)
        return True

    async def _resolve(self, robot: Robot, question: Question, *, is_right: bool) -> None:
        """Tell what is right."""
        if is_right:
            await robot.together(say(robot, _RIGHT), robot.move('nod'))
        else:
            await say(robot, _WRONG, solution=question.solution.spoken(robot.language))
        if question.tell is not None:
            await say(robot, question.tell)
