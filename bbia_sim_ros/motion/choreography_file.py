"""The YAML form of choreographies: what a person writes, checked line by line.

Contract
    ``parse_choreography`` turns one mapping into a ``Choreography`` or raises FileError with file,
    line and reason. Written units: seconds, millimetres, degrees, hertz.

Form
    ::

        description: text
        apex: 0.9                      # s, the most readable moment
        return: 0.6                    # s from the last key back to neutral
        keys:
          - {at: 0.4, pitch: -12, z: 8, antennas: 5, law: cartoon}
        shakes:
          - {from: 0.4, to: 1.5, hz: 5, antennas: 6}

    Coordinates: x, y, z (mm); roll, pitch, yaw, body_yaw (degrees; +pitch looks down, +yaw turns
    left); right_antenna, left_antenna (degrees from upright, MJCF sign) or ``antennas``: both,
    degrees outwards from upright. A coordinate that a key leaves out keeps to its own keys.
    In shakes the numbers are amplitudes and ``antennas`` swings both outwards together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.choreography import Choreography
from bbia_sim_ros.motion.choreography import Key
from bbia_sim_ros.motion.choreography import Shake
from bbia_sim_ros.motion.choreography import Track
from bbia_sim_ros.motion.profiles import DEFAULT_LAW
from bbia_sim_ros.motion.profiles import TIME_LAWS

CHOREOGRAPHY_KEYS: Final = ('description', 'apex', 'return', 'keys', 'shakes')
MAX_KEYS: Final = 500
MAX_SECONDS: Final = 120.0
_DEFAULT_RETURN_S = 0.7
_MIN_GAP_S = 0.02
_MAX_SHAKE_HZ = 12.0
_SIDES: Final = (('right_antenna', 1.0), ('left_antenna', -1.0))
# Largest written number either way, and SI units per written unit, of each coordinate.
COORDINATE_RANGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        'x': (40.0, 1e-3),
        'y': (40.0, 1e-3),
        'z': (45.0, 1e-3),
        'roll': (40.0, math.radians(1.0)),
        'pitch': (40.0, math.radians(1.0)),
        'yaw': (160.0, math.radians(1.0)),
        'right_antenna': (180.0, math.radians(1.0)),
        'left_antenna': (180.0, math.radians(1.0)),
        'body_yaw': (160.0, math.radians(1.0)),
        'antennas': (180.0, math.radians(1.0)),
    }
)


def parse_choreography(name: str, entries: Mapping[str, Value], whole: Value) -> Choreography:
    """Return the choreography ``name`` from its entries; ``whole`` is their mapping."""
    if 'keys' not in entries:
        raise whole.error('has no keys; give at least one, such as {at: 0.5, pitch: 10}')
    rows = entries['keys'].items()
    if not 1 <= len(rows) <= MAX_KEYS:
        raise entries['keys'].error(f'has {len(rows)} entries; allowed is 1 .. {MAX_KEYS}')
    keys: dict[int, list[Key]] = {}
    last = 0.0
    for row in rows:
        last = _parse_row(row, last, keys)
    back = entries['return'].number(0.1, 10.0) if 'return' in entries else _DEFAULT_RETURN_S
    duration = last + back
    for track in keys.values():
        # Back to neutral together; a coordinate whose last key is early holds until then.
        if track[-1].at < last:
            track.append(Key(at=last, offset=track[-1].offset, law=DEFAULT_LAW))
        track.append(Key(at=duration, offset=0.0, law='ease_in_out'))
    shakes = [_parse_shake(row, duration) for row in _rows(entries, 'shakes')]
    apex = entries['apex'].number(0.0, duration) if 'apex' in entries else last
    return Choreography(
        name=name,
        description=entries['description'].text() if 'description' in entries else '',
        duration=duration,
        apex=apex,
        tracks=MappingProxyType({index: Track(track) for index, track in keys.items()}),
        shakes=tuple(shakes),
    )


def _rows(entries: Mapping[str, Value], key: str) -> list[Value]:
    return entries[key].items() if key in entries else []


def _parse_row(row: Value, last: float, keys: dict[int, list[Key]]) -> float:
    """Add the keys of one row to the tracks; return its time."""
    fields = row.mapping(known=('at', 'law', *COORDINATE_RANGES))
    if 'at' not in fields:
        raise row.error('has no time; give at: seconds')
    at = fields['at'].number(0.0, MAX_SECONDS)
    if at < last + _MIN_GAP_S:
        raise fields['at'].error(f'is {at:g} s; it must be at least {_MIN_GAP_S} s after {last:g}')
    law = fields['law'].choice(tuple(TIME_LAWS)) if 'law' in fields else DEFAULT_LAW
    for index, value in parse_coordinates(row, fields).items():
        offset = value - float(NEUTRAL.values[index])
        keys.setdefault(index, []).append(Key(at=at, offset=offset, law=law))
    return at


def _parse_shake(row: Value, duration: float) -> Shake:
    fields = row.mapping(known=('from', 'to', 'hz', *COORDINATE_RANGES))
    for needed in ('from', 'to', 'hz'):
        if needed not in fields:
            raise row.error(f'has no {needed!r}; give from and to in seconds and hz')
    start = fields['from'].number(0.0, duration)
    end = fields['to'].number(0.0, duration)
    if end <= start:
        raise fields['to'].error(f'is {end:g} s, not after from: {start:g}')
    return Shake(
        amplitudes=tuple(parse_coordinates(row, fields).items()),
        frequency=fields['hz'].number(0.05, _MAX_SHAKE_HZ),
        start=start,
        end=end,
    )


def parse_coordinates(row: Value, fields: Mapping[str, Value]) -> dict[int, float]:
    """Return the coordinates that a mapping names, by index, in SI units and MJCF signs."""
    values: dict[int, float] = {}
    for name in COORDINATE_RANGES:
        if name not in fields:
            continue
        limit, unit = COORDINATE_RANGES[name]
        number = fields[name].number(-limit, limit) * unit
        if name != 'antennas':
            values[COORDINATES.index(name)] = number
            continue
        for side, sign in _SIDES:
            if side in fields:
                raise fields[side].error(
                    'is given next to antennas, which sets both; leave one out'
                )
            values[COORDINATES.index(side)] = sign * number
    if not values:
        raise row.error(f'moves nothing; name at least one of {", ".join(COORDINATE_RANGES)}')
    return values
