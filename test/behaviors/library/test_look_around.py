"""Looking around."""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.library.look_around import LookAround
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import SeenThing
from support.courses import cancel_at_every_step
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import ANNA
from support.fake_robot import BERT
from support.fake_robot import FakeRobot

_CUP = SeenThing(label='cup', score=0.8, width=0.1)


def test_it_looks_to_both_sides_up_and_down_and_ahead_in_the_end(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(LookAround(), {}, robot)
    points = [order.arguments['point'] for order in robot.orders_of('look_at')]
    yaws = [math.degrees(math.atan2(y, x)) for x, y, _ in points]
    assert max(yaws) >= 60.0
    assert min(yaws) <= -60.0
    assert {math.copysign(1.0, z) for _, _, z in points} == {1.0, -1.0}
    assert all(math.isclose(math.hypot(*point), 1.0) for point in points)
    last = robot.orders_of('go_to')[-1].arguments
    assert (last['head'].yaw, last['body_yaw']) == (0.0, 0.0)


@pytest.mark.parametrize(
    ('language', 'scenes', 'said'),
    [
        ('en', [Scene()], 'I see nobody.'),
        ('fr', [Scene(people=(ANNA,))], "Je vois quelqu'un."),
        ('en', [Scene(people=(ANNA,)), Scene(people=(BERT,)), Scene()], 'I see 2 people.'),
    ],
)
def test_it_tells_how_many_different_people_it_saw(
    language: str, scenes: list[Scene], said: str, tmp_path: Path
) -> None:
    robot = FakeRobot(tmp_path, sees=scenes, language=language)
    run_course(LookAround(), {}, robot)
    assert robot.said == [said]


def test_one_who_is_seen_again_with_another_id_in_the_same_place_is_one_person(
    tmp_path: Path,
) -> None:
    again = dataclasses.replace(ANNA, id='7')
    robot = FakeRobot(tmp_path, sees=[Scene(people=(ANNA,)), Scene(), Scene(people=(again,))])
    assert run_course(LookAround(), {}, robot).sentence == 'looked around and saw people: 1'


def test_it_reports_things_as_many_as_were_in_sight_together(tmp_path: Path) -> None:
    scenes = [Scene(people=(ANNA,), things=(_CUP, _CUP)), Scene(things=(_CUP,)), Scene()]
    course = run_course(LookAround(), {}, FakeRobot(tmp_path, sees=scenes))
    assert course.sentence == 'looked around and saw people: 1, cup: 2'


def test_it_only_looks_where_nothing_sees(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=[Part.MOTION, Part.SPEECH])
    course = run_course(LookAround(), {'rounds': 2}, robot)
    assert course.sentence == 'looked around, without a node that sees'
    assert robot.said == []
    assert len(robot.orders_of('look_at')) == 12


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(LookAround, {}, partial(FakeRobot, tmp_path))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(LookAround, {}, partial(FakeRobot, tmp_path))
