"""Setting, listing and stopping alarms; `alarm_ring` is what rings."""

from __future__ import annotations

import re
from datetime import UTC
from datetime import datetime
from datetime import time
from datetime import timedelta
from typing import Final
from typing import Literal

from pydantic import Field

from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import CLOCK
from bbia_sim_ros.behaviors.alarms import DAYS
from bbia_sim_ros.behaviors.alarms import MAX_LABEL
from bbia_sim_ros.behaviors.alarms import Alarm
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.behaviors.alarms import next_moment
from bbia_sim_ros.behaviors.alarms import zone_named
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.behaviors.zones import local_zone

_MAX_TOLD: Final = 5
# A time of day comes once in so many.
_MAX_WAIT_MIN: Final = 24 * 60 - 1
_NOON_H: Final = 12
_CLOCK: Final = re.compile(
    r'(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2})?)?\s*(?P<half>[ap])?\.?(?(half)m\.?)'
)
_WAIT: Final = re.compile(r'\+\s*(?P<minutes>\d{1,5})')
_ALLOWED: Final = 'write it as 07:30, 7h30 or 7:30 pm, or as +20 for in 20 minutes'

Day = Literal['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

_SET: Final = Text(en='I will wake you {when}.', fr='Je te réveillerai {when}.')
_NONE: Final = Text(en='There is no alarm.', fr="Il n'y a pas de réveil.")
_LISTED: Final = Text(en='Alarm {id}: {when}.', fr='Réveil {id} : {when}.')
_MORE: Final = Text(en='And {count} more.', fr='Et {count} de plus.')
_STOPPED: Final = Text(en='Alarm {id} is off.', fr='Le réveil {id} est supprimé.')
_ALL_STOPPED: Final = Text(en='All alarms are off.', fr='Tous les réveils sont supprimés.')
_TODAY: Final = Text(en='today at {time}', fr="aujourd'hui à {time}")
_TOMORROW: Final = Text(en='tomorrow at {time}', fr='demain à {time}')
_ON_DAY: Final = Text(en='on {day} at {time}', fr='{day} à {time}')
_EVERY_DAY: Final = Text(en='every day at {time}', fr='tous les jours à {time}')
_EVERY: Final = Text(en='every {day} at {time}', fr='chaque {day} à {time}')
_WEEK: Final = (
    Text(en='Monday', fr='lundi'),
    Text(en='Tuesday', fr='mardi'),
    Text(en='Wednesday', fr='mercredi'),
    Text(en='Thursday', fr='jeudi'),
    Text(en='Friday', fr='vendredi'),
    Text(en='Saturday', fr='samedi'),
    Text(en='Sunday', fr='dimanche'),
)


class AlarmClock(Behavior):
    """Sets, lists or stops alarms, which are kept over restarts."""

    name = CLOCK
    # A wait begins when the alarm is set: it does not stand behind a story.
    priority = 150
    time_limit = 120.0

    class Parameters(BehaviorParameters):
        """What to do with which alarm."""

        action: Literal['set', 'list', 'stop'] = Field(
            'list', description='Set a new alarm, tell those there are, or stop some.'
        )
        time: str = Field(
            '', max_length=20, description=f'When it is to ring (for set): {_ALLOWED}.'
        )
        days: list[Day] = Field(
            default_factory=list, max_length=7, description='Days of each week; none: once.'
        )
        label: str = Field('', max_length=MAX_LABEL, description='What it is for.')
        zone: str = Field(
            '', max_length=100, description='Time zone, such as Europe/Paris; empty: of the robot.'
        )
        id: int = Field(0, ge=0, description='Which one to stop; 0: all.')

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Do it at once, then tell."""
        book = AlarmBook(robot.storage / ALARMS_FILE)
        robot.stage(parameters.action)
        match parameters.action:
            case 'set':
                return await _set(robot, book, parameters)
            case 'stop':
                return await _stop(robot, book, parameters.id)
            case 'list':
                return await _list(robot, book)


async def _set(robot: Robot, book: AlarmBook, parameters: AlarmClock.Parameters) -> str:
    now = robot.now()
    name = parameters.zone or local_zone(now)
    here = now.astimezone(zone_named(name))
    days = tuple(DAYS.index(day) for day in parameters.days)
    label = ' '.join(parameters.label.split())
    wait = wait_meant(parameters.time)
    if wait is None:
        alarm = book.add(time_meant(parameters.time), name, now, days=days, label=label)
    elif days:
        raise BehaviorError(
            f'time is {parameters.time!r}; on days of the week it is one of the day'
        )
    else:
        at, name = _in_a_while(now, wait, name)
        alarm = book.add(at, name, now, label=label)
    told = await _told(robot, _SET, when=when_told(alarm, here, robot.language))
    return f'set alarm {alarm.id}: {in_a_line(alarm)}{told}'


def _in_a_while(now: datetime, wait: timedelta, name: str) -> tuple[time, str]:
    """Return the time of day after a wait in a zone: in UTC when the zone has that time twice."""
    moment = now.astimezone(UTC) + wait
    zone = zone_named(name)
    at = moment.astimezone(zone).time()
    if next_moment(at, zone, now) == moment:
        return at, name
    return moment.time(), 'UTC'


async def _list(robot: Robot, book: AlarmBook) -> str:
    alarms = book.all()
    if not alarms:
        return f'there is no alarm{await _told(robot, _NONE)}'
    for alarm in alarms[:_MAX_TOLD]:
        when = when_told(alarm, robot.now(), robot.language)
        what = f'{when}, {alarm.label}' if alarm.label else when
        await remark(robot, _LISTED, id=alarm.id, when=what)
    if len(alarms) > _MAX_TOLD:
        await remark(robot, _MORE, count=len(alarms) - _MAX_TOLD)
    return '; '.join(f'{alarm.id}: {in_a_line(alarm)}' for alarm in alarms)


async def _stop(robot: Robot, book: AlarmBook, number: int) -> str:
    if number:
        alarm = book.remove(number)
        told = await _told(robot, _STOPPED, id=alarm.id)
        return f'stopped alarm {alarm.id}: {in_a_line(alarm)}{told}'
    stopped = book.clear()
    told = await _told(robot, _ALL_STOPPED if stopped else _NONE)
    return f'stopped {len(stopped)} alarms{told}'


async def _told(robot: Robot, text: Text, **values: object) -> str:
    """Tell what has been done; what cannot be told is done all the same, and that is returned."""
    try:
        await remark(robot, text, **values)
    except BehaviorError as error:
        return f'; it could not be told: {error}'
    return ''


def wait_meant(text: str) -> timedelta | None:
    """Return how long from now a text such as +20 means, None for one of another form.

    Raises `BehaviorError` for more than a day.
    """
    wait = _WAIT.fullmatch(text.strip())
    if wait is None:
        return None
    minutes = int(wait['minutes'])
    if not 1 <= minutes <= _MAX_WAIT_MIN:
        raise BehaviorError(f'time is {text!r}; allowed is +1 .. +{_MAX_WAIT_MIN} minutes')
    return timedelta(minutes=minutes)


def time_meant(text: str) -> time:
    """Return the time of day that a text means; raises `BehaviorError` with what may be written."""
    clock = _CLOCK.fullmatch(text.strip().lower())
    if clock is None:
        raise BehaviorError(f'time is {text!r}; {_ALLOWED}')
    hour, minute, half = int(clock['hour']), int(clock['minute'] or 0), clock['half']
    if half and not 1 <= hour <= _NOON_H:
        raise BehaviorError(f'time is {text!r}; before am and pm is 1 .. {_NOON_H}')
    if half:
        hour = hour % _NOON_H + (_NOON_H if half == 'p' else 0)
    try:
        return time(hour, minute)
    except ValueError as error:
        raise BehaviorError(f'time is {text!r}, and {error}; {_ALLOWED}') from error


def when_told(alarm: Alarm, now: datetime, language: str) -> str:
    """Return when an alarm rings, as it is said: on the clock of ``now``, weekly ones on theirs."""
    zone = zone_named(alarm.zone) if alarm.days else now.tzinfo
    due = alarm.due.astimezone(zone)
    clock = f'{due:%H:%M}'
    if len(alarm.days) == len(DAYS):
        return _EVERY_DAY.spoken(language, time=clock)
    if alarm.days:
        names = ', '.join(_WEEK[day].spoken(language) for day in alarm.days)
        return _EVERY.spoken(language, day=names, time=clock)
    days = (due.date() - now.date()).days
    if days in (0, 1):
        return (_TOMORROW if days else _TODAY).spoken(language, time=clock)
    return _ON_DAY.spoken(language, day=_WEEK[due.weekday()].spoken(language), time=clock)


def in_a_line(alarm: Alarm) -> str:
    """Return an alarm for a log."""
    days = f' every {", ".join(DAYS[day] for day in alarm.days)}' if alarm.days else ''
    label = f' ({alarm.label})' if alarm.label else ''
    due = alarm.due.astimezone(zone_named(alarm.zone))
    return f'{due:%Y-%m-%d %H:%M} {alarm.zone}{days}{label}'
