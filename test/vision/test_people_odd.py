"""Odd faces, odd times and too many people; expressions and hands go to the right ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.people import MAX_FACES
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.people import TrackerSettings
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.view import View
from support.people import EYES_M
from support.people import face_at
from support.people import hand_at
from support.people import place
from support.people import view_at
from support.room import Room
from support.room import standing


def test_no_more_people_are_followed_than_allowed_and_the_rest_is_counted() -> None:
    room = Room(PeopleTracker(TrackerSettings(max_people=2)))
    places = [place(yaw, 1.0) for yaw in (-20.0, 0.0, 20.0)]
    for _ in range(5):
        people = room.look(places)
    assert len(people) == 2
    assert room.tracker.ignored == 5


def test_more_faces_than_anybody_has_in_front_are_not_looked_at() -> None:
    room = Room(noise_px=0.0)
    room.look([place(0.0, 1.0)] * (MAX_FACES + 7))
    assert room.tracker.ignored >= 7


def test_faces_without_a_place_are_ignored_and_counted() -> None:
    tracker, view = PeopleTracker(), view_at(0.1)
    keypoints = np.full((6, 2), 100.0)
    boxes = [
        Box(x=math.nan, y=10.0, width=50.0, height=50.0),
        Box(x=100.0, y=10.0, width=0.0, height=50.0),
        Box(x=100.0, y=10.0, width=50.0, height=-50.0),
        Box(x=100.0, y=10.0, width=math.inf, height=50.0),
    ]
    faces = [Face(box=box, score=0.9, keypoints=keypoints) for box in boxes]
    assert tracker.update(faces, view) == ()
    assert tracker.ignored == 4


@pytest.mark.parametrize('focal', [1e300, 1e-300])
def test_faces_through_a_lens_that_cannot_be_are_ignored_and_counted(focal: float) -> None:
    lens = Lens(pinhole(width=640, height=480, focal=(focal, focal), centre=(319.5, 239.5)))
    tracker = PeopleTracker(TrackerSettings(appear_sightings=1))
    face = face_at(view_at(0.0), place(10.0, 1.0))
    for stamp_s in (0.0, 0.1):
        view = View.of_head(lens, head_pose=NEUTRAL_HEAD_POSE, stamp_s=stamp_s)
        assert tracker.update([face], view) == ()
    assert tracker.ignored == 2


def test_a_face_whose_keypoints_mean_nothing_has_a_direction_and_no_distance() -> None:
    tracker = PeopleTracker(TrackerSettings(appear_sightings=1))
    face = face_at(view_at(0.1), place(10.0, 2.0))
    odd = Face(box=face.box, score=0.9, keypoints=np.full((6, 2), math.nan))
    (one,) = tracker.update([odd], view_at(0.1))
    assert one.distance is None
    assert one.distance_deviation is None
    assert math.dist(one.position, EYES_M) == pytest.approx(1.0)
    assert math.degrees(one.bearing) == pytest.approx(10.0, abs=0.1)
    (one,) = tracker.update([face], view_at(0.2))
    assert one.distance == pytest.approx(2.0, rel=0.05)
    (one,) = tracker.update([odd], view_at(0.3))
    assert one.distance == pytest.approx(2.0, rel=0.05)


def test_a_late_picture_is_refused_and_counted() -> None:
    room = Room()
    room.watch({'ann': standing(0.0, 1.0)}, 0.5)
    before = room.tracker.people
    for stamp in (room.t, room.t - 0.2):
        assert room.tracker.update([], view_at(stamp)) is before
    assert room.tracker.refused == 2
    assert room.watch({'ann': standing(0.0, 1.0)}, 0.2) == {'ann': '1'}


def test_time_that_begins_anew_forgets_everybody_and_is_counted() -> None:
    room = Room()
    room.t = 100.0
    room.watch({'ann': standing(0.0, 1.0)}, 0.5)
    room.t = 0.0
    assert room.look([place(0.0, 1.0)]) == ()
    assert room.tracker.resets == 1
    assert room.watch({'ann': standing(0.0, 1.0)}, 0.5) == {'ann': '2'}


def test_a_camera_that_stopped_for_long_has_nobody_left() -> None:
    room = Room()
    room.watch({'ann': standing(0.0, 1.0)}, 0.5)
    room.t += 30.0
    assert room.look([place(0.0, 1.0)]) == ()


def test_everybody_can_be_forgotten() -> None:
    room = Room()
    room.watch({'ann': standing(0.0, 1.0)}, 0.5)
    room.tracker.clear()
    assert room.tracker.people == ()
    assert room.look([place(0.0, 1.0)]) == ()


def test_expressions_and_hands_are_those_of_the_right_people() -> None:
    tracker = PeopleTracker(TrackerSettings(appear_sightings=1))
    view = view_at(0.1)
    left, right = face_at(view, place(20.0, 1.0)), face_at(view, place(-20.0, 1.0))
    smile = Expression(box=right.box, smile=0.9, mouth_open=0.1, gaze_yaw=0.0, gaze_pitch=0.0)
    palm = hand_at(left.box.x, left.box.y + 100.0, gesture='open_palm')
    idle = hand_at(left.box.x - 80.0, left.box.y + 100.0)
    nobodys = hand_at(left.box.x, left.box.y + 20.0 * left.box.height)
    people = tracker.update([left, right], view, expressions=[smile], hands=[idle, palm, nobodys])
    by_side = {person.face: person for person in people}
    assert by_side[right].expression is smile
    assert by_side[left].expression is None
    assert by_side[left].gesture == 'open_palm'
    assert set(by_side[left].hands) == {palm, idle}
    assert by_side[right].hands == ()
    assert by_side[right].gesture == ''


def test_nobody_has_more_than_two_hands() -> None:
    tracker = PeopleTracker(TrackerSettings(appear_sightings=1))
    view = view_at(0.1)
    face = face_at(view, place(0.0, 1.0))
    hands = [hand_at(face.box.x + 20.0 * k, face.box.y + 60.0) for k in range(4)]
    (one,) = tracker.update([face], view, hands=hands)
    assert len(one.hands) == 2


@pytest.mark.parametrize('seed', range(10))
def test_random_detections_make_no_trouble(seed: int) -> None:
    """Whatever comes: bounded people, distinct ids, finite numbers."""
    rng = np.random.default_rng(seed)
    tracker = PeopleTracker(TrackerSettings(appear_sightings=1, max_people=5))
    stamp = 0.0
    for _ in range(60):
        stamp += float(rng.choice([-0.5, 0.0, 0.01, 0.1, 1.0, 5.0, 1e6]))
        faces = [
            Face(
                box=Box(
                    x=float(rng.normal(320, 400)),
                    y=float(rng.normal(240, 400)),
                    width=float(rng.normal(60, 60)),
                    height=float(rng.normal(60, 60)),
                ),
                score=float(rng.random()),
                keypoints=rng.normal(300, 200, (6, 2)),
            )
            for _ in range(int(rng.integers(0, 9)))
        ]
        yaw = float(rng.uniform(-2.0, 2.0))
        people = tracker.update(faces, view_at(stamp, pose_from_euler(yaw=yaw)))
        assert len(people) <= 5
        assert len({one.id for one in people}) == len(people)
        for one in people:
            numbers = [*one.position, one.bearing, one.elevation, one.box.x]
            assert np.isfinite(numbers).all()
