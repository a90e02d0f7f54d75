"""Following with the eyes: alone, and in a closed loop with camera, motion and servos."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.follower import Follower
from bbia_sim_ros.vision.follower import FollowerSettings
from bbia_sim_ros.vision.follower import FollowState
from bbia_sim_ros.vision.follower import Gaze
from bbia_sim_ros.vision.sweep import MAX_ELEVATION_RAD
from bbia_sim_ros.vision.sweep import MAX_YAW_RAD
from bbia_sim_ros.vision.sweep import turned_towards
from bbia_sim_ros.vision.view import angle_between
from support.following import FollowingHead
from support.following import Moment
from support.following import Walk
from support.people import EYES_M
from support.people import place

DT_S = 0.05


def steps(
    follower: Follower,
    seconds: float,
    *,
    begin: float = 0.0,
    seen: Walk = lambda _: None,
    head: FloatArray = NEUTRAL_HEAD_POSE,
) -> list[Gaze]:
    """Step at 20 Hz; the target is seen where the walk says, without delay."""
    gazes = []
    for k in range(round(seconds / DT_S)):
        t = begin + k * DT_S
        where = seen(t)
        if where is not None:
            assert follower.observe(where, t)
        gazes.append(follower.step(t, head))
    return gazes


def yaw_of(gaze: Gaze) -> float:
    """Return the yaw (deg) of where it looks."""
    assert gaze.point is not None
    x, y, _ = np.array(gaze.point) - EYES_M
    return math.degrees(math.atan2(y, x))


def swinging(speed_deg_s: float, span_deg: float = 40.0) -> Walk:
    """Return a walk to and fro at constant speed."""
    quarter = span_deg / speed_deg_s

    def walk(t: float) -> FloatArray:
        phase = (t / quarter + 1.0) % 4.0
        yaw = span_deg * (phase - 1.0 if phase < 2.0 else 3.0 - phase)
        return place(yaw, 1.2, 5.0)

    return walk


def mean_error_deg(moments: list[Moment]) -> float:
    return math.degrees(float(np.mean([moment.error for moment in moments])))


def travel_deg(moments: list[Moment]) -> float:
    """Return the way that the head's yaw went, to and fro."""
    return float(np.abs(np.diff(np.degrees([moment.yaw for moment in moments]))).sum())


def turns(moments: list[Moment]) -> int:
    """Return how often the head changed the way it turned, above 2 degrees per second."""
    rates = np.degrees(np.diff([moment.yaw for moment in moments])) / 0.01
    ways = np.sign(rates[np.abs(rates) > 2.0])
    return int((np.diff(ways) != 0).sum())


def test_a_still_face_gets_into_the_middle_of_the_picture_and_the_head_stands_still() -> None:
    head = FollowingHead()
    first = head.run(lambda _: place(25.0, 1.2, 5.0), 3.0)
    assert turns(first) <= 1
    later = head.run(lambda _: place(25.0, 1.2, 5.0), 15.0)
    assert mean_error_deg(later) < 2.0
    assert np.ptp([moment.yaw for moment in later]) < 1e-6


@pytest.mark.parametrize('pose_error_s', [0.0, 0.02, 0.05])
def test_a_face_at_twenty_degrees_per_second_is_followed_within_five(pose_error_s: float) -> None:
    head = FollowingHead(pose_error_s=pose_error_s)
    head.run(swinging(20.0), 2.0)
    moments = head.run(swinging(20.0), 24.0)
    assert mean_error_deg(moments) < 5.0
    assert max(moment.error for moment in moments) < math.radians(20.0)
    # A head that swings goes a longer way than the face does.
    assert travel_deg(moments) < 1.15 * 20.0 * 24.0


def test_the_head_turns_back_no_more_often_than_the_face_does_and_once_more() -> None:
    head = FollowingHead()
    head.run(swinging(20.0), 2.0)
    assert turns(head.run(swinging(20.0), 24.0)) <= 2 * 6


def test_a_face_that_goes_on_is_followed_without_falling_behind() -> None:
    head = FollowingHead()
    moments = head.run(lambda t: place(-50.0 + 15.0 * t, 1.2, 5.0), 6.0)[300:]
    assert mean_error_deg(moments) < 3.0
    assert turns(moments) <= 2


def test_a_face_that_trembles_within_the_dead_zone_moves_nothing() -> None:
    head = FollowingHead(noise_px=3.0)
    head.run(lambda _: place(20.0, 1.2), 3.0)
    moments = head.run(lambda t: place(20.0 + math.sin(5.0 * t), 1.2), 10.0)
    assert np.ptp([moment.yaw for moment in moments]) < 1e-6


def test_what_the_follower_says_of_the_error_is_the_error() -> None:
    head = FollowingHead()
    moments = head.run(lambda _: place(15.0, 1.2, 5.0), 5.0)
    gaze = moments[-1].gaze
    assert gaze is not None
    assert gaze.error == pytest.approx(moments[-1].error, abs=math.radians(1.0))


def test_a_face_that_is_lost_is_waited_for_and_sought_and_then_the_head_returns_to_rest() -> None:
    head = FollowingHead()
    head.run(lambda _: place(30.0, 1.2, 5.0), 4.0)
    moments = head.run(lambda _: None, 16.0)
    states = [moment.gaze.state for moment in moments if moment.gaze is not None]
    order = [state for state, before in zip(states[1:], states, strict=False) if state != before]
    assert order == [FollowState.WAITING, FollowState.SEARCHING, FollowState.RESTING]
    searching = [m for m in moments if m.gaze and m.gaze.state is FollowState.SEARCHING]
    yaws = np.degrees([moment.yaw for moment in searching])
    assert yaws.max() > 60.0
    assert yaws.min() < 0.0
    assert np.abs(np.diff(yaws)).max() / 0.01 < 90.0
    assert abs(moments[-1].yaw) < math.radians(1.0)
    assert moments[-1].gaze == Gaze(state=FollowState.RESTING, point=None, error=None)


def test_a_face_that_comes_into_sight_during_the_search_is_followed() -> None:
    head = FollowingHead()
    head.run(lambda _: place(0.0, 1.2, 5.0), 3.0)
    # Out of the picture of a head that looks straight ahead.
    moments = head.run(lambda _: place(75.0, 1.2, 5.0), 12.0)
    assert moments[-1].gaze is not None
    assert moments[-1].gaze.state is FollowState.FOLLOWING
    assert moments[-1].error < math.radians(3.5)


def test_nothing_is_looked_at_while_nothing_was_ever_seen_and_then_it_searches() -> None:
    gazes = steps(Follower(), 3.0)
    assert gazes[0] == Gaze(state=FollowState.WAITING, point=None, error=None)
    assert gazes[-1].state is FollowState.SEARCHING
    assert gazes[-1].point is not None


def test_the_search_begins_where_the_head_looks_when_nothing_was_ever_seen() -> None:
    head = pose_from_euler(yaw=math.radians(40.0))
    gazes = steps(Follower(), 2.0, head=head)
    searching = [gaze for gaze in gazes if gaze.state is FollowState.SEARCHING]
    assert yaw_of(searching[0]) == pytest.approx(40.0, abs=1.0)


@pytest.mark.parametrize('speed', [20.0, -20.0])
def test_the_search_goes_first_where_the_target_went(speed: float) -> None:
    follower = Follower()
    steps(follower, 1.0, seen=lambda t: place(speed * t, 1.0))
    gazes = steps(follower, 3.5, begin=1.0)
    searching = [gaze for gaze in gazes if gaze.state is FollowState.SEARCHING]
    assert (yaw_of(searching[-1]) - yaw_of(searching[0])) * speed > 0.0


def test_the_search_stays_where_the_head_can_turn_to() -> None:
    follower = Follower(FollowerSettings(search_s=30.0))
    steps(follower, 1.0, seen=lambda _: place(150.0, 1.0, 18.0))
    gazes = steps(follower, 25.0, begin=1.0)
    searching = [gaze for gaze in gazes if gaze.state is FollowState.SEARCHING]
    for gaze in searching:
        assert abs(yaw_of(gaze)) <= math.degrees(MAX_YAW_RAD) + 1e-6
        assert gaze.point is not None
        away = np.array(gaze.point) - EYES_M
        elevation = math.asin(away[2] / float(np.linalg.norm(away)))
        assert abs(elevation) <= MAX_ELEVATION_RAD + 1e-6


def test_a_short_loss_does_not_even_wait() -> None:
    follower = Follower()
    steps(follower, 1.0, seen=lambda _: place(10.0, 1.0))
    gazes = steps(follower, 0.4, begin=1.0)
    assert {gaze.state for gaze in gazes} == {FollowState.FOLLOWING}


def test_a_target_that_is_lost_is_not_extrapolated_for_ever() -> None:
    follower = Follower(FollowerSettings(lost_after_s=5.0))
    steps(follower, 2.0, seen=lambda t: place(20.0 * t, 1.0))
    gazes = steps(follower, 4.0, begin=2.0)
    assert yaw_of(gazes[-1]) < 40.0 + 20.0
    assert yaw_of(gazes[-1]) == yaw_of(gazes[-20])


def test_within_the_dead_zone_the_gaze_stays_and_beyond_it_moves() -> None:
    follower = Follower(FollowerSettings(dead_zone_rad=math.radians(3.0)))
    held = steps(follower, 2.0, seen=lambda _: place(0.0, 1.0))[-1].point
    near = steps(follower, 2.0, begin=2.0, seen=lambda _: place(2.0, 1.0))[-1].point
    assert near == held
    gaze = steps(follower, 2.0, begin=4.0, seen=lambda _: place(5.0, 1.0))[-1]
    assert yaw_of(gaze) == pytest.approx(5.0, abs=1.0)


def test_the_error_is_the_angle_to_the_optical_axis() -> None:
    gaze = steps(Follower(), 1.0, seen=lambda _: place(20.0, 1.0, 0.0))[-1]
    assert gaze.error == pytest.approx(math.radians(20.0), abs=1e-6)


def test_the_gaze_comes_back_from_the_side_past_the_front() -> None:
    follower = Follower(FollowerSettings(search_s=0.0, wait_s=0.0))
    steps(follower, 1.0, seen=lambda _: place(120.0, 1.0))
    gazes = [gaze for gaze in steps(follower, 6.0, begin=1.0) if gaze.point is not None]
    yaws = [yaw_of(gaze) for gaze in gazes if gaze.state is FollowState.RESTING]
    assert yaws == sorted(yaws, reverse=True)
    assert yaws[-1] == pytest.approx(0.0, abs=0.1)
    assert max(-np.diff(yaws)) <= 60.0 * DT_S + 1e-6


def test_another_target_does_not_inherit_the_motion_of_the_one_before() -> None:
    follower = Follower()
    steps(follower, 2.0, seen=lambda t: place(40.0 * t - 80.0, 1.0))
    assert follower.observe(place(30.0, 1.0), 2.0, target='2')
    assert yaw_of(follower.step(2.0, NEUTRAL_HEAD_POSE)) == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize(
    'point', [(math.nan, 0.0, 0.0), (math.inf, 0.0, 0.0), (1.0, 2.0), (1.0, 2.0, 3.0, 4.0)]
)
def test_a_place_that_is_none_is_refused_and_counted(point: tuple[float, ...]) -> None:
    follower = Follower()
    assert not follower.observe(point, 0.0)
    assert follower.refused == 1
    assert follower.step(0.0, NEUTRAL_HEAD_POSE).state is FollowState.WAITING


def test_the_same_observation_again_is_neither_used_nor_counted() -> None:
    follower = Follower()
    steps(follower, 1.0, seen=lambda _: place(10.0, 1.0))
    assert not follower.observe(place(10.0, 1.0), 19 * DT_S)
    assert follower.refused == 0


@pytest.mark.parametrize('stamp', [0.9, 0.5, math.nan, math.inf])
def test_an_observation_with_a_stamp_of_no_use_is_refused_and_changes_nothing(stamp: float) -> None:
    follower = Follower()
    steps(follower, 1.0, seen=lambda _: place(10.0, 1.0))
    assert not follower.observe(place(-40.0, 1.0), stamp)
    assert follower.refused == 1
    assert yaw_of(follower.step(1.0, NEUTRAL_HEAD_POSE)) == pytest.approx(10.0, abs=1.0)


def test_time_that_begins_anew_begins_the_following_anew() -> None:
    follower = Follower()
    steps(follower, 1.0, begin=100.0, seen=lambda _: place(10.0, 1.0))
    gazes = steps(follower, 1.0, seen=lambda _: place(-10.0, 1.0))
    assert gazes[-1].state is FollowState.FOLLOWING
    assert yaw_of(gazes[-1]) == pytest.approx(-10.0, abs=1.0)


@pytest.mark.parametrize('turn_deg', [30.0, 170.0])
def test_a_direction_is_turned_to_another_by_so_much_at_most(turn_deg: float) -> None:
    start, end = place(turn_deg, 1.0) - EYES_M, place(-turn_deg, 1.0, 10.0) - EYES_M
    little = turned_towards(start, end, math.radians(10.0))
    assert math.degrees(angle_between(start, little)) == pytest.approx(10.0, abs=0.1)
    assert angle_between(turned_towards(start, end, 10.0), end) < 1e-9
    assert math.atan2(little[1], little[0]) < math.radians(turn_deg)
