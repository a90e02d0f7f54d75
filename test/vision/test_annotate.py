"""Pictures with what was seen drawn in."""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest

from bbia_sim_ros.vision.annotate import annotated
from bbia_sim_ros.vision.annotate import annotated_jpeg
from bbia_sim_ros.vision.canvas import Canvas
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import BodyLandmarks
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Landmarks
from bbia_sim_ros.vision.results import Thing
from support.people import hand_at
from support.people import person
from support.people import place

WHITE = (255, 255, 255)


def grey(height: int = 480, width: int = 640) -> Picture:
    return np.full((height, width, 3), 100, dtype=np.uint8)


def changed(before: Picture, after: Picture) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is different."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def test_nothing_seen_changes_nothing() -> None:
    assert np.array_equal(annotated(grey()), grey())


def test_the_picture_that_comes_in_is_not_changed() -> None:
    picture = grey()
    picture.flags.writeable = False
    drawn = annotated(picture, people=[person()])
    assert np.array_equal(picture, grey())
    assert not np.array_equal(drawn, picture)


def test_a_person_is_framed_where_the_face_is_with_the_text_below() -> None:
    one = person()
    left, top, right, bottom = changed(grey(), annotated(grey(), people=[one]))
    assert left == pytest.approx(one.box.left, abs=6)
    assert top == pytest.approx(one.box.top, abs=3)
    assert right >= one.box.right - 1
    assert one.box.bottom + 10 < bottom < one.box.bottom + 60


def test_two_people_have_different_colours() -> None:
    colors = {
        tuple(annotated(grey(), people=[person(name)])[240 - 20, :].max(axis=0).tolist())
        for name in ('1', '2')
    }
    assert len(colors) == 2


def test_one_who_is_only_expected_looks_different_from_one_who_is_seen() -> None:
    seen = annotated(grey(), people=[person()])
    expected = annotated(grey(), people=[person(visible=False)])
    assert not np.array_equal(seen, expected)


def test_a_person_behind_the_camera_is_not_drawn() -> None:
    gone = person(visible=False, box=Box(x=0.0, y=0.0, width=0.0, height=0.0))
    assert np.array_equal(annotated(grey(), people=[gone]), grey())


def test_a_thing_is_framed_and_labelled() -> None:
    thing = Thing(label='cup', score=0.8, box=Box(x=300.0, y=200.0, width=80.0, height=60.0))
    drawn = annotated(grey(), things=[thing])
    assert changed(grey(), drawn) == (
        pytest.approx(260, abs=2),
        pytest.approx(170, abs=2),
        pytest.approx(340, abs=15),
        pytest.approx(230, abs=2),
    )


def test_hands_are_drawn_along_their_landmarks() -> None:
    hand = hand_at(300.0, 300.0)
    drawn = annotated(grey(), landmarks=Landmarks(hands=(hand,)))
    for x, y, _ in hand.landmarks:
        assert tuple(drawn[round(y - 0.5), round(x - 0.5)]) != (100, 100, 100)


def test_of_a_body_only_what_is_in_sight_is_drawn() -> None:
    landmarks = np.column_stack((np.linspace(100, 500, 33), np.linspace(50, 400, 33), np.zeros(33)))
    hidden = BodyLandmarks(landmarks=landmarks, visibility=np.zeros(33))
    shown = BodyLandmarks(landmarks=landmarks, visibility=np.ones(33))
    assert np.array_equal(annotated(grey(), landmarks=Landmarks(body=hidden)), grey())
    assert not np.array_equal(annotated(grey(), landmarks=Landmarks(body=shown)), grey())


@pytest.mark.parametrize(
    'box',
    [
        Box(x=-500.0, y=240.0, width=100.0, height=100.0),
        Box(x=640.0, y=480.0, width=300.0, height=300.0),
        Box(x=1e12, y=-1e12, width=100.0, height=100.0),
        Box(x=320.0, y=240.0, width=1e9, height=1e9),
        Box(x=math.nan, y=math.nan, width=100.0, height=100.0),
    ],
)
@pytest.mark.parametrize('size', [(480, 640), (1, 1), (7, 900)])
def test_places_outside_the_picture_do_no_harm(box: Box, size: tuple[int, int]) -> None:
    one = dataclasses.replace(person(), box=box)
    thing = Thing(label='cup', score=0.5, box=box)
    assert annotated(grey(*size), people=[one], things=[thing]).shape == (*size, 3)


def test_letters_that_the_font_lacks_do_no_harm() -> None:
    box = Box(x=300.0, y=200.0, width=80.0, height=60.0)
    labels = [
        Thing(label=text, score=0.5, box=box) for text in ('tasse à café', '猫', '', 'x' * 900)
    ]
    assert annotated(grey(), things=labels).shape == (480, 640, 3)


def test_lines_grow_with_the_picture() -> None:
    def drawn(side: int) -> int:
        canvas = Canvas(grey(side, side))
        canvas.line(0.0, side / 2, side, side / 2, WHITE, bold=True)
        return int((canvas.picture[:, side // 2] == 255).all(axis=1).sum())

    assert drawn(1920) > 2 * drawn(480) > 0


def test_the_jpeg_is_the_picture() -> None:
    data = annotated_jpeg(grey(), people=[person()], quality=95)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    expected = annotated(grey(), people=[person()]).astype(int)
    assert np.abs(decoded[:, :, ::-1].astype(int) - expected).mean() < 1.0


def test_a_lower_quality_makes_fewer_bytes() -> None:
    noise = np.random.default_rng(6).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert len(annotated_jpeg(noise, quality=20)) < 0.5 * len(annotated_jpeg(noise, quality=95))


@pytest.mark.parametrize(
    'picture', [np.zeros((0, 0, 3), np.uint8), np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3))]
)
def test_what_is_no_picture_is_refused(picture: Picture) -> None:
    with pytest.raises(ImageError):
        annotated(picture)


def test_people_and_things_at_all_distances_are_drawn() -> None:
    people = [person(str(k), position=place(15.0 * k - 30.0, 0.5 + 0.4 * k)) for k in range(5)]
    drawn = annotated(grey(), people=people)
    for one in people:
        x, y = round(one.box.left), round(one.box.top)
        assert (drawn[y - 2 : y + 3, x - 2 : x + 3] != 100).any()
