"""The alarm clock: times as people write them, zones and midnight, telling and stopping."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import timezone
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import MAX_ALARMS
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.behaviors.alarms import AlarmError
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.alarm_clock import AlarmClock
from bbia_sim_ros.behaviors.library.alarm_clock import time_meant
from bbia_sim_ros.behaviors.library.alarm_clock import wait_meant
from bbia_sim_ros.behaviors.library.alarm_ring import AlarmRing
from bbia_sim_ros.behaviors.library.storytelling import Storytelling
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.zones import local_zone
from support.courses import cancel_at_every_step
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

PARIS = ZoneInfo('Europe/Paris')
EVENING = datetime(2026, 3, 27, 22, 30, tzinfo=PARIS)  # a Friday; on Sunday summer time begins


def alarms(robot: FakeRobot) -> AlarmBook:
    return AlarmBook(robot.storage / ALARMS_FILE)


def do(robot: FakeRobot, **given: object) -> str:
    return run_course(AlarmClock(), given, robot).sentence


@pytest.mark.parametrize(
    ('text', 'meant'),
    [
        ('07:30', time(7, 30)),
        (' 7:30 ', time(7, 30)),
        ('7.30', time(7, 30)),
        ('7h30', time(7, 30)),
        ('7 h 30', time(7, 30)),
        ('7h', time(7)),
        ('7', time(7)),
        ('7 am', time(7)),
        ('7:30 PM', time(19, 30)),
        ('7:30 p.m.', time(19, 30)),
        ('12 am', time(0)),
        ('12:15 pm', time(12, 15)),
        ('23:59', time(23, 59)),
        ('0:00', time(0)),
    ],
)
def test_times_are_understood_as_people_write_them(text: str, meant: time) -> None:
    assert time_meant(text) == meant


@pytest.mark.parametrize(
    'text',
    ['', 'soon', '24:00', '7:60', '7:5', '-7:30', '13 pm', '0 am', '7:30:15', '7 xm', '٧:٣٠x'],
)
def test_other_times_are_refused_with_what_may_be_written(text: str) -> None:
    with pytest.raises(BehaviorError, match='time is '):
        time_meant(text)


def test_a_wait_is_in_minutes_and_shorter_than_a_day() -> None:
    assert wait_meant('+20') == timedelta(minutes=20)
    assert wait_meant('+ 5') == timedelta(minutes=5)
    assert wait_meant('20') is None
    for text in ('+0', '+1440', '+99999'):
        with pytest.raises(BehaviorError, match='allowed is'):
            wait_meant(text)


def test_an_alarm_after_midnight_is_set_for_tomorrow(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    sentence = do(robot, action='set', time='7h30', label='swim')
    assert sentence == 'set alarm 1: 2026-03-28 07:30 Europe/Paris (swim)'
    assert robot.said == ['I will wake you tomorrow at 07:30.']
    (alarm,) = alarms(robot).all()
    assert alarm.due == datetime(2026, 3, 28, 7, 30, tzinfo=PARIS)


def test_an_alarm_before_midnight_is_set_for_today(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING, language='fr')
    do(robot, action='set', time='11 pm')
    assert robot.said == ["Je te réveillerai aujourd'hui à 23:00."]


def test_weekly_alarms_keep_to_the_clock_when_summer_time_begins(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    do(robot, action='set', time='8:00', days=['sunday', 'monday'])
    assert robot.said == ['I will wake you every Monday, Sunday at 08:00.']
    (alarm,) = alarms(robot).all()
    assert alarm.due.astimezone(UTC).hour == 6  # summer time


def test_an_alarm_may_be_in_another_zone(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    do(robot, action='set', time='07:30', zone='Asia/Tokyo')
    assert robot.said == ['I will wake you today at 07:30.']  # it is Saturday there
    do(robot, action='list')
    assert robot.said[-1] == 'Alarm 1: today at 23:30.'


def test_it_does_not_wait_behind_what_goes_on_for_minutes() -> None:
    assert AlarmRing.priority > AlarmClock.priority > Storytelling.priority


def test_a_wait_is_exact_when_an_hour_comes_twice(tmp_path: Path) -> None:
    night = datetime(2026, 10, 25, 2, 50, tzinfo=PARIS)  # at 3 it is 2 again
    robot = FakeRobot(tmp_path, started=night)
    do(robot, action='set', time='+20')
    (alarm,) = alarms(robot).all()
    wait = alarm.due - night.astimezone(UTC)
    assert wait == timedelta(minutes=20)
    assert robot.said == ['I will wake you today at 02:10.']
    assert alarm.zone == 'UTC'


def test_a_wait_is_kept_in_the_zone_of_the_clock(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    do(robot, action='set', time='+120')
    (alarm,) = alarms(robot).all()
    assert (alarm.at, alarm.zone) == (time(0, 30), 'Europe/Paris')
    assert robot.said == ['I will wake you tomorrow at 00:30.']


def test_alarms_are_listed_the_next_first(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    assert do(robot) == 'there is no alarm'
    assert robot.said == ['There is no alarm.']
    do(robot, action='set', time='9:00', days=['wednesday'], label='bins {out}')
    do(robot, action='set', time='6:00')
    robot.orders.clear()
    assert do(robot, action='list') == (
        '2: 2026-03-28 06:00 Europe/Paris;'
        ' 1: 2026-04-01 09:00 Europe/Paris every wednesday (bins {out})'
    )
    assert robot.said == [
        'Alarm 2: tomorrow at 06:00.',
        'Alarm 1: every Wednesday at 09:00, bins {out}.',
    ]


def test_a_long_list_is_not_told_to_its_end(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING, parts={Part.MOTION})
    for hour in range(8):
        do(robot, action='set', time=f'{hour}:00')
    robot.parts.add(Part.SPEECH)
    assert do(robot, action='list').count(';') == 7
    assert len(robot.said) == 6
    assert robot.said[-1] == 'And 3 more.'


def test_one_alarm_or_all_are_stopped(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    for clock in ('6:00', '7:00', '8:00'):
        do(robot, action='set', time=clock)
    assert do(robot, action='stop', id=2).startswith('stopped alarm 2: 2026-03-28 07:00')
    assert [alarm.id for alarm in alarms(robot).all()] == [1, 3]
    with pytest.raises(AlarmError, match='no alarm 2; known are: 1, 3'):
        do(robot, action='stop', id=2)
    assert do(robot, action='stop') == 'stopped 2 alarms'
    assert alarms(robot).all() == ()


def test_alarms_outlive_the_robot(tmp_path: Path) -> None:
    do(FakeRobot(tmp_path, started=EVENING), action='set', time='6:00')
    assert do(FakeRobot(tmp_path, started=EVENING)) == '1: 2026-03-28 06:00 Europe/Paris'


def test_what_is_set_is_set_though_it_cannot_be_told(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING, refuse_at=0)
    sentence = do(robot, action='set', time='6:00')
    assert sentence.endswith('; it could not be told: say is refused by the test')
    assert len(alarms(robot).all()) == 1


@pytest.mark.parametrize(
    ('given', 'complaint'),
    [
        ({'action': 'set'}, "time is ''; write it as"),
        ({'action': 'set', 'time': '25:00'}, "time is '25:00'"),
        ({'action': 'set', 'time': '7:00', 'zone': 'Mars/Base'}, 'no known time zone'),
        ({'action': 'set', 'time': '+20', 'days': ['monday']}, 'one of the day'),
    ],
)
def test_what_cannot_be_set_is_refused(
    tmp_path: Path, given: Mapping[str, object], complaint: str
) -> None:
    robot = FakeRobot(tmp_path, started=EVENING)
    with pytest.raises(BehaviorError, match=complaint):
        do(robot, **given)
    assert alarms(robot).all() == ()


@pytest.mark.parametrize(
    ('given', 'field'),
    [({'action': 'ring'}, 'action'), ({'days': ['funday']}, 'days.0'), ({'hour': 7}, 'hour')],
)
def test_wrong_parameters_name_the_field(
    tmp_path: Path, given: Mapping[str, object], field: str
) -> None:
    with pytest.raises(WrongParameters, match=field):
        do(FakeRobot(tmp_path), **given)


def test_too_many_alarms_are_refused(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=EVENING, parts=())
    for _ in range(MAX_ALARMS):
        alarms(robot).add(time(6), 'UTC', EVENING)
    with pytest.raises(AlarmError, match='no more fit'):
        do(robot, action='set', time='6:00')


def test_the_zone_is_that_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert local_zone(EVENING) == 'Europe/Paris'
    assert local_zone(EVENING.astimezone(UTC)) == 'UTC'
    tokyo = EVENING.astimezone(timezone(timedelta(hours=9)))
    monkeypatch.setenv('TZ', 'Asia/Tokyo')
    assert local_zone(tokyo) == 'Asia/Tokyo'
    odd = EVENING.astimezone(timezone(timedelta(hours=3, minutes=17)))
    with pytest.raises(AlarmError, match='give zone, such as Europe/Paris'):
        local_zone(odd)


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    given = {'action': 'set', 'time': '6:00'}
    cancel_at_every_step(AlarmClock, given, partial(FakeRobot, tmp_path, started=EVENING))


@pytest.mark.parametrize('given', [{'action': 'set', 'time': '6:00'}, {}, {'action': 'stop'}])
def test_it_survives_or_reports_every_refusal(tmp_path: Path, given: dict[str, object]) -> None:
    refuse_at_every_step(AlarmClock, given, partial(FakeRobot, tmp_path, started=EVENING))
