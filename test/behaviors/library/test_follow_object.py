"""Following an object."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.follow_object import FollowObject
from bbia_sim_ros.vision.colors import COLORS
from bbia_sim_ros.vision.colors import LABEL as COLOR_LABEL
from bbia_sim_ros.vision.tags import LABEL as TAG_LABEL
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot


@pytest.mark.parametrize(
    ('what', 'label'),
    [
        *((color, COLOR_LABEL.format(color)) for color in COLORS),
        ('17', TAG_LABEL.format(17)),
        ('cup', 'cup'),
        ('teddy bear', 'teddy bear'),
    ],
)
def test_it_follows_a_colour_a_tag_or_a_class(what: str, label: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(FollowObject(), {'what': what, 'duration': 1}, robot)
    assert robot.orders_of('following')[0].arguments == {'target': f'object:{label}'}


def test_it_follows_for_as_long_as_told(tmp_path: Path) -> None:
    course = run_course(FollowObject(), {'duration': 10}, FakeRobot(tmp_path))
    assert course.sentence == 'followed something red for 10 s, in sight for 10 s'


def test_an_object_that_never_came_is_an_error(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, follows=lambda _: ('searching', '', -1.0))
    with pytest.raises(BehaviorError, match='tag 5 did not come into sight within 3 s'):
        run_course(FollowObject(), {'what': '5', 'patience': 3}, robot)


@pytest.mark.parametrize('what', ['', 'a/b', ' red', 'x' * 61, 5])
def test_what_names_nothing_is_refused(what: object) -> None:
    with pytest.raises(WrongParameters, match='what'):
        parameters_of(FollowObject, {'what': what})


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(FollowObject, {'duration': 5}, partial(FakeRobot, tmp_path))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(FollowObject, {'duration': 5}, partial(FakeRobot, tmp_path))
