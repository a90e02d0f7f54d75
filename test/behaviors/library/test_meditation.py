"""Meditation: it lasts as long as was asked for, breathes slowly, resumes with the time left."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.library.meditation import Meditation
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

NAMES = ['slow_breath', 'square_breath']


@pytest.mark.parametrize('language', ['en', 'fr'])
@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('minutes', [0.5, 5.0])
def test_it_lasts_as_long_as_was_asked_for(
    tmp_path: Path, name: str, minutes: float, language: str
) -> None:
    robot = FakeRobot(tmp_path, language=language)
    course = run_course(Meditation(), {'name': name, 'minutes': minutes}, robot)
    # A round that has begun is finished: the longest takes 50 s; opening and closing 40 s.
    assert minutes * 60.0 <= course.seconds <= minutes * 60.0 + 90.0


@pytest.mark.parametrize('name', NAMES)
def test_the_head_moves_at_the_pace_of_a_breath(tmp_path: Path, name: str) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Meditation(), {'name': name, 'minutes': 2.0}, robot)
    breaths = robot.orders_of('go_to')[1:-1]
    assert len(breaths) > 10
    assert all(order.ended - order.began > 3.99 for order in breaths)
    assert all(one.ended <= other.began + 1e-6 for one, other in pairwise(breaths))


def test_it_may_take_the_time_that_it_asks_for() -> None:
    given = parameters_of(Meditation, {'minutes': 60.0})
    assert Meditation().limit(given) > 3600.0 + 90.0


def test_an_interrupted_meditation_takes_the_time_that_was_left(tmp_path: Path) -> None:
    given = {'name': 'slow_breath', 'minutes': 4.0}
    whole = run_course(Meditation(), given, FakeRobot(tmp_path)).seconds
    meditation = Meditation()
    assert play(meditation, given, FakeRobot(tmp_path), cancel_at=whole / 2).cancelled
    rest = run_course(meditation, given, FakeRobot(tmp_path)).seconds
    # The step that was cut is done again, and one round more may be begun.
    assert whole / 2 - 1.0 <= rest <= whole / 2 + 70.0


def test_a_meditation_without_a_round_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'meditations.yaml').write_text(
        'a: {title: A, opening: [{wait: 1}], closing: [{wait: 1}]}', encoding='utf-8'
    )
    with pytest.raises(BehaviorError, match="a has no 'round'"):
        run_course(Meditation(), {'folder': str(tmp_path)}, FakeRobot(tmp_path))


def test_rounds_that_take_no_time_do_not_run_for_ever(tmp_path: Path) -> None:
    (tmp_path / 'meditations.yaml').write_text(
        'a: {title: A, opening: [{wait: 1}], round: [{wait: 0}], closing: [{wait: 1}]}',
        encoding='utf-8',
    )
    with pytest.raises(BehaviorError, match='more than 100 times'):
        run_course(Meditation(), {'folder': str(tmp_path), 'name': 'a'}, FakeRobot(tmp_path))


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    given = {'name': 'slow_breath', 'minutes': 0.5}
    cancel_at_every_step(Meditation, given, partial(FakeRobot, tmp_path))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    given = {'name': 'square_breath', 'minutes': 0.5}
    refuse_at_every_step(Meditation, given, partial(FakeRobot, tmp_path))
