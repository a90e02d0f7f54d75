"""The show of emotions."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.emotion_show import EmotionShow
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.motion.emotions import EMOTIONS
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

_TWO = {'emotions': ['happy', 'sad']}


def test_all_emotions_that_the_robot_knows_are_shown_and_named(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(EmotionShow(), {}, robot)
    shown = [order.arguments['name'] for order in robot.orders_of('emotion')]
    assert tuple(shown) == EMOTIONS
    assert len(set(robot.said)) == len(EMOTIONS)
    assert robot.said[1] == 'I am happy.'


def test_each_is_said_then_shown_in_turn_and_as_strong_as_told(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, language='fr')
    course = run_course(EmotionShow(), {**_TWO, 'intensity': 0.5}, robot)
    assert course.sentence == 'showed happy, sad'
    assert robot.names == ['say', 'emotion', 'say', 'emotion', 'feel']
    assert robot.said == ['Je suis joyeux.', 'Je suis triste.']
    assert [order.arguments['intensity'] for order in robot.orders_of('emotion')] == [0.5, 0.5]
    assert robot.stages == [('happy', 0.0), ('sad', 0.5)]


def test_an_emotion_of_ones_own_goes_by_its_own_name(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(EmotionShow(), {'emotions': ['bored']}, robot)
    assert robot.said == ['I am bored.']


def test_it_is_shown_without_words_where_there_is_no_speech(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=[Part.MOTION])
    run_course(EmotionShow(), _TWO, robot)
    assert robot.names == ['emotion', 'emotion', 'feel']


@pytest.mark.parametrize(
    'given',
    [
        {'emotions': []},
        {'emotions': ['Happy!']},
        {'emotions': 'happy'},
        {'intensity': 1.5},
        {'pause': -1},
    ],
)
def test_wrong_parameters_are_named(given: dict[str, object]) -> None:
    with pytest.raises(WrongParameters, match=next(iter(given))):
        parameters_of(EmotionShow, given)


def test_the_limit_grows_with_the_number_of_emotions() -> None:
    show = EmotionShow()
    few, many = parameters_of(show, _TWO), parameters_of(show, {'emotions': ['happy'] * 50})
    assert show.limit(few) < show.limit(many)


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(EmotionShow, _TWO, partial(FakeRobot, tmp_path))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(EmotionShow, _TWO, partial(FakeRobot, tmp_path))
