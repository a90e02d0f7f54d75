"""The node `vision` follows: what is in sight, what is lost, and what is not there."""

from __future__ import annotations

import math

import pytest
from geometry_msgs.msg import PointStamped

from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from support.eyes import Camera
from support.eyes import Eyes
from support.eyes import eyes
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.ros import Probe
from support.sights import FACE
from support.sights import FACE_PX
from support.sights import WALL
from support.sights import portrait
from support.waiting import wait_until


def test_following_looks_at_the_face_until_the_time_is_over(watched: Eyes) -> None:
    # The time of the goal also runs while the model loads.
    watched.until(FACE, lambda one: one.detections, 'the face')
    watched.gazes.clear()
    goal = watched.follow('face', timeout=2.0)
    status, result = goal.outcome()
    assert (status, result.success) == (SUCCEEDED, True)
    assert result.seen > 0.5
    expected = math.atan2(FACE_PX[0] - 320.0, 500.0)
    assert result.mean_error == pytest.approx(
        math.hypot(expected, math.atan2(FACE_PX[1] - 240.0, 500.0)), abs=math.radians(4.0)
    )
    gaze: PointStamped = watched.gazes[-1]
    assert gaze.header.frame_id == HEAD_NEUTRAL
    assert {one.state for one in goal.feedback} >= {'following'}
    assert any(one.target.startswith('face:') for one in goal.feedback)


def test_following_ends_when_it_is_cancelled_and_when_another_takes_its_place(
    watched: Eyes,
) -> None:
    first = watched.follow('face')
    second = watched.follow('object:tag_49')
    status, result = first.outcome()
    assert status == ABORTED
    assert 'another goal' in result.message
    second.cancel()
    status, result = second.outcome()
    assert status == CANCELED
    assert result.mean_error == -1.0


@pytest.mark.parametrize('target', ['dog', 'face:', 'object:', 'x' * 200])
def test_an_unknown_target_is_refused_with_what_is_known(watched: Eyes, target: str) -> None:
    status, result = watched.follow(target).outcome()
    assert status == ABORTED
    assert 'object:CLASS' in result.message


def test_a_lost_target_is_waited_and_searched_for_and_then_given_up(
    watched: Eyes, camera: Camera
) -> None:
    goal = watched.follow('face')
    wait_until(lambda: any(one.state == 'following' for one in goal.feedback), 'following')
    camera.picture = WALL
    status, result = goal.outcome(60.0)
    assert status == ABORTED
    assert 'not found by searching' in result.message
    states = [one.state for one in goal.feedback]
    order = [state for state, before in zip(states, ['', *states], strict=False) if state != before]
    assert order[-3:] == ['waiting', 'searching', 'resting']


def test_a_target_is_not_lost_while_the_model_loads(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, engine='opencv', lost_wait=0.1, search_time=1.0) as someone,
        Camera(ros_probe) as camera,
    ):
        camera.picture = portrait()
        goal = someone.follow('face')
        with someone.loading():
            # Five a second: longer than waiting, searching and returning to rest take.
            wait_until(lambda: goal.over or len(goal.feedback) > 20, 'it is told what goes on')
            assert {one.state for one in goal.feedback} == {'waiting'}
            assert not goal.over
        wait_until(lambda: goal.feedback[-1].state == 'following', 'following')


def test_a_goal_is_told_of_while_the_time_of_ros_stands_still(ros_probe: Probe) -> None:
    with eyes(ros_probe, engine='opencv', use_sim_time='true') as someone:
        goal = someone.follow('face')
        wait_until(lambda: len(goal.feedback) > 3, 'it is told what goes on')


def test_following_without_a_camera_comes_to_an_end(ros_probe: Probe) -> None:
    with eyes(ros_probe, frame_timeout=0.5, lost_wait=0.1, search_time=0.1) as someone:
        status, result = someone.follow('face').outcome()
        assert status == ABORTED
        assert 'never seen' in result.message
