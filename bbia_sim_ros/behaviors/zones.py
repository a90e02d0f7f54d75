"""The time zone in which the robot is, and the time of day there.

Contract
    Pure but for the environment and the system's files; any thread.
"""

from __future__ import annotations

import os
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bbia_sim_ros.behaviors.alarms import AlarmError
from bbia_sim_ros.behaviors.alarms import zone_named

_LOCALTIME: Final = Path('/etc/localtime')
_ZONES: Final = 'zoneinfo/'


def local_zone(now: datetime) -> str:
    """Return the name of the zone of a time of day.

    That is its own zone's name, or, for a bare offset from UTC, the name that the variable TZ or
    the system's clock has, as far as it has that offset now. Raises `AlarmError` if there is none.
    """
    if isinstance(now.tzinfo, ZoneInfo) and now.tzinfo.key:
        return now.tzinfo.key
    if now.tzinfo is UTC:
        return 'UTC'
    for name in _named_by_system():
        try:
            zone = zone_named(name)
        except AlarmError:
            continue
        if now.astimezone(zone).utcoffset() == now.utcoffset():
            return name
    raise AlarmError(
        f'this computer does not name its time zone (its clock shows {now:%H:%M %z});'
        ' give zone, such as Europe/Paris'
    )


def local_time() -> datetime:
    """Return the time of day in a named zone; with a bare offset where the zone has no name."""
    now = datetime.now(UTC).astimezone()
    try:
        return now.astimezone(zone_named(local_zone(now)))
    except AlarmError:
        return now


def _named_by_system() -> list[str]:
    names = [os.environ.get('TZ', '').lstrip(':')]
    names.append(str(_LOCALTIME.resolve()).rpartition(_ZONES)[2])
    return [name for name in (*names, 'UTC') if name]
