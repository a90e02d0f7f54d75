"""What is followed when there is more than one."""

from __future__ import annotations

import pytest

from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.targets import Found
from bbia_sim_ros.vision.targets import find
from bbia_sim_ros.vision.targets import parse_target
from support.people import view_at

CUP = parse_target('object:cup')
LEFT_PX, RIGHT_PX = 120.0, 520.0


def cup(x: float, score: float) -> Thing:
    return Thing(label='cup', score=score, box=Box(x=x, y=240.0, width=40.0, height=40.0))


def seen(*things: Thing) -> Seen:
    view = view_at(1.0)
    return Seen(things=things, things_view=view, things_s=view.stamp_s)


def found(*things: Thing, last: Found | None = None) -> Found:
    one = find(CUP, seen(*things), last)
    assert one is not None
    return one


def is_left(one: Found) -> bool:
    return one.point[1] > 0.0


def test_of_two_objects_of_a_class_the_surest_is_taken_first() -> None:
    assert is_left(found(cup(LEFT_PX, 0.9), cup(RIGHT_PX, 0.8)))
    assert not is_left(found(cup(RIGHT_PX, 0.9), cup(LEFT_PX, 0.8)))


@pytest.mark.parametrize('moved_px', [0.0, 80.0, -80.0])
def test_an_object_stays_the_one_when_another_of_its_class_is_surer(moved_px: float) -> None:
    last = found(cup(LEFT_PX, 0.9), cup(RIGHT_PX, 0.8))
    assert is_left(found(cup(RIGHT_PX, 0.9), cup(LEFT_PX + moved_px, 0.5), last=last))


def test_when_it_is_gone_another_of_its_class_is_taken() -> None:
    last = found(cup(LEFT_PX, 0.9))
    assert not is_left(found(cup(RIGHT_PX, 0.9), last=last))
    assert find(CUP, seen(), last) is None


def test_an_object_that_no_direction_leads_to_is_not_taken() -> None:
    nowhere = cup(float('nan'), 0.9)
    assert is_left(found(nowhere, cup(LEFT_PX, 0.5)))
    assert find(CUP, seen(nowhere), None) is None
