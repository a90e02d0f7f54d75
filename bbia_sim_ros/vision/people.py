"""People with identities that last, made of the faces of one picture after the other.

Contract
    ``PeopleTracker.update`` takes the faces of one picture and returns who is followed then, the
    nearest first. One owner; the only clock is the pictures' stamps. At most ``max_people`` are
    followed and ``MAX_FACES`` looked at; what is more is counted in ``ignored``.

Who is who
    Every followed face is expected at a direction in `head_neutral`, which is fixed while the
    camera turns, and at a size. The faces found are given to those expected so that the sum of
    squared errors is least, none further off than a gate that widens while a face is not seen.

Appearing and leaving
    A face becomes a person when it was seen in ``appear_sightings`` pictures with no two misses in
    a row, and only then gets an id. A person leaves after ``leave_after_s`` s without being seen,
    and until then is told about with ``visible`` false where it should be by now.

Stamps
    A picture that is not newer than the last one is refused and counted in ``refused``; one that is
    more than ``MAX_BACK_S`` older means that time began anew: everybody is forgotten, which counts
    in ``resets``, and ids go on. After a gap longer than ``leave_after_s`` everybody has left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.joining import FORBIDDEN
from bbia_sim_ros.vision.joining import assigned
from bbia_sim_ros.vision.joining import expressions_of
from bbia_sim_ros.vision.joining import hands_of
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Hand
from bbia_sim_ros.vision.track import Sighting
from bbia_sim_ros.vision.track import Track
from bbia_sim_ros.vision.track import sighting_of
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View
from bbia_sim_ros.vision.view import angle_between

MAX_FACES: Final = 50
MAX_BACK_S: Final = 1.0
_GATE_RAD: Final = math.radians(10.0)
_GATE_GROWTH_RAD_S: Final = math.radians(15.0)
_MAX_GATE_RAD: Final = math.radians(30.0)
_MAX_SIZE_RATIO: Final = 2.0
# One standard deviation of what a face does between two sightings.
_ANGLE_SCALE_RAD: Final = math.radians(3.0)
_SIZE_SCALE: Final = 0.15
_MAX_TENTATIVE_MISSES: Final = 1


@dataclass(frozen=True, kw_only=True)
class TrackerSettings:
    """See the module's docstring; sightings and people at least 1, the time above 0."""

    appear_sightings: int = 3
    leave_after_s: float = 2.0
    max_people: int = 10


class PeopleTracker:
    """See the module's docstring.

    Attributes
    ----------
    settings:
        May be replaced between two updates.
    people:
        What the last update returned.
    refused, resets, ignored:
        Pictures refused, times forgotten, and faces not used, since the beginning.

    """

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        """Begin with nobody."""
        self.settings = settings or TrackerSettings()
        self.people: tuple[Tracked, ...] = ()
        self.refused = 0
        self.resets = 0
        self.ignored = 0
        self._tracks: list[Track] = []
        self._ids = 0
        self._newest_s = -math.inf

    def update(
        self,
        faces: Sequence[Face],
        view: View,
        *,
        expressions: Sequence[Expression] = (),
        hands: Sequence[Hand] = (),
    ) -> tuple[Tracked, ...]:
        """Return who is followed in the picture of ``view``, nearest first.

        ``faces`` are those of this very picture, ``expressions`` and ``hands`` may be a little
        older. For a picture whose stamp is refused it is what the last update returned.
        """
        if not self._accepts(view.stamp_s):
            return self.people
        self._leave(view.stamp_s)
        sightings = self._sightings(faces, view)
        seen = self._match(sightings, view)
        self._tracks = [track for track in self._tracks if track.id or _may_wait(track)]
        self._appear(sightings, seen, view)
        self._confirm()
        self.people = self._told(view, expressions, hands)
        return self.people

    def clear(self) -> None:
        """Forget everybody, for instance because the camera was changed; ids go on."""
        self._tracks.clear()
        self.people = ()
        self._newest_s = -math.inf

    def _accepts(self, stamp_s: float) -> bool:
        if stamp_s <= self._newest_s - MAX_BACK_S:
            self.resets += 1
            self.clear()
        elif stamp_s <= self._newest_s:
            self.refused += 1
            return False
        self._newest_s = stamp_s
        return True

    def _leave(self, stamp_s: float) -> None:
        longest = self.settings.leave_after_s
        self._tracks = [track for track in self._tracks if stamp_s - track.seen_s <= longest]

    def _sightings(self, faces: Sequence[Face], view: View) -> list[Sighting]:
        found = [sighting_of(face, view) for face in faces[:MAX_FACES]]
        usable = [sighting for sighting in found if sighting is not None]
        self.ignored += len(faces) - len(usable)
        return usable

    def _match(self, sightings: Sequence[Sighting], view: View) -> set[int]:
        """Give sightings to the tracks they belong to and return their indices."""
        cost = np.array([_costs(track, sightings, view) for track in self._tracks])
        pairs = assigned(cost.reshape(len(self._tracks), len(sightings)))
        for track in self._tracks:
            track.misses += 1
        for row, column in pairs:
            self._tracks[row].see(sightings[column], view)
        return {column for _, column in pairs}

    def _appear(self, sightings: Sequence[Sighting], seen: set[int], view: View) -> None:
        fresh = [one for index, one in enumerate(sightings) if index not in seen]
        room = max(0, self.settings.max_people - len(self._tracks))
        self.ignored += len(fresh[room:])
        self._tracks += [Track(sighting, view) for sighting in fresh[:room]]

    def _confirm(self) -> None:
        for track in self._tracks:
            if not track.id and track.sightings >= self.settings.appear_sightings:
                self._ids += 1
                track.id = str(self._ids)

    def _told(
        self, view: View, expressions: Sequence[Expression], hands: Sequence[Hand]
    ) -> tuple[Tracked, ...]:
        known = [track for track in self._tracks if track.id]
        seen = [track for track in known if track.misses == 0]
        boxes = [track.last.face.box for track in seen]
        shown = expressions_of(boxes, expressions)
        held = hands_of(boxes, hands)
        people = [
            _told_of(track, view, expression, own)
            for track, expression, own in zip(seen, shown, held, strict=True)
        ]
        people += [_told_of(track, view, None, ()) for track in known if track.misses > 0]
        return tuple(sorted(people, key=lambda person: math.dist(person.position, view.camera)))


def _may_wait(track: Track) -> bool:
    return track.misses <= _MAX_TENTATIVE_MISSES


def _costs(track: Track, sightings: Sequence[Sighting], view: View) -> list[float]:
    expected = track.position(view.stamp_s) - view.camera
    gate = min(
        _GATE_RAD + _GATE_GROWTH_RAD_S * (view.stamp_s - track.seen_s),
        _MAX_GATE_RAD,
    )
    return [_cost(track, expected, gate, sighting) for sighting in sightings]


def _cost(track: Track, expected: FloatArray, gate: float, sighting: Sighting) -> float:
    angle = angle_between(expected, sighting.direction)
    ratio = abs(math.log(sighting.size / track.last.size))
    if angle > gate or ratio > math.log(_MAX_SIZE_RATIO):
        return FORBIDDEN
    return (angle / _ANGLE_SCALE_RAD) ** 2 + (ratio / _SIZE_SCALE) ** 2


def _told_of(
    track: Track, view: View, expression: Expression | None, hands: tuple[Hand, ...]
) -> Tracked:
    stamp_s = view.stamp_s
    position = track.position(stamp_s)
    bearing, elevation = view.angles(position)
    visible = track.misses == 0
    distance = deviation = None
    if track.relative_deviation is not None:
        distance = float(np.linalg.norm(position - view.camera))
        deviation = distance * track.relative_deviation
    face = track.last.face
    x, y, z = position.tolist()
    return Tracked(
        id=track.id,
        box=face.box if visible else _expected_box(face.box, position, view),
        score=face.score,
        visible=visible,
        bearing=bearing,
        elevation=elevation,
        distance=distance,
        distance_deviation=deviation,
        age=stamp_s - track.first_s,
        unseen=stamp_s - track.seen_s,
        position=(x, y, z),
        face=face if visible else None,
        expression=expression,
        hands=hands,
    )


def _expected_box(box: Box, position: FloatArray, view: View) -> Box:
    """Return where the box should be by now; an empty one when it is behind the camera."""
    pixel = view.pixel(position)
    if pixel is None:
        return Box(x=0.0, y=0.0, width=0.0, height=0.0)
    return Box(x=pixel[0], y=pixel[1], width=box.width, height=box.height)
