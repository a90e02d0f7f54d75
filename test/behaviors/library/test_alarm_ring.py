"""Ringing: sound and motion until somebody answers, with whatever parts there are."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.alarms import MAX_ALARMS
from bbia_sim_ros.behaviors.alarms import MAX_LABEL
from bbia_sim_ros.behaviors.bell import LENGTH_S
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.handle import Handle
from bbia_sim_ros.behaviors.library.alarm_ring import AlarmRing
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.speech.wav import read_wav
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

BELL = Beats(tempo=0.0, times=(), strengths=(), duration=LENGTH_S)
GIVEN = {'time': '07:30', 'label': 'swim'}
BOOT_S = 40.0


@pytest.mark.parametrize('answer', ['Stop!', "I'm up", 'ok, ok', 'Je me lève', 'oui merci'])
def test_it_rings_until_somebody_answers(tmp_path: Path, answer: str) -> None:
    robot = FakeRobot(tmp_path, beats=BELL, hears=[None, 'mmh', answer])
    course = run_course(AlarmRing(), GIVEN, robot)
    assert course.sentence.startswith('swim was answered after ')
    assert len(robot.orders_of('playing')) == 3
    assert robot.said == ['It is 07:30: swim.'] * 3 + ['All right. Have a good day!']
    assert all(order.ended - order.began >= LENGTH_S for order in robot.orders_of('playing'))


def test_the_antennas_swing_while_it_rings(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=BELL, hears=['stop'])
    run_course(AlarmRing(), GIVEN, robot)
    (playing,) = robot.orders_of('playing')
    swings = [
        order.arguments['antennas'][0]
        for order in robot.orders_of('go_to')
        if order.arguments['antennas'] and order.began < playing.ended
    ]
    assert len(swings) == 4
    assert min(swings) < -0.5
    assert max(swings) > 0.5


def test_nobody_makes_it_ring_for_ever(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=BELL)
    course = run_course(AlarmRing(), {'longest': 60.0}, robot)
    assert course.sentence == 'the alarm of 12:00 rang for 60 s, and nobody answered'
    assert 60.0 <= course.seconds <= 75.0


def test_the_labels_of_all_alarms_fit_and_are_told_in_part(tmp_path: Path) -> None:
    label = ', '.join(['x' * MAX_LABEL] * MAX_ALARMS)
    robot = FakeRobot(tmp_path, beats=BELL, hears=['stop'])
    run_course(AlarmRing(), {'label': label}, robot)
    assert 400 < len(robot.said[0]) < 600


def test_it_may_ring_as_long_as_it_is_asked_to() -> None:
    assert AlarmRing().limit(parameters_of(AlarmRing, {'longest': 3600.0})) >= 3620.0


def test_it_takes_the_body_from_all_others() -> None:
    assert AlarmRing.priority == 200


def test_without_sound_it_swings(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.MOTION})
    course = run_course(AlarmRing(), {**GIVEN, 'longest': 20.0}, robot)
    assert course.sentence == 'swim rang for 20 s, and nobody answered'
    assert set(robot.names) == {'go_to'}


def losing(tmp_path: Path, lost: Part) -> FakeRobot:
    """Return a robot that loses a part after its first ring, and is answered after the third."""

    def hears(said: str) -> str | None:
        robot.parts.discard(lost)
        return 'stop' if len(robot.orders_of('playing')) > 2 else None

    robot = FakeRobot(tmp_path, beats=BELL, hears=hears)
    return robot


def test_it_rings_on_when_nobody_can_be_heard(tmp_path: Path) -> None:
    robot = losing(tmp_path, Part.HEARING)
    course = run_course(AlarmRing(), {**GIVEN, 'longest': 30.0}, robot)
    assert course.sentence == 'swim rang for 30 s, and nobody answered'
    assert len(robot.orders_of('playing')) > 3


def test_it_rings_on_when_it_cannot_move(tmp_path: Path) -> None:
    robot = losing(tmp_path, Part.MOTION)
    course = run_course(AlarmRing(), {**GIVEN, 'longest': 30.0}, robot)
    assert course.sentence.startswith('swim was answered after ')
    assert len(robot.orders_of('playing')) == 3


class Booting(FakeRobot):
    """A robot of which only a part is there for the first `BOOT_S`."""

    def handle(self) -> Handle:
        asyncio.get_running_loop().call_later(BOOT_S, self.parts.update, Part)
        return super().handle()


@pytest.mark.parametrize('there', [(), (Part.HEARING,), (Part.MOTION,)])
def test_it_rings_as_soon_as_there_is_something_to_ring_with(
    tmp_path: Path, there: tuple[Part, ...]
) -> None:
    robot = Booting(tmp_path, parts=there, beats=BELL, hears=lambda said: 'stop' if said else None)
    course = run_course(AlarmRing(), GIVEN, robot)
    assert course.sentence.startswith('swim was answered after ')
    assert BOOT_S <= robot.orders_of('playing')[0].began < BOOT_S + 10.0


def test_with_nothing_to_ring_with_it_tries_as_long_as_it_may_and_says_so(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.HEARING})
    course = play(AlarmRing(), {**GIVEN, 'longest': 30.0}, robot)
    assert isinstance(course.error, BehaviorError)
    assert 'swim does not ring: there is no motion' in str(course.error)
    assert 30.0 <= course.seconds < 40.0


@pytest.mark.parametrize(
    ('language', 'said'),
    [
        ('en', 'I was off at 07:30 and did not ring. swim'),
        ('fr', "J'étais éteint à 07:30 et n'ai pas sonné. swim"),
    ],
)
def test_a_missed_alarm_is_told_once(tmp_path: Path, language: str, said: str) -> None:
    robot = FakeRobot(tmp_path, language=language)
    course = run_course(AlarmRing(), {**GIVEN, 'missed': True}, robot)
    assert robot.said == [said]
    assert robot.names == ['say']
    assert course.sentence == 'told that swim was missed'


def test_a_missed_alarm_is_told_as_soon_as_there_is_a_voice(tmp_path: Path) -> None:
    robot = Booting(tmp_path, parts=())
    course = run_course(AlarmRing(), {**GIVEN, 'missed': True}, robot)
    assert course.sentence == 'told that swim was missed'
    (told,) = robot.orders_of('say')
    assert BOOT_S <= told.began < BOOT_S + 1.0


def test_a_missed_alarm_that_cannot_be_told_within_a_minute_is_reported(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.MOTION})
    course = play(AlarmRing(), {**GIVEN, 'missed': True, 'longest': 5.0}, robot)
    assert isinstance(course.error, BehaviorError)
    assert 'there is no speech' in str(course.error)
    assert 60.0 <= course.seconds < 62.0


def test_what_is_played_is_a_sound(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=BELL, hears=['stop'])
    run_course(AlarmRing(), GIVEN, robot)
    path = robot.orders_of('playing')[0].arguments['path']
    samples, rate = read_wav(path.read_bytes())
    assert len(samples) / rate == pytest.approx(LENGTH_S)
    assert 15_000 < abs(samples.astype(int)).max() <= 32_767


def test_a_bell_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, beats=BELL, hears=['stop'])
    run_course(AlarmRing(), GIVEN, robot)
    path = robot.orders_of('playing')[0].arguments['path']
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    run_course(AlarmRing(), GIVEN, FakeRobot(tmp_path, beats=BELL, hears=['stop']))
    assert path.read_bytes() == whole


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    make_robot = partial(FakeRobot, tmp_path, beats=BELL, hears=[None, 'stop'])
    cancel_at_every_step(AlarmRing, GIVEN, make_robot)


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    make_robot = partial(FakeRobot, tmp_path, beats=BELL, hears=[None, 'stop'])
    refuse_at_every_step(AlarmRing, GIVEN, make_robot)
