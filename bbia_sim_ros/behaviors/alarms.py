"""Alarms that ring at a time of day, kept in a file.

Contract
    An `Alarm` rings once, or on days of the week, at a wall-clock time of a time zone. Its moments
    are computed on that zone's calendar (PEP 495, `zoneinfo`), so that an alarm at 07:00 rings at
    07:00 on each side of a change to summer time, and across midnight. A time that a change skips,
    such as 02:30 when 02:00 becomes 03:00, rings as much after the change; one that comes twice
    rings the first time.

    An `AlarmBook` is a file that several may use at the same time, each with a book of its own in
    one thread: every call reads it, and changes it under a lock. What was not rung within
    `MISSED_AFTER` of its time, because nobody looked, is missed: it is told once, not rung. At most
    `MAX_ALARMS` are kept. Times are aware datetimes; "now" is always given.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from typing import Final
from typing import TypeVar
from zoneinfo import ZoneInfo
from zoneinfo import ZoneInfoNotFoundError

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.chat.json_file import JsonFile
from bbia_sim_ros.chat.json_file import JsonFileError
from bbia_sim_ros.private_files import private
from bbia_sim_ros.private_files import private_folder

CLOCK: Final = 'alarm_clock'
"""The behavior that sets alarms, and its folder in the folder of all behaviors."""
ALARMS_FILE: Final = 'alarms.json'
"""In that folder."""
MAX_ALARMS: Final = 100
MAX_LABEL: Final = 200
MISSED_AFTER: Final = timedelta(minutes=2)
DAYS: Final = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')
_A_DAY = timedelta(days=1)

Result = TypeVar('Result')


class AlarmError(BehaviorError):
    """An alarm cannot be kept; the message says why and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm; ``due`` is its next moment, in UTC, ``days`` 0 (Monday)..6, () for once."""

    id: int
    at: time
    zone: str
    due: datetime
    days: tuple[int, ...] = ()
    label: str = ''


@dataclass(frozen=True, kw_only=True)
class Due:
    """What a look at the clock gives: alarms to ring now, and those that were missed, in turn."""

    ringing: tuple[Alarm, ...] = ()
    missed: tuple[Alarm, ...] = ()


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone such as Europe/Paris; raises `AlarmError` for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise AlarmError(
            f'{name[:MAX_LABEL]!r} is no known time zone; give one such as Europe/Paris or UTC'
        ) from error


def next_moment(at: time, zone: ZoneInfo, after: datetime, days: tuple[int, ...] = ()) -> datetime:
    """Return the first moment strictly after another at which a zone's clocks show a time.

    ``days`` are those of the week on which it may be, 0 (Monday)..6; () for any. The result is in
    UTC: two times of one zone are compared by what its clocks show, even when they are set back.
    """
    day = after.astimezone(zone).date() - _A_DAY
    while True:
        moment = datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)
        if moment > after.astimezone(UTC) and (not days or day.weekday() in days):
            return moment
        day += _A_DAY


class AlarmBook:
    """See the module's docstring.

    Every method raises `AlarmError` for a file that cannot be used, but `take_due` rings even if it
    cannot be written, and says so in ``problem``.
    """

    def __init__(self, path: Path) -> None:
        """Take the file, which need not exist."""
        self._path = path
        self._taken: frozenset[tuple[int, datetime]] = frozenset()
        self.problem = ''
        """Why what was taken last stands in the file still; '' if it does not."""

    def all(self) -> tuple[Alarm, ...]:
        """Return all alarms, the next first."""
        with self._locked() as file:
            return _read(file)

    def next(self) -> Alarm | None:
        """Return the alarm that rings next, None if there is none."""
        alarms = self.all()
        return alarms[0] if alarms else None

    def add(
        self, at: time, zone: str, now: datetime, *, days: tuple[int, ...] = (), label: str = ''
    ) -> Alarm:
        """Keep a new alarm, for the next time at which the zone's clocks show ``at``."""
        if not all(0 <= day < len(DAYS) for day in days):
            raise AlarmError(f'days are {days}; they are numbers from 0 (Monday) to 6 (Sunday)')
        if len(label) > MAX_LABEL:
            raise AlarmError(f'the label has {len(label)} characters; at most {MAX_LABEL} fit')
        due = next_moment(at, zone_named(zone), _aware(now), days)

        def add(alarms: tuple[Alarm, ...]) -> tuple[tuple[Alarm, ...], Alarm]:
            if len(alarms) >= MAX_ALARMS:
                raise AlarmError(f'there are {MAX_ALARMS} alarms, and no more fit; remove one')
            used = {alarm.id for alarm in alarms}
            number = next(number for number in range(1, MAX_ALARMS + 1) if number not in used)
            week = tuple(sorted(set(days)))
            alarm = Alarm(id=number, at=at, zone=zone, due=due, days=week, label=label)
            return (*alarms, alarm), alarm

        return self._change(add)

    def remove(self, number: int) -> Alarm:
        """Forget an alarm; raises `AlarmError` that lists the known for an unknown one."""

        def remove(alarms: tuple[Alarm, ...]) -> tuple[tuple[Alarm, ...], Alarm]:
            known = {alarm.id: alarm for alarm in alarms}
            if number not in known:
                listed = ', '.join(map(str, sorted(known))) or 'none'
                raise AlarmError(f'there is no alarm {number}; known are: {listed}')
            alarm = known.pop(number)
            return tuple(known.values()), alarm

        return self._change(remove)

    def clear(self) -> tuple[Alarm, ...]:
        """Forget all alarms; return them."""
        return self._change(lambda alarms: ((), alarms))

    def take_due(self, now: datetime) -> Due:
        """Return what has become due, and set it to its next time, or forget it."""
        current = _aware(now)
        waiting = [alarm for alarm in self.all() if (alarm.id, alarm.due) not in self._taken]
        due = tuple(alarm for alarm in waiting if alarm.due <= current)
        if not due:
            return Due()
        try:
            changed = self._change(partial(_without_due, current))
            due = tuple(one for one in changed if (one.id, one.due) not in self._taken)
            self._taken, self.problem = frozenset(), ''
        except AlarmError as error:
            self._taken |= {(alarm.id, alarm.due) for alarm in due}
            self.problem = str(error)
        return Due(
            ringing=tuple(one for one in due if current - one.due <= MISSED_AFTER),
            missed=tuple(one for one in due if current - one.due > MISSED_AFTER),
        )

    def _change(
        self, change: Callable[[tuple[Alarm, ...]], tuple[tuple[Alarm, ...], Result]]
    ) -> Result:
        with self._locked() as file:
            alarms, result = change(_read(file))
            try:
                file.save([_as_json(alarm) for alarm in alarms])
            except JsonFileError as error:
                raise AlarmError(str(error)) from error
            return result

    @contextmanager
    def _locked(self) -> Iterator[JsonFile]:
        lock_path = self._path.with_name(f'.{self._path.name}.lock')
        try:
            private_folder(self._path.parent)
            lock = os.fdopen(private(str(lock_path), os.O_WRONLY | os.O_CREAT), 'w')
        except OSError as error:
            raise AlarmError(f'{lock_path} cannot be opened ({error.strerror})') from error
        with lock:
            # Freed by closing the file; held for the time of one small file's writing.
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield JsonFile(self._path)


def _without_due(
    now: datetime, alarms: tuple[Alarm, ...]
) -> tuple[tuple[Alarm, ...], tuple[Alarm, ...]]:
    """Return what is kept once all that is due was taken, and what was due."""
    due = tuple(alarm for alarm in alarms if alarm.due <= now)
    kept = [alarm for alarm in alarms if alarm.due > now]
    return (*kept, *(_again(alarm, now) for alarm in due if alarm.days)), due


def _again(alarm: Alarm, now: datetime) -> Alarm:
    return replace(alarm, due=next_moment(alarm.at, zone_named(alarm.zone), now, alarm.days))


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise AlarmError(f'the time {now} has no zone')
    return now.astimezone(UTC)


def _read(file: JsonFile) -> tuple[Alarm, ...]:
    alarms = file.load(_parse)
    if alarms is None and file.problem:
        raise AlarmError(file.problem)
    return tuple(sorted(alarms or (), key=lambda alarm: (alarm.due, alarm.id)))


def _as_json(alarm: Alarm) -> dict[str, Any]:
    return {
        'id': alarm.id,
        'at': alarm.at.isoformat(),
        'zone': alarm.zone,
        'due': alarm.due.isoformat(),
        'days': list(alarm.days),
        'label': alarm.label,
    }


def _parse(content: Any) -> tuple[Alarm, ...]:
    """Return the alarms of a file; raises ValueError for anything else."""
    try:
        return tuple(_alarm(one) for one in content)
    except (TypeError, KeyError, AttributeError, AlarmError) as error:
        raise ValueError(f'it holds no alarms: {error}') from error


def _alarm(one: Any) -> Alarm:
    zone_named(one['zone'])
    due = datetime.fromisoformat(one['due'])
    if due.tzinfo is None or not isinstance(one['id'], int) or not isinstance(one['label'], str):
        raise ValueError(f'{one} is no alarm')
    return Alarm(
        id=one['id'],
        at=time.fromisoformat(one['at']),
        zone=one['zone'],
        due=due.astimezone(UTC),
        days=tuple(int(day) for day in one['days']),
        label=one['label'],
    )
