"""Alarms ring at the right moment whatever the calendar does, once, and outlive restarts."""

from __future__ import annotations

import json
import threading
from datetime import UTC
from datetime import datetime
from datetime import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.behaviors.alarms import MAX_ALARMS
from bbia_sim_ros.behaviors.alarms import MISSED_AFTER
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.behaviors.alarms import AlarmError
from bbia_sim_ros.behaviors.alarms import next_moment
from bbia_sim_ros.behaviors.alarms import zone_named

PARIS = ZoneInfo('Europe/Paris')
# A Monday in winter.
EVENING = datetime(2026, 1, 12, 23, 30, tzinfo=PARIS)
MORNING = datetime(2026, 1, 13, 7, 0, tzinfo=PARIS)
SECOND = timedelta(seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the alarms are kept."""
    return tmp_path / 'storage' / 'alarms.json'


@pytest.fixture
def book(path: Path) -> AlarmBook:
    """An empty book of alarms."""
    return AlarmBook(path)


# -- moments ----------------------------------------------------------------------------------


def test_an_alarm_of_the_morning_is_found_from_the_evening_before() -> None:
    assert next_moment(time(7), PARIS, EVENING) == MORNING
    assert next_moment(time(23, 45), PARIS, EVENING) == EVENING + timedelta(minutes=15)
    assert next_moment(time(0), PARIS, EVENING) == EVENING + timedelta(minutes=30)


def test_the_moment_itself_is_not_its_own_next() -> None:
    assert next_moment(time(7), PARIS, MORNING) == MORNING + timedelta(days=1)
    assert next_moment(time(7), PARIS, MORNING - SECOND) == MORNING


def test_the_zone_is_that_of_the_alarm_not_of_the_clock() -> None:
    evening_in_tokyo = EVENING.astimezone(ZoneInfo('Asia/Tokyo'))
    assert next_moment(time(7), PARIS, evening_in_tokyo) == MORNING
    in_tokyo = next_moment(time(7), ZoneInfo('Asia/Tokyo'), EVENING)
    assert in_tokyo == datetime(2026, 1, 13, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ('before', 'hours'),
    [
        (datetime(2026, 3, 28, 7, 0, tzinfo=PARIS), 23),
        (datetime(2026, 10, 24, 7, 0, tzinfo=PARIS), 25),
        (datetime(2026, 6, 1, 7, 0, tzinfo=PARIS), 24),
    ],
)
def test_seven_stays_seven_when_the_clocks_change(before: datetime, hours: int) -> None:
    moment = next_moment(time(7), PARIS, before)
    assert moment - before.astimezone(UTC) == timedelta(hours=hours)
    assert moment.astimezone(PARIS).time() == time(7)


def test_a_time_that_is_skipped_rings_as_much_after_the_change() -> None:
    moment = next_moment(time(2, 30), PARIS, datetime(2026, 3, 28, 12, 0, tzinfo=PARIS))
    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment.astimezone(PARIS).time() == time(3, 30)


def test_a_time_that_comes_twice_rings_the_first_time_only() -> None:
    first = next_moment(time(2, 30), PARIS, datetime(2026, 10, 24, 12, 0, tzinfo=PARIS))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_moment(time(2, 30), PARIS, first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_only_the_days_that_were_asked_for_ring() -> None:
    weekend = next_moment(time(9), PARIS, EVENING, (5, 6))
    assert weekend == datetime(2026, 1, 17, 9, 0, tzinfo=PARIS)
    assert next_moment(time(9), PARIS, weekend, (5, 6)) == weekend + timedelta(days=1)
    monday_again = next_moment(time(9), PARIS, EVENING, (0,))
    assert monday_again == datetime(2026, 1, 19, 9, 0, tzinfo=PARIS)


ZONES = st.sampled_from(['UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe'])


@given(
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    at=st.times(),
    zone=ZONES,
    days=st.frozensets(st.integers(0, 6)),
)
def test_the_next_moment_is_later_and_within_the_days_it_may_be(after, at, zone, days) -> None:
    moment = next_moment(at, ZoneInfo(zone), after, tuple(days))
    longest = timedelta(days=9 if days else 2)
    assert after < moment <= after + longest
    shown = moment.astimezone(ZoneInfo(zone))
    assert not days or {shown.weekday(), (shown - timedelta(hours=2)).weekday()} & days
    # No zone has skipped more than an hour in these years.
    assert shown.time() == at or (shown - timedelta(hours=1)).time() <= at <= shown.time()


@pytest.mark.parametrize('name', ['', 'Mars/Olympus', '../../etc/passwd', 'Europe/Paris\0'])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(AlarmError, match='no known time zone'):
        zone_named(name)


# -- the book ---------------------------------------------------------------------------------


def test_an_alarm_rings_once_at_its_time_and_is_gone(book: AlarmBook) -> None:
    alarm = book.add(time(7), 'Europe/Paris', EVENING, label='tea')
    assert alarm.due == MORNING
    assert book.next() == alarm
    assert book.take_due(MORNING - SECOND).ringing == ()
    assert book.take_due(MORNING).ringing == (alarm,)
    assert book.take_due(MORNING + SECOND).ringing == ()
    assert book.next() is None


def test_a_weekly_alarm_rings_again(book: AlarmBook) -> None:
    alarm = book.add(time(7), 'Europe/Paris', EVENING, days=(1, 3, 1))
    assert alarm.days == (1, 3)
    assert book.take_due(MORNING).ringing == (alarm,)
    following = book.next()
    assert following is not None
    assert following.id == alarm.id
    assert following.due == MORNING + timedelta(days=2)


def test_alarms_outlive_a_restart(book: AlarmBook, path: Path) -> None:
    alarm = book.add(time(7), 'Europe/Paris', EVENING, label='thé à la menthe')
    assert AlarmBook(path).all() == (alarm,)
    assert AlarmBook(path).take_due(MORNING).ringing == (alarm,)


def test_alarms_are_nobody_elses_business(book: AlarmBook, path: Path) -> None:
    book.add(time(7), 'Europe/Paris', EVENING)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}


def test_what_nobody_rang_in_time_is_told_as_missed(book: AlarmBook, path: Path) -> None:
    once = book.add(time(7), 'Europe/Paris', EVENING)
    daily = book.add(time(8), 'Europe/Paris', EVENING, days=tuple(range(7)))
    days_later = MORNING + timedelta(days=3)
    due = AlarmBook(path).take_due(days_later)
    assert (due.ringing, due.missed) == ((), (once, daily))
    assert AlarmBook(path).take_due(days_later).missed == ()
    assert [alarm.due for alarm in book.all()] == [days_later + timedelta(hours=1)]


def test_a_late_look_still_rings(book: AlarmBook) -> None:
    alarm = book.add(time(7), 'Europe/Paris', EVENING)
    assert book.take_due(MORNING + MISSED_AFTER).ringing == (alarm,)


def test_alarms_are_listed_by_their_time_and_forgotten_by_number(book: AlarmBook) -> None:
    late = book.add(time(9), 'Europe/Paris', EVENING)
    early = book.add(time(7), 'Europe/Paris', EVENING)
    assert book.all() == (early, late)
    with pytest.raises(AlarmError, match='there is no alarm 7; known are: 1, 2'):
        book.remove(7)
    assert book.remove(late.id) == late
    assert book.add(time(10), 'UTC', EVENING).id == late.id
    assert len(book.clear()) == 2
    assert book.all() == ()


def test_bad_alarms_are_refused_and_nothing_is_lost(book: AlarmBook) -> None:
    kept = book.add(time(7), 'Europe/Paris', EVENING)
    with pytest.raises(AlarmError, match='days are'):
        book.add(time(7), 'Europe/Paris', EVENING, days=(7,))
    with pytest.raises(AlarmError, match='at most 200 fit'):
        book.add(time(7), 'Europe/Paris', EVENING, label='x' * 201)
    with pytest.raises(AlarmError, match='has no zone'):
        book.add(time(7), 'Europe/Paris', datetime(2026, 1, 1))
    for _ in range(MAX_ALARMS - 1):
        book.add(time(8), 'UTC', EVENING)
    with pytest.raises(AlarmError, match='remove one'):
        book.add(time(8), 'UTC', EVENING)
    assert book.next() == kept


@pytest.mark.parametrize(
    'content', ['{', '{"a": 1}', '[1]', '[{"id": 1, "zone": "Mars/Olympus"}]', 'null']
)
def test_a_broken_file_is_set_aside_and_told(book: AlarmBook, path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding='utf-8')
    with pytest.raises(AlarmError, match='could not be used'):
        book.all()
    assert path.with_name('alarms.json.broken-1').read_text(encoding='utf-8') == content
    book.add(time(7), 'Europe/Paris', EVENING)
    assert len(book.all()) == 1


def test_an_alarm_rings_once_though_the_file_cannot_be_written(
    book: AlarmBook, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = book.add(time(7), 'Europe/Paris', EVENING)
    with monkeypatch.context() as full:
        full.setattr(json, 'dump', _no_space)
        assert book.take_due(MORNING).ringing == (alarm,)
        assert 'cannot be written' in book.problem
        assert book.take_due(MORNING + SECOND).ringing == ()
    assert AlarmBook(path).all() == (alarm,)
    other = book.add(time(7, 1), 'Europe/Paris', EVENING)
    assert book.take_due(MORNING + timedelta(minutes=1)).ringing == (other,)
    assert book.problem == ''
    assert book.all() == ()


def test_two_books_of_one_file_lose_nothing(path: Path) -> None:
    def add_ten() -> None:
        for _ in range(10):
            AlarmBook(path).add(time(7), 'UTC', EVENING)

    threads = [threading.Thread(target=add_ten) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(alarm.id for alarm in AlarmBook(path).all()) == list(range(1, 31))


def _no_space(*_: object, **__: object) -> None:
    raise OSError(28, 'No space left on device')
