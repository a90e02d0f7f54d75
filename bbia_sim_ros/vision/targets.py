"""What eyes can follow: a face, one person, or a class of objects. Pure.

`parse_target` reads the text of ``bbia_msgs/Follow.target``; `find` looks for it in what was seen.
Who is followed once stays the one who is followed as long as they are there, even when somebody
else comes nearer. Of several objects of a class it is the one nearest to where one was last, the
surest when none was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View

_FACE: Final = 'face'
_MAX_TEXT: Final = 100
# Where nothing tells how far an object is, only its direction counts.
_OBJECT_RANGE_M: Final = 1.0


class TargetError(ValueError):
    """A text names no target; the message says what is allowed."""


class TargetKind(StrEnum):
    """What is followed."""

    FACE = 'face'
    OBJECT = 'object'


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something to follow: the nearest face with an empty name, one person, or a class."""

    kind: TargetKind
    name: str = ''


@dataclass(frozen=True, kw_only=True)
class Found:
    """A target in sight: its name such as ``face:3``, its place (m, `head_neutral`), its stamp."""

    name: str
    point: tuple[float, float, float]
    stamp_s: float


def parse_target(text: str) -> Target:
    """Return what a text means; raises `TargetError`."""
    kind, colon, name = text.strip().partition(':')
    if len(text) <= _MAX_TEXT:
        if kind in {'', _FACE} and not colon:
            return Target(kind=TargetKind.FACE)
        if kind in set(TargetKind) and name.strip():
            return Target(kind=TargetKind(kind), name=name.strip())
    raise TargetError(
        f'the target {text[:_MAX_TEXT]!r} is not known: give face (the nearest one), face:ID of'
        ' vision/people, or object:CLASS of vision/objects'
    )


def find(target: Target, seen: Seen, last: Found | None) -> Found | None:
    """Return the target if it was seen; ``last`` is where what is followed was found before."""
    if target.kind is TargetKind.FACE:
        return _find_face(target, seen, last)
    return _find_thing(target.name, seen, last)


def _find_face(target: Target, seen: Seen, last: Found | None) -> Found | None:
    people = seen.people or ()
    followed = '' if last is None else last.name
    kept = next((one for one in people if _name(one) == followed), None)
    if target.name:
        chosen = next((one for one in people if one.id == target.name), None)
    else:
        # One who is hidden for a moment is not given up for somebody else.
        chosen = kept or next((one for one in people if one.visible), None)
    if chosen is None or not chosen.visible:
        return None
    return Found(name=_name(chosen), point=chosen.position, stamp_s=seen.faces_s)


def _find_thing(label: str, seen: Seen, last: Found | None) -> Found | None:
    view = seen.things_view
    if view is None:
        return None
    placed = (_of_thing(thing, view) for thing in seen.things if thing.label == label)
    found = [one for one in placed if one is not None]
    if last is None:
        return found[0] if found else None
    return min(found, key=lambda one: math.dist(one.point, last.point), default=None)


def _of_thing(thing: Thing, view: View) -> Found | None:
    direction = view.directions([(thing.box.x, thing.box.y)])[0]
    if not np.isfinite(direction).all():
        return None
    x, y, z = (view.camera + _OBJECT_RANGE_M * direction).tolist()
    return Found(name=f'object:{thing.label}', point=(x, y, z), stamp_s=view.stamp_s)


def _name(person: Tracked) -> str:
    return f'face:{person.id}'
