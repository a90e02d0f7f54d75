"""Teaching: answers are checked, scores are right, silence and wishes to stop end it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.content import read
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.library.teaching import Teaching
from bbia_sim_ros.behaviors.quiz import Quiz
from bbia_sim_ros.behaviors.quiz import parse_quiz
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

QUIZ = """
small:
  title: Small
  questions:
    - ask: How many legs has a spider?
      number: 8
      tell: {en: 'Eight of them.', fr: 'Huit.'}
    - ask: What is the capital of Greece?
      answers: {en: Athens, fr: Athènes}
    - ask: What is the capital of Italy?
      answers: [Rome, Roma]
"""
SOLUTIONS = {'spider': 'eight', 'Greece': 'It is athens!', 'Italy': 'roma'}


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / 'quizzes.yaml').write_text(QUIZ, encoding='utf-8')
    return str(tmp_path)


def answers(**changed: str | None) -> Callable[[str], str | None]:
    """Return who knows all answers but those that are given."""
    known = {**SOLUTIONS, **changed}

    def answer(question: str) -> str | None:
        return next((answer for key, answer in known.items() if key in question), 'hm')

    return answer


def test_who_knows_everything_gets_everything_right(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path, hears=answers())
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '3 of 3 answers were right'
    assert robot.said.count('Right!') == 3
    assert 'Eight of them.' in robot.said
    assert robot.said[-1] == 'You had 3 of 3 right.'
    assert [order.arguments['name'] for order in robot.orders_of('move')] == ['nod'] * 3


def test_a_wrong_answer_has_another_try_and_is_then_told(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path, hears=answers(Greece='Rome'))
    course = run_course(Teaching(), {'name': 'small', 'folder': own, 'tries': 3}, robot)
    assert course.sentence == '2 of 3 answers were right'
    assert robot.said.count('No, that is not it. Try again.') == 2
    assert 'The answer is: Athens.' in robot.said


def test_who_does_not_know_is_told_at_once(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path, hears=answers(spider='I have no idea'))
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '2 of 3 answers were right'
    assert 'The answer is: 8.' in robot.said
    assert 'No, that is not it. Try again.' not in robot.said


def test_all_answers_in_one_breath_are_wrong(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path, hears=lambda _: 'Athens Rome eight seven')
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '0 of 3 answers were right'


def test_silence_ends_it(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '0 of 2 answers were right'
    assert 'I hear nobody. Until later!' in robot.said


def test_stop_ends_it_with_the_score(tmp_path: Path, own: str) -> None:
    answer = answers()
    robot = FakeRobot(
        tmp_path, hears=lambda said: 'stop' if 'Right!' in robot.said else answer(said)
    )
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '1 of 1 answers were right'
    assert robot.said[-1] == 'You had 1 of 1 right.'


def test_french_answers_count_with_and_without_accents(tmp_path: Path, own: str) -> None:
    answer = answers(spider='huit', Greece='cest Athenes')
    robot = FakeRobot(tmp_path, hears=answer, language='fr')
    course = run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
    assert course.sentence == '3 of 3 answers were right'
    assert robot.said[-1] == 'Tu as eu 3 sur 3.'


def test_questions_come_in_another_order_each_time(tmp_path: Path, own: str) -> None:
    first = set()
    for seed in range(20):
        robot = FakeRobot(tmp_path, hears=['stop'], seed=seed)
        run_course(Teaching(), {'name': 'small', 'folder': own}, robot)
        first.add(robot.said[1])
    assert len(first) == 3


def test_it_goes_on_with_the_questions_that_are_left(tmp_path: Path, own: str) -> None:
    given = {'name': 'small', 'folder': own}
    whole = run_course(Teaching(), given, FakeRobot(tmp_path, hears=answers()))
    teaching, rest = Teaching(), FakeRobot(tmp_path, hears=answers())
    first = FakeRobot(tmp_path, hears=answers())
    assert play(teaching, given, first, cancel_at=whole.seconds / 2).cancelled
    assert run_course(teaching, given, rest).sentence == '3 of 3 answers were right'
    asked = [said for said in (*first.said, *rest.said) if said.endswith('?')]
    assert len(set(asked)) == 3
    assert len(asked) <= 4


def quizzes() -> dict[str, Quiz]:
    return dict(read('quizzes', '', parse_quiz))


@pytest.mark.parametrize('language', ['en', 'fr'])
@pytest.mark.parametrize('name', ['capitals', 'nature', 'sums'])
def test_every_question_of_the_package_takes_its_own_answers_only(name: str, language: str) -> None:
    quiz = quizzes()[name]
    assert len(quiz.questions) >= 8
    for question in quiz.questions:
        solution = question.solution.spoken(language)
        for answer in (solution, *question.answers(language)):
            assert question.is_right(answer, language, quiz), answer
        for other in quiz.questions:
            if other.solution != question.solution:
                assert not question.is_right(other.solution.spoken(language), language, quiz)


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('a: {title: A, questions: []}', 'questions has 0 entries'),
        ('a: {title: A, questions: [{ask: B}]}', 'either answers or a number'),
        ('a: {title: A, questions: [{ask: B, number: 1, answers: C}]}', 'either answers'),
        ('a: {title: A, questions: [{ask: B, number: many}]}', "number, not 'many'"),
        ('a: {title: A, questions: [{ask: B, answers: []}]}', 'answers has 0 entries'),
        ('a: {title: A, questions: [{ask: B, answers: "?!"}]}', 'it is some words'),
        ('a: {title: A, questions: [{ask: B, answers: {en: C}}]}', "answers has no 'fr'"),
        ('a: {title: A, questions: [{number: 1}]}', "has no 'ask'"),
        ('a: {titel: A}', "unknown key 'titel'"),
    ],
)
def test_a_broken_quiz_is_refused_with_file_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / 'quizzes.yaml').write_text(text, encoding='utf-8')
    with pytest.raises(BehaviorError, match=f'quizzes.yaml:1: .*{complaint}'):
        run_course(Teaching(), {'folder': str(tmp_path)}, FakeRobot(tmp_path))


def test_it_can_be_cancelled_at_every_step(tmp_path: Path, own: str) -> None:
    given = {'name': 'small', 'folder': own}
    hears = answers(Greece='Rome')
    cancel_at_every_step(Teaching, given, partial(FakeRobot, tmp_path, hears=hears))


def test_it_survives_or_reports_every_refusal(tmp_path: Path, own: str) -> None:
    given = {'name': 'small', 'folder': own}
    hears = answers(Greece='Rome')
    refuse_at_every_step(Teaching, given, partial(FakeRobot, tmp_path, hears=hears))
