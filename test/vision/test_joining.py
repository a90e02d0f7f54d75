"""Expressions and hands find their faces."""

from __future__ import annotations

import numpy as np

from bbia_sim_ros.vision.joining import FORBIDDEN
from bbia_sim_ros.vision.joining import MAX_REACH_FACES
from bbia_sim_ros.vision.joining import assigned
from bbia_sim_ros.vision.joining import expressions_of
from bbia_sim_ros.vision.joining import hands_of
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from support.people import hand_at

LEFT = Box(x=100.0, y=100.0, width=60.0, height=60.0)
RIGHT = Box(x=300.0, y=100.0, width=60.0, height=60.0)


def expression(x: float, y: float = 100.0, size: float = 60.0) -> Expression:
    box = Box(x=x, y=y, width=size, height=size)
    return Expression(box=box, smile=0.0, mouth_open=0.0, gaze_yaw=0.0, gaze_pitch=0.0)


def test_without_faces_nothing_is_joined() -> None:
    assert expressions_of([], [expression(100.0)]) == ()
    assert hands_of([], [hand_at(100.0, 100.0)]) == ()


def test_without_expressions_and_hands_faces_have_none() -> None:
    assert expressions_of([LEFT, RIGHT], []) == (None, None)
    assert hands_of([LEFT, RIGHT], []) == ((), ())


def test_expressions_go_to_the_faces_they_overlap_most() -> None:
    left, right = expression(110.0), expression(295.0, size=80.0)
    assert expressions_of([LEFT, RIGHT], [right, left]) == (left, right)


def test_an_expression_that_hardly_touches_a_face_is_not_its_own() -> None:
    assert expressions_of([LEFT], [expression(150.0)]) == (None,)


def test_of_two_expressions_of_one_face_the_better_one_is_taken() -> None:
    good = expression(102.0)
    assert expressions_of([LEFT], [expression(120.0), good]) == (good,)


def test_hands_go_to_the_nearest_face() -> None:
    hands = [hand_at(310.0, 200.0), hand_at(80.0, 200.0)]
    assert hands_of([LEFT, RIGHT], hands) == ((hands[1],), (hands[0],))


def test_a_hand_beyond_reach_is_nobodys() -> None:
    reach = MAX_REACH_FACES * LEFT.width
    assert hands_of([LEFT], [hand_at(100.0, 100.0 + 1.01 * reach)]) == ((),)
    assert len(hands_of([LEFT], [hand_at(100.0, 100.0 + 0.99 * reach)])[0]) == 1


def test_reach_is_counted_in_faces_so_near_people_reach_further() -> None:
    near = Box(x=100.0, y=100.0, width=200.0, height=200.0)
    hand = hand_at(380.0, 300.0)
    assert hands_of([near, Box(x=420.0, y=100.0, width=30.0, height=30.0)], [hand]) == ((hand,), ())


def test_pairs_that_are_forbidden_are_not_made() -> None:
    cost = np.array([[1.0, FORBIDDEN], [0.5, FORBIDDEN]])
    assert assigned(cost) == [(1, 0)]
