"""A day of the robot, from waking up to going to sleep, in one run that nobody attends."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.names import FloatArray
from support.day import FOLLOW_S
from support.day import TEMPO
from support.day import Chapter
from support.day import Day
from support.day import day
from support.domains import reserved_domain
from support.face_scene import degrees_off_axis
from support.face_scene import panel_at
from support.simulator import pose_of

# The whole day is lived in the first test, on two slow cores too.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope='module')
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day that was lived to its end."""
    with reserved_domain(), day(tmp_path_factory.mktemp('day')) as someone:
        someone.live()
        yield someone


def head_poses(lived: Day, chapter: Chapter) -> tuple[FloatArray, FloatArray]:
    """Return stamps (n,) s and head poses (n, 4, 4) of a chapter."""
    times, poses = [], []
    for message in lived.robot.simulator.head_poses:
        stamp = seconds(message.header.stamp) or 0.0
        if chapter.begun <= stamp <= chapter.ended:
            times.append(stamp)
            poses.append(pose_of(message))
    return np.array(times), np.array(poses)


def yaw(pose: FloatArray) -> float:
    return math.atan2(pose[1, 0], pose[0, 0])


def test_every_chapter_of_the_day_came_to_its_end(lived: Day) -> None:
    names = [chapter.name for chapter in lived.chapters]
    assert names == ['wake_up', 'greeting', 'follow_face', 'order', 'dance', 'go_to_sleep']


def test_it_greeted_the_face_that_came_by_its_name(lived: Day) -> None:
    assert 'Zoe' in lived.chapter('greeting').message


def test_its_eyes_followed_the_face(lived: Day) -> None:
    followed = lived.chapter('follow_face')
    begun, times_s, poses = lived.walks[-1]
    times, heads = head_poses(lived, followed)
    bearings = [math.atan2(pose[1, 3], pose[0, 3]) for pose in poses]
    errors = []
    for time_s, head in zip(times, heads, strict=True):
        if not 2.0 < time_s - begun < FOLLOW_S:
            continue
        bearing = float(np.interp(time_s - begun, times_s, bearings))
        errors.append(degrees_off_axis(head, panel_at(math.degrees(bearing))))
    assert len(errors) > 200
    assert np.mean(errors) < 8.0, np.mean(errors)


def test_it_obeyed_a_spoken_order(lived: Day) -> None:
    obeyed = lived.chapter('order')
    _, heads = head_poses(lived, obeyed)
    assert max(map(yaw, heads)) - yaw(heads[0]) > math.radians(10.0)
    assert 'left' in obeyed.message.lower()


def test_it_danced_to_the_beat_of_the_song(lived: Day) -> None:
    danced = lived.chapter('dance')
    assert f'{TEMPO:.0f} beats a minute' in danced.message
    assert int(danced.message.split()[1]) >= 15
    times, heads = head_poses(lived, danced)
    assert spectrum_peak_bpm(times, heads) == pytest.approx(TEMPO, rel=0.06)


def spectrum_peak_bpm(times: FloatArray, heads: FloatArray) -> float:
    """Return the tempo at which the head changes its speed most, beats a minute."""
    even = np.arange(times[0], times[-1], 0.01)
    places = np.column_stack([heads[:, :3, 3] * 20.0, heads[:, :3, :3].reshape(len(heads), 9)])
    moved = np.column_stack([np.interp(even, times, column) for column in places.T])
    speed = np.linalg.norm(np.gradient(moved, 0.01, axis=0), axis=1)
    speed = (speed - speed.mean()) * np.hanning(len(speed))
    spectrum = np.abs(np.fft.rfft(speed, 16 * len(speed)))
    tempi = 60.0 * np.fft.rfftfreq(16 * len(speed), 0.01)
    band = (tempi > 80.0) & (tempi < 180.0)
    return float(tempi[band][np.argmax(spectrum[band])])


def test_it_lies_asleep_in_the_end(lived: Day) -> None:
    assert 'went to sleep' in lived.chapter('go_to_sleep').message
    assert lived.robot.simulator.head[2, 3] < -0.02
