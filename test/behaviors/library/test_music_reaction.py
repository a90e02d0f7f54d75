"""Reacting to music."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.library.music_reaction import MusicReaction
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.dancing import SILENCE
from support.dancing import ListeningRobot
from support.dancing import off_what_was_heard
from support.dancing import steady
from support.dancing import steps_of_dance
from support.fake_robot import FakeRobot

_SHORT = {'duration': 25}


@pytest.mark.parametrize(
    ('tempo', 'mood'), [(70.0, 'nostalgic'), (110.0, 'happy'), (140.0, 'excited')]
)
def test_its_mood_and_its_steps_follow_the_music(tempo: float, mood: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=steady(tempo))
    course = run_course(MusicReaction(), _SHORT, robot)
    assert course.sentence == f'moved to music of about {tempo:.0f} beats a minute'
    assert robot.orders_of('feel')[0].arguments['name'] == mood
    assert off_what_was_heard(robot) <= 0.06


def test_slow_music_rocks_it_and_fast_music_makes_it_bounce(tmp_path: Path) -> None:
    slow, fast = (FakeRobot(tmp_path, beats=steady(tempo)) for tempo in (70.0, 140.0))
    for robot in (slow, fast):
        run_course(MusicReaction(), _SHORT, robot)
    lowest = [
        min(step.arguments['head'].z for step in steps_of_dance(robot)) for robot in (slow, fast)
    ]
    assert lowest[1] < lowest[0]


def test_without_music_it_listens_and_keeps_still(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=SILENCE)
    course = run_course(MusicReaction(), _SHORT, robot)
    assert course.sentence == 'heard no music with a beat in 33 s'
    assert steps_of_dance(robot) == []


def test_what_is_heard_at_the_very_end_is_still_moved_to(tmp_path: Path) -> None:
    behavior = MusicReaction()
    run_course(behavior, {'duration': 10}, FakeRobot(tmp_path, beats=SILENCE))
    # It is resumed with no time left.
    course = run_course(behavior, {'duration': 10}, FakeRobot(tmp_path, beats=steady(110.0)))
    assert course.sentence == 'moved to music of about 110 beats a minute'


def test_it_is_sorry_when_the_music_ends_and_glad_when_it_comes_back(tmp_path: Path) -> None:
    heard = [steady(110.0), steady(110.0), SILENCE, SILENCE, steady(140.0)]
    robot = ListeningRobot(tmp_path, heard)
    run_course(MusicReaction(), {'duration': 60}, robot)
    felt = [order.arguments['name'] for order in robot.orders if order.name in ('feel', 'emotion')]
    assert felt == ['happy', 'happy', 'sad', 'curious', 'excited', 'sad', 'curious', 'neutral']


def test_what_is_left_of_the_time_goes_on_after_a_preemption(tmp_path: Path) -> None:
    behavior, given = MusicReaction(), {'duration': 60}
    play(behavior, given, FakeRobot(tmp_path), cancel_at=45.0)
    course = run_course(behavior, given, FakeRobot(tmp_path))
    assert course.seconds < 35.0


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(MusicReaction, _SHORT, partial(FakeRobot, tmp_path))


def test_it_can_be_cancelled_when_the_music_is_over(tmp_path: Path) -> None:
    heard = [steady(110.0), SILENCE]
    cancel_at_every_step(MusicReaction, _SHORT, partial(ListeningRobot, tmp_path, heard))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    heard = [steady(110.0), SILENCE]
    refuse_at_every_step(MusicReaction, _SHORT, partial(ListeningRobot, tmp_path, heard))
