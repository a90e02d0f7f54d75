"""Dancing to the beat."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.dance import FIGURES
from bbia_sim_ros.behaviors.library.dance import Dance
from bbia_sim_ros.behaviors.library.dance import steps_of
from bbia_sim_ros.behaviors.rhythm import MIN_STEP_S
from bbia_sim_ros.behaviors.rhythm import Step
from bbia_sim_ros.behaviors.rhythm import size_of
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from bbia_sim_ros.robot.names import FloatArray
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.dancing import SILENCE
from support.dancing import ListeningRobot
from support.dancing import off_the_beat
from support.dancing import off_what_was_heard
from support.dancing import steady
from support.dancing import steps_of_dance
from support.fake_port import LATENCY_S
from support.fake_port import FakePort
from support.fake_robot import BEATS
from support.fake_robot import FakeRobot

_ON_THE_BEAT_S = 0.06


@pytest.fixture
def song(tmp_path: Path) -> str:
    """A file; what is in it is the business of who analyses it."""
    path = tmp_path / 'song.wav'
    path.write_bytes(b'RIFF')
    return str(path)


@pytest.mark.parametrize(
    ('loaded', 'to_file', 'to_music'),
    [
        (True, 'finding the beat', 'listening for music'),
        (
            False,
            'loading what finds the beat',
            'listening for music, then loading what finds the beat',
        ),
    ],
)
def test_it_tells_when_it_waits_for_what_finds_the_beat(
    song: str, tmp_path: Path, loaded: bool, to_file: str, to_music: str
) -> None:
    for given, expected in (({'file': song}, to_file), ({'duration': 10.0}, to_music)):
        robot = FakeRobot(tmp_path, rhythm_loaded=loaded)
        run_course(Dance(), given, robot)
        assert robot.stages[0][0] == expected


@pytest.mark.parametrize(
    'beats',
    [BEATS, steady(70.0), steady(149.0), steady(200.0), steady(110.0, swing=0.04)],
    ids=lambda beats: f'{beats.tempo:.0f}',
)
def test_each_step_lands_on_a_beat_of_the_song(beats: Beats, song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=beats)
    run_course(Dance(), {'file': song}, robot)
    (playing,) = robot.orders_of('playing')
    sounding = [playing.began + LATENCY_S + time for time in beats.times]
    steps = steps_of_dance(robot)
    assert len(steps) >= len(beats.times) // math.ceil(MIN_STEP_S * beats.tempo / 60.0) - 1
    assert off_the_beat(steps, sounding) <= _ON_THE_BEAT_S


def test_it_moves_on_every_beat_of_a_song_that_it_can_follow(song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(Dance(), {'file': song}, robot)
    assert course.sentence == 'danced 20 steps to song.wav, 120 beats a minute'
    for earlier, later in pairwise(steps_of_dance(robot)):
        assert earlier.arguments['head'] != later.arguments['head']


def test_the_song_is_analysed_then_played_to_its_end(song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=replace(BEATS, duration=15.0))
    run_course(Dance(), {'file': song}, robot)
    (analysis,), (playing,) = robot.orders_of('analyse'), robot.orders_of('playing')
    assert analysis.ended <= playing.began
    assert playing.ended - playing.began == pytest.approx(15.0 + LATENCY_S, abs=0.2)


def test_a_song_that_is_too_long_ends_after_the_time_that_was_given(
    song: str, tmp_path: Path
) -> None:
    robot = FakeRobot(tmp_path, beats=steady(120.0, 300.0))
    run_course(Dance(), {'file': song, 'duration': 12}, robot)
    (playing,) = robot.orders_of('playing')
    assert playing.ended - playing.began == pytest.approx(12.0, abs=0.2)


def test_it_comes_to_rest_at_the_end(song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Dance(), {'file': song}, robot)
    rest = robot.orders_of('go_to')[-1].arguments
    assert (rest['head'].yaw, rest['head'].pitch, rest['body_yaw']) == (0.0, 0.0, 0.0)
    assert rest['antennas'] == pytest.approx(NEUTRAL_ANTENNAS_RAD)


def test_a_song_that_ends_early_ends_the_dance(song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=replace(steady(120.0, 60.0), duration=8.0))
    course = run_course(Dance(), {'file': song}, robot)
    assert course.seconds < 12.0


def test_two_dances_differ() -> None:
    first, second = (list(islice(steps_of(random.Random(seed)), 40)) for seed in (1, 2))
    assert first != second


def test_no_figure_is_danced_twice_in_a_row() -> None:
    steps = list(islice(steps_of(random.Random(1)), 400))
    figures = [tuple(steps[start : start + 4]) for start in range(0, 400, 4)]
    assert set(figures) == set(FIGURES)
    assert all(earlier != later for earlier, later in pairwise(figures))


@pytest.mark.parametrize('tempo', [149.0, 120.0, 100.0, 60.0])
def test_every_step_is_within_reach_and_can_be_taken_between_two_beats(tempo: float) -> None:
    beats = steady(tempo)
    steps = [step.sized(size_of(beats)) for figure in FIGURES for step in figure]
    for one in steps:
        assert BoxReach().clip(_posture(one)) == (pytest.approx(_posture(one)), ())
        for other in steps:
            needed = MotionLimits().minimum_duration(_posture(one) - _posture(other))
            assert needed <= 60.0 / tempo - 0.1


def _posture(step: Step) -> FloatArray:
    """Return the body vector (9,) of a step."""
    head = step.head
    return np.array(
        [
            *(head.x, head.y, head.z, head.roll, head.pitch, head.yaw),
            *(step.right, -step.left, step.body_yaw),
        ]
    )


def test_a_song_without_a_beat_is_refused(song: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=SILENCE)
    with pytest.raises(BehaviorError, match='has no beat to dance to'):
        run_course(Dance(), {'file': song}, robot)
    assert robot.names == ['analyse']


@pytest.mark.parametrize('file', ['nothing.wav', '~nobody/x.wav', '/', 'a\0b', 'x' * 4096])
def test_a_file_that_is_not_there_is_refused_before_anything_moves(
    file: str, tmp_path: Path
) -> None:
    robot = FakeRobot(tmp_path)
    with pytest.raises(BehaviorError, match='there is no file'):
        run_course(Dance(), {'file': file}, robot)
    assert robot.orders == []


def test_music_that_is_heard_is_danced_to_on_its_beats(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=steady(120.0))
    course = run_course(Dance(), {'duration': 40}, robot)
    assert course.sentence.startswith('danced for 4')
    assert len(robot.orders_of('music')) >= 4
    assert len(steps_of_dance(robot)) >= 3 * 14
    assert off_what_was_heard(robot) <= _ON_THE_BEAT_S


def test_it_listens_on_while_it_dances(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Dance(), {'duration': 30}, robot)
    later = robot.orders_of('music')[1]
    assert any(later.began < step.ended < later.ended for step in steps_of_dance(robot))


class _Mute:
    position = -1.0
    done = False


class _MutePort(FakePort):
    """Files are played, but no sound comes."""

    @asynccontextmanager
    async def playing(self, path: Path) -> AsyncIterator[Any]:
        async with super().playing(path):
            yield _Mute()


class _MuteRobot(FakeRobot):
    def engage(self, name: str, priority: int) -> FakePort:
        del name, priority
        return _MutePort(self)


def test_it_ends_when_the_music_does(tmp_path: Path) -> None:
    robot = ListeningRobot(tmp_path, [BEATS, BEATS])
    course = run_course(Dance(), {'duration': 600}, robot)
    assert course.sentence.endswith('at about 120 beats a minute')
    assert course.seconds < 60.0


def test_silence_is_reported(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=SILENCE)
    with pytest.raises(BehaviorError, match='no music with a beat was heard within 24 s'):
        run_course(Dance(), {}, robot)
    assert robot.orders_of('go_to') == []


def test_a_song_that_never_sounds_is_reported(song: str, tmp_path: Path) -> None:
    robot = _MuteRobot(tmp_path)
    course = play(Dance(), {'file': song}, robot)
    assert 'was not heard within 10 s' in str(course.error)
    assert robot.unfinished == []


@pytest.mark.parametrize('given', [{'duration': 1}, {'file': 3}, {'song': 'x'}])
def test_wrong_parameters_are_named(given: dict[str, object]) -> None:
    with pytest.raises(WrongParameters, match=next(iter(given))):
        parameters_of(Dance, given)


@pytest.mark.parametrize('duration', [10.0, 900.0])
def test_the_limit_leaves_time_to_find_the_beat(duration: float) -> None:
    assert Dance().limit(parameters_of(Dance, {'duration': duration})) > duration + 60.0


def test_a_dance_to_a_song_can_be_cancelled_at_every_step(song: str, tmp_path: Path) -> None:
    cancel_at_every_step(Dance, {'file': song}, partial(FakeRobot, tmp_path))


def test_a_dance_to_a_song_reports_the_refusal_of_every_order(song: str, tmp_path: Path) -> None:
    refuse_at_every_step(Dance, {'file': song}, partial(FakeRobot, tmp_path))


def test_a_dance_to_what_is_heard_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(Dance, {'duration': 20}, partial(FakeRobot, tmp_path))


def test_a_dance_to_what_is_heard_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(Dance, {'duration': 20}, partial(FakeRobot, tmp_path))
