"""People keep their identities while they, the head and the detector do what they do."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np
import pytest

from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.people import MAX_FACES
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.people import TrackerSettings
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View
from bbia_sim_ros.vision.view import angle_between
from support.people import EYES_M
from support.people import face_at
from support.people import hand_at
from support.people import place
from support.people import view_at

RATE_HZ = 10.0
Walk = Callable[[float], FloatArray | None]


def standing(yaw_deg: float, distance: float) -> Walk:
    return lambda _: place(yaw_deg, distance)


def walking(start_deg: float, speed_deg_s: float, distance: float) -> Walk:
    return lambda t: place(start_deg + speed_deg_s * t, distance)


class Room:
    """People in front of a head that may turn, seen 10 times a second."""

    def __init__(self, tracker: PeopleTracker | None = None, noise_px: float = 1.0) -> None:
        self.tracker = tracker or PeopleTracker()
        self.t = 0.0
        self.head: Callable[[float], FloatArray] = lambda _: NEUTRAL_HEAD_POSE
        self._noise_px = noise_px
        self._rng = np.random.default_rng(4)

    def look(self, places: Iterable[FloatArray]) -> tuple[Tracked, ...]:
        self.t += 1.0 / RATE_HZ
        view = view_at(self.t, self.head(self.t))
        faces = [face_at(view, where, noise_px=self._noise_px, rng=self._rng) for where in places]
        self._rng.shuffle(faces)  # type: ignore[arg-type]
        return self.tracker.update(faces, view)

    def watch(self, walks: Mapping[str, Walk], seconds: float) -> dict[str, str]:
        """Return the id by which each of them was known at the end."""
        people: tuple[Tracked, ...] = ()
        for _ in range(round(seconds * RATE_HZ)):
            t = self.t + 1.0 / RATE_HZ
            people = self.look([at for walk in walks.values() if (at := walk(t)) is not None])
        known = {}
        for name, walk in walks.items():
            at = walk(self.t)
            assert at is not None
            known[name] = min(people, key=lambda one: math.dist(one.position, at)).id
        return known


def test_a_face_becomes_a_person_when_it_was_seen_three_times() -> None:
    room = Room()
    counts = [len(room.look([place(10.0, 1.0)])) for _ in range(4)]
    assert counts == [0, 0, 1, 1]


def test_one_picture_with_a_wrong_face_makes_nobody() -> None:
    room = Room()
    for _ in range(5):
        assert room.look([place(10.0, 1.0)]) == ()
        for _ in range(2):
            assert room.look([]) == ()
    assert room.watch({'ann': standing(-20.0, 1.0)}, 1.0) == {'ann': '1'}


def test_a_detector_that_misses_every_other_picture_still_finds_a_person() -> None:
    room = Room()
    for _ in range(3):
        room.look([place(10.0, 1.0)])
        people = room.look([])
    assert [one.id for one in people] == ['1']


def test_direction_distance_and_place_of_a_person_are_right() -> None:
    room = Room(noise_px=0.0)
    room.head = lambda _: pose_from_euler(x=0.01, z=-0.01, pitch=-0.1, yaw=0.3)
    at = place(25.0, 1.2, 8.0)
    for _ in range(5):
        (one,) = room.look([at]) or (None,)
    assert one is not None
    assert one.visible
    assert one.distance == pytest.approx(1.2, rel=0.05)
    assert one.distance_deviation == pytest.approx(0.1, rel=0.2)
    away = np.array(one.position) - EYES_M
    assert math.degrees(angle_between(away, at - EYES_M)) < 0.5
    view = view_at(room.t, room.head(room.t))
    assert (one.bearing, one.elevation) == pytest.approx(view.angles(at), abs=math.radians(0.5))
    assert one.age == pytest.approx(0.4)


def test_the_smoothed_direction_of_a_noisy_face_scatters_less_than_half_a_degree() -> None:
    room = Room(noise_px=3.0)
    at = place(10.0, 1.0)
    errors = []
    for step in range(60):
        people = room.look([at])
        if step > 10:
            away = np.array(people[0].position) - EYES_M
            errors.append(math.degrees(angle_between(away, at - EYES_M)))
    assert np.mean(errors) < 0.5


def test_ids_are_counted_up_and_people_sorted_by_distance() -> None:
    room = Room()
    known = room.watch(
        {'far': standing(-20.0, 2.0), 'near': standing(0.0, 0.7), 'mid': standing(20.0, 1.2)}, 1.0
    )
    assert sorted(known.values()) == ['1', '2', '3']
    assert [one.id for one in room.tracker.people] == [known['near'], known['mid'], known['far']]


@pytest.mark.parametrize('speed_deg_s', [10.0, 20.0, 30.0])
def test_two_who_cross_keep_their_ids(speed_deg_s: float) -> None:
    room = Room()
    end = 40.0 / speed_deg_s
    walks = {
        'to_left': walking(-20.0, speed_deg_s, 1.0),
        'to_right': walking(20.0, -speed_deg_s, 1.3),
    }
    before = room.watch(walks, 0.5)
    assert before['to_left'] != before['to_right']
    assert room.watch(walks, end - 0.5) == before


@pytest.mark.parametrize('speed_deg_s', [10.0, 20.0, 30.0])
def test_two_who_cross_and_hide_each_other_keep_their_ids(speed_deg_s: float) -> None:
    """The one behind is not found while the faces overlap."""
    room = Room()
    front = walking(-20.0, speed_deg_s, 1.0)
    behind = walking(20.0, -speed_deg_s, 1.5)

    def seen_behind(t: float) -> FloatArray | None:
        hidden = abs(20.0 - speed_deg_s * t) < 4.0
        return None if hidden else behind(t)

    walks = {'front': front, 'behind': seen_behind}
    before = room.watch(walks, 0.5)
    assert room.watch(walks, 40.0 / speed_deg_s - 0.5) == before


def test_one_who_is_hidden_for_a_second_keeps_the_id_and_is_expected_meanwhile() -> None:
    room = Room()
    walk = walking(-20.0, 15.0, 1.0)
    before = room.watch({'ann': walk}, 1.0)
    for step in range(10):
        (one,) = room.look([])
        assert not one.visible
        assert one.face is None
        assert one.unseen == pytest.approx((step + 1) / RATE_HZ)
    expected = np.array(one.position) - EYES_M
    actual = walk(room.t)
    assert actual is not None
    assert math.degrees(angle_between(expected, actual - EYES_M)) < 8.0
    assert room.watch({'ann': walk}, 0.2) == before


def test_the_box_of_one_who_is_hidden_moves_with_the_camera() -> None:
    room = Room(noise_px=0.0)
    for _ in range(5):
        (before,) = room.look([place(0.0, 1.0)]) or (None,)
    room.head = lambda _: pose_from_euler(yaw=math.radians(10.0))
    (after,) = room.look([])
    assert before is not None
    assert after.box.x > before.box.x + 40.0
    room.head = lambda _: pose_from_euler(yaw=math.radians(175.0))
    (behind,) = room.look([])
    assert (behind.box.width, behind.box.height) == (0.0, 0.0)


def test_one_who_is_gone_for_longer_leaves_and_comes_back_as_another() -> None:
    room = Room(PeopleTracker(TrackerSettings(leave_after_s=1.95)))
    assert room.watch({'ann': standing(0.0, 1.0)}, 0.5) == {'ann': '1'}
    counts = [len(room.look([])) for _ in range(25)]
    assert counts == [1] * 19 + [0] * 6
    assert room.watch({'ann': standing(0.0, 1.0)}, 0.5) == {'ann': '2'}


def test_ids_stay_while_the_head_turns_fast() -> None:
    room = Room()
    walks = {'left': standing(12.0, 1.0), 'right': standing(-12.0, 1.0)}
    before = room.watch(walks, 0.5)
    # Up to 110 degrees per second: in the picture the one is soon where the other was.
    room.head = lambda t: pose_from_euler(yaw=math.radians(25.0) * math.sin(4.5 * t))
    assert room.watch(walks, 3.0) == before
    assert len(room.tracker.people) == 2
    assert all(
        math.degrees(angle_between(np.array(one.position) - EYES_M, at - EYES_M)) < 2.0
        for one, at in zip(
            sorted(room.tracker.people, key=lambda one: -one.position[1]),
            (place(12.0, 1.0), place(-12.0, 1.0)),
            strict=True,
        )
    )


def test_a_jump_of_forty_degrees_is_another_person() -> None:
    room = Room()
    room.watch({'ann': standing(-20.0, 1.0)}, 0.5)
    assert room.watch({'ben': standing(20.0, 1.0)}, 0.5) == {'ben': '2'}


def test_a_face_of_a_third_of_the_size_is_another_person() -> None:
    room = Room()
    room.watch({'ann': standing(0.0, 0.6)}, 0.5)
    assert room.watch({'ben': standing(0.0, 1.8)}, 0.5) == {'ben': '2'}


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
