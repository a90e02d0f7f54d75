"""People keep their identities while they, the head and the detector do what they do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.people import TrackerSettings
from bbia_sim_ros.vision.view import angle_between
from support.people import EYES_M
from support.people import place
from support.people import view_at
from support.room import RATE_HZ
from support.room import Room
from support.room import standing
from support.room import walking


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
