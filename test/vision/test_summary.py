"""What is in sight, in words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.summary import MAX_TOLD
from bbia_sim_ros.vision.summary import summary
from bbia_sim_ros.vision.summary import where
from support.people import hand_at
from support.people import person
from support.people import place
from support.people import view_at

BOX = Box(x=320.0, y=240.0, width=50.0, height=50.0)


def thing(label: str, x: float = 320.0) -> Thing:
    return Thing(label=label, score=0.9, box=Box(x=x, y=240.0, width=50.0, height=50.0))


def expression(smile: float, mouth_open: float) -> Expression:
    return Expression(box=BOX, smile=smile, mouth_open=mouth_open, gaze_yaw=0.0, gaze_pitch=0.0)


def test_an_empty_room_has_nobody_in_sight() -> None:
    assert summary([]) == 'Nobody is in sight.'


def test_one_person_straight_ahead_is_told_with_the_distance() -> None:
    assert summary([person()]) == 'Person 1 is in sight: straight ahead, about 1.0 m away.'


def test_who_is_hidden_is_not_told() -> None:
    assert summary([person(visible=False)]) == 'Nobody is in sight.'


def test_an_unknown_distance_is_not_told() -> None:
    text = summary([person(distance=None, distance_deviation=None)])
    assert text == 'Person 1 is in sight: straight ahead.'


@pytest.mark.parametrize(
    ('yaw_deg', 'elevation_deg', 'text'),
    [
        (0.0, 0.0, 'straight ahead'),
        (4.0, -8.0, 'straight ahead'),
        (12.0, 3.0, '12 degrees to the left'),
        (-40.0, 0.0, '40 degrees to the right'),
        (0.0, 15.0, '15 degrees up'),
        (30.0, -20.0, '30 degrees to the left and 20 degrees down'),
        (179.0, 0.0, '179 degrees to the left'),
    ],
)
def test_a_place_is_told_in_degrees(yaw_deg: float, elevation_deg: float, text: str) -> None:
    assert where(place(yaw_deg, 1.5, elevation_deg)) == text


def test_what_a_person_does_is_told() -> None:
    smiling = person(
        expression=expression(0.8, 0.6), hands=(hand_at(100.0, 100.0, gesture='thumbs_up'),)
    )
    assert summary([smiling]).endswith('away, smiling, showing a thumb up.')
    speaking = person(expression=expression(0.1, 0.8))
    assert summary([speaking]).endswith('away, with open mouth.')
    still = person(expression=expression(0.1, 0.1), hands=(hand_at(100.0, 100.0),))
    assert summary([still]).endswith('about 1.0 m away.')


def test_several_people_are_told_nearest_first() -> None:
    people = [person('2', position=place(20.0, 0.8)), person('1', position=place(-20.0, 2.0))]
    assert summary(people) == (
        '2 people are in sight: person 2 20 degrees to the left, about 0.8 m away; '
        'person 1 20 degrees to the right, about 2.0 m away.'
    )


def test_of_a_crowd_the_number_is_told() -> None:
    crowd = [person(str(k), position=place(0.0, 1.0 + 0.1 * k)) for k in range(MAX_TOLD + 3)]
    text = summary(crowd)
    assert text.startswith('9 people are in sight: ')
    assert text.endswith('; and 3 more further away.')


def test_things_have_the_direction_of_their_pixel_wherever_the_head_looks() -> None:
    view = view_at(0.0, pose_from_euler(yaw=math.radians(30.0)))
    text = summary([], [thing('cup')], view)
    assert text == 'Nobody is in sight. I also see a cup 30 degrees to the left.'


def test_things_without_a_view_have_no_direction() -> None:
    assert summary([], [thing('apple')]) == 'Nobody is in sight. I also see an apple.'


@pytest.mark.parametrize(
    ('label', 'text'),
    [
        ('color_red', 'something red'),
        ('tag_7', 'marker 7'),
        ('dining table', 'a dining table'),
        ('traffic_light', 'a traffic light'),
        ('umbrella', 'an umbrella'),
    ],
)
def test_a_label_becomes_a_word(label: str, text: str) -> None:
    assert summary([], [thing(label)]).endswith(f'I also see {text}.')


def test_things_of_one_kind_are_counted() -> None:
    text = summary([], [thing('cup'), thing('tag_7'), thing('cup')], view_at(0.0))
    assert text.endswith('I also see 2 x cup straight ahead and marker 7 straight ahead.')


def test_of_many_kinds_the_number_is_told() -> None:
    text = summary([], [thing(f'kind {k}') for k in range(MAX_TOLD + 4)])
    assert text.endswith('a kind 5 and 4 more kinds of things.')


def test_a_thing_beyond_the_lens_has_no_direction() -> None:
    text = summary([], [thing('cup', x=math.nan)], view_at(0.0))
    assert text.endswith('I also see a cup.')


def test_a_summary_of_everything_at_once_is_short() -> None:
    crowd = [
        person(
            str(k),
            position=place(40.0, 1.0, -20.0),
            expression=expression(1.0, 1.0),
            hands=(hand_at(0.0, 0.0, gesture='open_palm'),),
        )
        for k in range(50)
    ]
    things = [thing(f'a rather long label number {k}', x=float(k)) for k in range(1000)]
    assert len(summary(crowd, things, view_at(0.0))) < 1500


def test_a_position_as_an_array_will_do() -> None:
    assert where(np.asarray(place(20.0, 1.0))) == '20 degrees to the left'
