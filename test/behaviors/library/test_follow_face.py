"""Following a face."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.follow_face import FollowFace
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

_SEEN = ('following', 'face:3', 0.02)
_LOST = ('searching', '', -1.0)


def test_it_follows_the_nearest_face_for_as_long_as_told(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, follows=lambda _: _SEEN)
    course = run_course(FollowFace(), {'duration': 10}, robot)
    (order,) = robot.orders_of('following')
    assert order.arguments == {'target': 'face'}
    assert order.ended - order.began == pytest.approx(10.0, abs=0.2)
    assert course.sentence == 'followed a face for 10 s, in sight for 10 s'
    assert robot.stages[0][0] == 'following face:3'


def test_it_follows_one_person_by_id(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(FollowFace(), {'duration': 1, 'person': '7'}, robot)
    assert robot.orders_of('following')[0].arguments == {'target': 'face:7'}


def test_it_ends_when_the_face_stays_away(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, follows=lambda time: _SEEN if time < 5.0 else _LOST)
    course = run_course(FollowFace(), {'patience': 4}, robot)
    assert course.seconds == pytest.approx(9.0, abs=0.5)
    assert course.sentence == ('followed a face for 9 s, in sight for 5 s, lost 4 s before the end')


def test_it_goes_on_when_the_face_comes_back(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, follows=lambda time: _LOST if 5.0 < time < 8.0 else _SEEN)
    course = run_course(FollowFace(), {'duration': 20, 'patience': 4}, robot)
    assert course.seconds == pytest.approx(20.0, abs=0.2)


def test_a_face_that_never_came_is_an_error(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, follows=lambda _: _LOST)
    with pytest.raises(BehaviorError, match='a face did not come into sight within 4 s'):
        run_course(FollowFace(), {'patience': 4}, robot)


def test_what_is_left_of_the_time_goes_on_after_a_preemption(tmp_path: Path) -> None:
    behavior = FollowFace()
    play(behavior, {'duration': 10}, FakeRobot(tmp_path), cancel_at=7.0)
    again = FakeRobot(tmp_path)
    course = run_course(behavior, {'duration': 10}, again)
    assert course.seconds == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    'given', [{'person': 'a b'}, {'person': 3}, {'duration': 0}, {'patience': 1e9}]
)
def test_wrong_parameters_are_named(given: dict[str, object]) -> None:
    with pytest.raises(WrongParameters, match=next(iter(given))):
        parameters_of(FollowFace, given)


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(FollowFace, {'duration': 5}, partial(FakeRobot, tmp_path))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(FollowFace, {'duration': 5}, partial(FakeRobot, tmp_path))
