"""Hiding: out of sight, as long as was asked or until called, with whatever senses there are."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.library.hide import Hide
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import ANNA
from support.fake_robot import BERT
from support.fake_robot import FakeRobot


def test_it_turns_away_ducks_and_comes_back(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.MOTION})
    course = run_course(Hide(), {'seconds': 30.0}, robot)
    away, ducked, peek, out = (order.arguments for order in robot.orders_of('go_to'))
    assert abs(away['body_yaw']) > 2.0
    assert away['head'].yaw == away['body_yaw']
    assert ducked['head'].pitch >= 0.3
    assert ducked['antennas'][0] > 2.0
    assert 0.0 < peek['body_yaw'] / away['body_yaw'] < 1.0
    assert (out['body_yaw'], out['head'].yaw) == (0.0, 0.0)
    assert 30.0 < course.seconds < 45.0
    assert 'hid for 30 s, came out because it was time' in course.sentence


def test_both_sides_are_hiding_places(tmp_path: Path) -> None:
    sides = set()
    for seed in range(20):
        robot = FakeRobot(tmp_path, seed=seed)
        run_course(Hide(), {'seconds': 1.0}, robot)
        sides.add(robot.orders_of('go_to')[0].arguments['body_yaw'] > 0.0)
    assert sides == {True, False}


def test_a_voice_calls_it_out(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[9.0])
    course = run_course(Hide(), {'seconds': 600.0}, robot)
    assert 'came out because somebody called' in course.sentence
    assert course.seconds < 25.0


def test_a_voice_does_not_call_it_out_when_it_is_not_to(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[9.0])
    course = run_course(Hide(), {'seconds': 20.0, 'until_called': False}, robot)
    assert 'hid for 20 s, came out because it was time' in course.sentence
    assert 'voice_heard' not in robot.names


def test_it_says_nothing_while_it_hides(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Hide(), {}, robot)
    assert robot.orders_of('say')[0].began > robot.orders_of('go_to')[-1].ended - 1e-6


def test_it_looks_at_who_is_there(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA, BERT)))
    course = run_course(Hide(), {}, robot)
    assert [order.arguments['point'] for order in robot.orders_of('look_at')] == [ANNA.position]
    assert robot.said == ['There you are!']
    assert course.sentence.endswith('and saw somebody')


@pytest.mark.parametrize(
    ('language', 'said'),
    [('en', 'Is nobody there? Here I am!'), ('fr', "Il n'y a personne ? Me voilà !")],
)
def test_it_wonders_when_nobody_is_there(tmp_path: Path, language: str, said: str) -> None:
    robot = FakeRobot(tmp_path, language=language)
    assert run_course(Hide(), {}, robot).sentence.endswith('and saw nobody')
    assert robot.said == [said]


def test_it_comes_out_though_its_eyes_give_nothing(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Hide(), {}, robot)
    blinded = FakeRobot(tmp_path, refuse_at=robot.names.index('see'))
    assert run_course(Hide(), {}, blinded).sentence.endswith('and saw nobody')


def test_it_may_take_the_time_that_it_is_asked_for() -> None:
    assert Hide().limit(parameters_of(Hide, {'seconds': 3600.0})) > 3620.0


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    make_robot = partial(FakeRobot, tmp_path, sees=Scene(people=(ANNA,)), voices=[9.0])
    cancel_at_every_step(Hide, {}, make_robot)


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    refuse_at_every_step(Hide, {}, partial(FakeRobot, tmp_path, sees=Scene(people=(ANNA,))))
