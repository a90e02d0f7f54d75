"""Quizzes from YAML: questions in two languages whose answers can be checked.

Contract
    Immutable. `parse_quiz` raises FileError with line, field and what is allowed. An answer is a
    number, or one of some texts that `answers` compares.

Form
    ::

        title: {en: The sea, fr: La mer}
        questions:
          - ask:
              en: How many arms has an octopus?
              fr: Combien de bras a une pieuvre ?
            number: 8
            tell: {en: Eight of them., fr: Huit.}       # may be left out
          - ask: {en: 'Is a whale a fish?', fr: 'La baleine est-elle un poisson ?'}
            answers: {en: ['no', nope], fr: non}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.behaviors.answers import is_answer
from bbia_sim_ros.behaviors.answers import number_said
from bbia_sim_ros.behaviors.content import each_language
from bbia_sim_ros.behaviors.content import required
from bbia_sim_ros.behaviors.content import text_of
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.marked_yaml import Value

MAX_QUESTIONS: Final = 1000
MAX_ANSWERS: Final = 50
_MAX_ANSWER = 100
_MAX_NUMBER = 1e9
# Answers are compared digit by digit as they were said; this is for numbers such as 0.1.
_TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, what is told when it is over, and what is right: a number or texts."""

    ask: Text
    number: float | None = None
    english: tuple[str, ...] = ()
    french: tuple[str, ...] = ()
    tell: Text | None = None

    @property
    def solution(self) -> Text:
        """The answer as it is told."""
        if self.number is None:
            return Text(en=_escaped(self.english[0]), fr=_escaped(self.french[0]))
        return Text(en=f'{self.number:.12g}', fr=f'{self.number:.12g}'.replace('.', ','))

    def answers(self, language: str) -> tuple[str, ...]:
        """Return the right texts in a language."""
        return self.french if language.startswith('fr') else self.english

    def is_right(self, said: str, language: str, quiz: Quiz) -> bool:
        """Whether what was said is right; it is not with another question's answer beside it."""
        if self.number is not None:
            number = number_said(said, language)
            return number is not None and abs(number - self.number) <= _TOLERANCE
        others = [
            answer
            for question in quiz.questions
            for answer in question.answers(language)
            if question is not self
        ]
        mine = self.answers(language)
        return is_answer(said, mine, [other for other in others if other not in mine])


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """Questions about something."""

    title: Text
    questions: tuple[Question, ...]


def parse_quiz(name: str, value: Value) -> Quiz:
    """Return a quiz; see the module's docstring."""
    del name
    entries = value.mapping(known=('title', 'questions'))
    rows = required(value, entries, 'questions')
    items = rows.items()
    if not 1 <= len(items) <= MAX_QUESTIONS:
        raise rows.error(f'has {len(items)} entries; allowed is 1 .. {MAX_QUESTIONS}')
    return Quiz(
        title=text_of(required(value, entries, 'title')),
        questions=tuple(_question(item) for item in items),
    )


def _question(value: Value) -> Question:
    entries = value.mapping(known=('ask', 'answers', 'number', 'tell'))
    if ('answers' in entries) == ('number' in entries):
        raise value.error('needs either answers or a number')
    ask = text_of(required(value, entries, 'ask'))
    tell = text_of(entries['tell']) if 'tell' in entries else None
    if 'number' in entries:
        number = entries['number'].number(-_MAX_NUMBER, _MAX_NUMBER)
        return Question(ask=ask, tell=tell, number=number)
    answers: Mapping[str, tuple[str, ...]] = {
        language: _answers(one) for language, one in each_language(entries['answers']).items()
    }
    return Question(ask=ask, tell=tell, english=answers['en'], french=answers['fr'])


def _answers(value: Value) -> tuple[str, ...]:
    try:
        items = value.items()
    except FileError:
        items = [value]
    if not 1 <= len(items) <= MAX_ANSWERS:
        raise value.error(f'has {len(items)} entries; allowed is 1 .. {MAX_ANSWERS}')
    answers = tuple(item.text() for item in items)
    for item, answer in zip(items, answers, strict=True):
        if len(answer) > _MAX_ANSWER or not is_answer(answer, [answer]):
            raise item.error(
                f'is {answer[:_MAX_ANSWER]!r}; it is some words, {_MAX_ANSWER} letters'
            )
    return answers


def _escaped(text: str) -> str:
    return text.replace('{', '{{').replace('}', '}}')
