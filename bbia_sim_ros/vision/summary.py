"""What the robot sees, in one or two plain sentences. Pure.

Contract
    Directions are those from the robot's place: left and right of straight ahead of its foot, above
    and below the height of its eyes (`head_neutral`), so they do not depend on where it happens to
    look. Only who is visible is told. At most ``MAX_TOLD`` people and kinds of things are told one
    by one; of the rest the number is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.moving_point import ORIGIN_M
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View

MAX_TOLD: Final = 6
NOBODY: Final = 'Nobody is in sight.'
# Nearer to straight ahead than this nobody would name a side.
_AHEAD_RAD: Final = math.radians(5.0)
_LEVEL_RAD: Final = math.radians(10.0)
_SMILING: Final = 0.5
_MOUTH_OPEN: Final = 0.5
_COLOR: Final = 'color_'
_TAG: Final = 'tag_'
_GESTURES: Final = {
    'open_palm': 'showing an open palm',
    'fist': 'showing a fist',
    'point': 'pointing',
    'thumbs_up': 'showing a thumb up',
}


def summary(
    people: Sequence[Tracked], things: Sequence[Thing] = (), view: View | None = None
) -> str:
    """Return one or two sentences in English.

    ``people``: nearest first. ``things``: best first; with ``view``, that of their picture, they
    have directions.
    """
    sentences = [_of_people([person for person in people if person.visible])]
    if things:
        sentences.append(_of_things(things, view))
    return ' '.join(sentences)


def where(point: npt.ArrayLike) -> str:
    """Return where a point (m, `head_neutral`) is: '20 degrees to the left and 12 degrees up'."""
    x, y, z = (np.asarray(point, dtype=np.float64) - ORIGIN_M).tolist()
    yaw, elevation = math.atan2(y, x), math.atan2(z, math.hypot(x, y))
    parts = []
    if abs(yaw) >= _AHEAD_RAD:
        parts.append(f'{_degrees(yaw)} to the {"left" if yaw > 0.0 else "right"}')
    if abs(elevation) >= _LEVEL_RAD:
        parts.append(f'{_degrees(elevation)} {"up" if elevation > 0.0 else "down"}')
    return ' and '.join(parts) or 'straight ahead'


def _of_people(people: Sequence[Tracked]) -> str:
    if not people:
        return NOBODY
    if len(people) == 1:
        return f'Person {people[0].id} is in sight: {_of_person(people[0])}.'
    told = [f'person {one.id} {_of_person(one)}' for one in people[:MAX_TOLD]]
    if len(people) > MAX_TOLD:
        told.append(f'and {len(people) - MAX_TOLD} more further away')
    return f'{len(people)} people are in sight: {"; ".join(told)}.'


def _of_person(person: Tracked) -> str:
    parts = [where(person.position)]
    if person.distance is not None:
        parts.append(f'about {person.distance:.1f} m away')
    expression = person.expression
    if expression is not None and expression.smile >= _SMILING:
        parts.append('smiling')
    elif expression is not None and expression.mouth_open >= _MOUTH_OPEN:
        parts.append('with open mouth')
    if person.gesture:
        parts.append(_GESTURES.get(person.gesture, f'showing {_words(person.gesture)}'))
    return ', '.join(parts)


def _of_things(things: Sequence[Thing], view: View | None) -> str:
    kinds: dict[str, list[Thing]] = {}
    for thing in things:
        kinds.setdefault(thing.label, []).append(thing)
    told = [_of_kind(label, found, view) for label, found in list(kinds.items())[:MAX_TOLD]]
    if len(kinds) > MAX_TOLD:
        told.append(f'{len(kinds) - MAX_TOLD} more kinds of things')
    return f'I also see {_listed(told)}.'


def _of_kind(label: str, found: Sequence[Thing], view: View | None) -> str:
    """Return what is told of all things of one class; of several the best one is placed."""
    name = _words(label)
    if label.startswith(_COLOR):
        name = f'something {_words(label.removeprefix(_COLOR))}'
    elif label.startswith(_TAG):
        name = f'marker {label.removeprefix(_TAG)}'
    elif len(found) == 1:
        name = f'{"an" if name[:1].lower() in set("aeiou") else "a"} {name}'
    if len(found) > 1:
        name = f'{len(found)} x {name}'
    place = '' if view is None else _of_box(found[0], view)
    return f'{name} {place}'.strip()


def _of_box(thing: Thing, view: View) -> str:
    ray = view.directions([(thing.box.x, thing.box.y)])[0]
    return where(ORIGIN_M + ray) if np.isfinite(ray).all() else ''


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f'{", ".join(parts[:-1])} and {parts[-1]}'


def _words(label: str) -> str:
    return label.replace('_', ' ')


def _degrees(angle: float) -> str:
    return f'{abs(math.degrees(angle)):.0f} degrees'
