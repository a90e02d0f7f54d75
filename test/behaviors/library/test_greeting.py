"""Greeting people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.greeting import Greeting
from bbia_sim_ros.behaviors.library.greeting import name_in
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import SeenPerson
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import ANNA
from support.fake_robot import BERT
from support.fake_robot import FakeRobot


def _coming(*people: tuple[float, SeenPerson]) -> Callable[[float], Scene]:
    """Return what is in sight when each person comes at a time, s, and stays."""
    return lambda time: Scene(people=tuple(person for when, person in people if time >= when))


def test_a_face_that_appears_is_looked_at_and_greeted(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=_coming((5.0, ANNA)))
    course = run_course(Greeting(), {}, robot)
    assert course.sentence == 'greeted 1: person 1'
    (look,) = robot.orders_of('look_at')
    assert look.began == pytest.approx(5.0, abs=0.2)
    assert look.arguments['point'] == ANNA.position
    (say,), (emotion,) = robot.orders_of('say'), robot.orders_of('emotion')
    assert look.ended <= say.began == emotion.began
    assert emotion.arguments['name'] == 'happy'


def test_nobody_is_greeted_where_nobody_is(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(Greeting(), {'duration': 30}, robot)
    assert course.sentence == 'saw no new face'
    assert course.seconds == pytest.approx(30.0, abs=0.2)
    assert robot.names == ['watch']


def test_each_face_is_greeted_once(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=_coming((1.0, ANNA), (20.0, BERT)))
    course = run_course(Greeting(), {'people': 0}, robot)
    assert course.sentence == 'greeted 2: person 1, person 2'
    looks = [order.arguments['point'] for order in robot.orders_of('look_at')]
    assert looks == [ANNA.position, BERT.position]


def test_it_ends_when_as_many_as_told_are_greeted(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA, BERT)))
    course = run_course(Greeting(), {'people': 1, 'duration': 100}, robot)
    assert len(robot.said) == 1
    assert course.seconds < 20.0


def test_a_face_whose_place_is_only_guessed_is_not_greeted(tmp_path: Path) -> None:
    hidden = replace(ANNA, visible=False)
    robot = FakeRobot(tmp_path, sees=Scene(people=(hidden,)))
    run_course(Greeting(), {'duration': 5}, robot)
    assert robot.said == []


@pytest.mark.parametrize(
    ('place', 'away_s', 'greetings'),
    [
        (ANNA.position, 5.0, 1),
        (ANNA.position, 40.0, 2),
        (BERT.position, 5.0, 2),
    ],
)
def test_a_face_lost_for_a_moment_is_not_greeted_again_under_its_new_id(
    place: tuple[float, float, float], away_s: float, greetings: int, tmp_path: Path
) -> None:
    def seen(time: float) -> Scene:
        if time < 10.0:
            return Scene(people=(ANNA,))
        again = SeenPerson(id='9', position=place)
        return Scene(people=(again,)) if time > 10.0 + away_s else Scene()

    robot = FakeRobot(tmp_path, sees=seen)
    run_course(Greeting(), {'people': 0, 'duration': 80}, robot)
    assert len(robot.said) == greetings


def test_the_first_one_is_greeted_by_the_name_that_was_told(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA, BERT)), language='fr')
    course = run_course(Greeting(), {'name': ' Anna  Maria ', 'people': 2}, robot)
    assert robot.said[0] == 'Bonjour Anna Maria ! Content de te voir.'
    assert 'Anna' not in robot.said[1]
    assert course.sentence == 'greeted 2: Anna Maria, person 2'


def test_a_name_with_braces_is_a_name(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    run_course(Greeting(), {'name': '{name}'}, robot)
    assert robot.said == ['Hello {name}! Nice to see you.']


@pytest.mark.parametrize(
    ('answer', 'reply'),
    [
        ('My name is Anna.', 'Nice to meet you, Anna!'),
        ('None of your business, robot', 'Well, nice to meet you!'),
        (None, 'Well, nice to meet you!'),
    ],
)
def test_who_is_asked_is_called_by_the_name_of_the_answer(
    answer: str | None, reply: str, tmp_path: Path
) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)), hears=[answer])
    run_course(Greeting(), {'ask_name': True}, robot)
    assert robot.said[1:] == ['What is your name?', reply]


@pytest.mark.parametrize(
    ('answer', 'name'),
    [
        ('my name is anna', 'Anna'),
        ('Oh, my name is Anna, and yours?', 'Anna'),
        ("My name's Mary-Jane O'Neil", "Mary-Jane O'Neil"),
        ("I'm Bert.", 'Bert'),
        ('I am very happy', ''),
        ('Je m’appelle Zoé Dupont.', 'Zoé Dupont'),
        ("Moi, c'est Éric", 'Éric'),
        ("c'est difficile", ''),
        ('anna', 'Anna'),
        ('Anna Maria', 'Anna Maria'),
        ('hello', ''),
        ('42', ''),
        ('my name is 42', ''),
        ('what a strange question', ''),
        ('A' * 100, ''),
        ('', ''),
        ('my name is ', ''),
    ],
)
def test_a_name_is_found_in_an_answer_or_none(answer: str, name: str) -> None:
    assert name_in(answer) == name


def test_whom_it_greeted_before_a_preemption_is_not_greeted_again(tmp_path: Path) -> None:
    behavior, given = Greeting(), {'people': 0, 'duration': 60}
    first = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    play(behavior, given, first, cancel_at=20.0)
    assert len(first.said) == 1
    again = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    course = run_course(behavior, given, again)
    assert again.said == []
    assert course.seconds == pytest.approx(40.0, abs=0.2)
    assert course.sentence == 'greeted 1: person 1'


@pytest.mark.parametrize('given', [{'name': 'x' * 41}, {'people': -1}, {'duration': 0}])
def test_wrong_parameters_are_named(given: dict[str, object]) -> None:
    with pytest.raises(WrongParameters, match=next(iter(given))):
        parameters_of(Greeting, given)


_GIVEN = {'people': 2, 'ask_name': True}


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    sees = Scene(people=(ANNA, BERT))
    cancel_at_every_step(Greeting, _GIVEN, partial(FakeRobot, tmp_path, sees=sees))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    sees = Scene(people=(ANNA, BERT))
    refuse_at_every_step(Greeting, _GIVEN, partial(FakeRobot, tmp_path, sees=sees))
