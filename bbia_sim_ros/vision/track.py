"""One face through many pictures: where it is, how it moves, and since when it is not seen.

Contract
    A `Sighting` is a face of one picture in space, a `Track` what has been made of several. Metres
    in `head_neutral`. One owner; the only clock is the pictures' stamps, s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.distance import face_distance
from bbia_sim_ros.vision.moving_point import MovingPoint
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.view import View
from bbia_sim_ros.vision.view import angle_between

UNKNOWN_RANGE_M: Final = 1.0
# Who is not seen is expected to go on for about this long.
_STOPS_AFTER_S: Final = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Sighting:
    """A face in space, as seen from where the camera was.

    ``direction`` (3,) is a unit vector in `head_neutral`, ``size`` the angle (rad) that the face's
    box fills, a geometric mean of both sides; distance and deviation (m) are None where unknown.
    """

    face: Face
    direction: FloatArray
    size: float
    distance: float | None
    deviation: float | None


def sighting_of(face: Face, view: View) -> Sighting | None:
    """Return a face in space.

    None for a box that is empty, not finite, beyond the lens, or too small to tell.
    """
    box = face.box
    sides = ((box.left, box.y), (box.right, box.y), (box.x, box.top), (box.x, box.bottom))
    rays = view.directions([(box.x, box.y), *sides])
    if not (np.isfinite(rays).all() and min(box.width, box.height) > 0.0):
        return None
    area = angle_between(rays[1], rays[2]) * angle_between(rays[3], rays[4])
    if not area > 0.0:
        return None
    distance, deviation = face_distance(view.directions(face.keypoints)) or (None, None)
    return Sighting(
        face=face,
        direction=rays[0],
        size=math.sqrt(area),
        distance=distance,
        deviation=deviation,
    )


class Track:
    """See the module's docstring.

    Attributes
    ----------
    id:
        '' until it has been seen often enough.
    sightings, misses:
        How often it was seen in all, and how often it was not seen since the last time.
    first_s, seen_s:
        Stamps of the first and of the last picture in which it was seen.
    relative_deviation:
        Standard deviation of the range as a share of it; None while the range is unknown.

    """

    def __init__(self, sighting: Sighting, view: View) -> None:
        """Begin with one sighting, at rest."""
        self.id = ''
        self.sightings = 1
        self.misses = 0
        self.first_s = view.stamp_s
        self.seen_s = view.stamp_s
        self.relative_deviation: float | None = None
        self.last = sighting
        self._place = MovingPoint(self._point(sighting, view), view.stamp_s)
        self._note(sighting)

    def see(self, sighting: Sighting, view: View) -> None:
        """Take a sighting in a picture that is newer than the last one."""
        point = self._point(sighting, view)
        self._place.see(point, view.stamp_s)
        if self.relative_deviation is None and sighting.distance is not None:
            self._place.restart_range(point)
        self.sightings += 1
        self.misses = 0
        self.seen_s = view.stamp_s
        self.last = sighting
        self._note(sighting)

    def position(self, stamp_s: float) -> FloatArray:
        """Return where it is (3,), m in `head_neutral`; a prediction when it was not seen then."""
        unseen = max(0.0, stamp_s - self.seen_s)
        return self._place.ahead(_STOPS_AFTER_S * -math.expm1(-unseen / _STOPS_AFTER_S))

    def _note(self, sighting: Sighting) -> None:
        if sighting.distance is not None and sighting.deviation is not None:
            self.relative_deviation = sighting.deviation / sighting.distance

    def _point(self, sighting: Sighting, view: View) -> FloatArray:
        """Return where a sighting is (3,); at the range known of it where it has none itself."""
        distance = sighting.distance
        if distance is None:
            distance = UNKNOWN_RANGE_M
            if self.relative_deviation is not None:
                place = self.position(view.stamp_s)
                distance = float(np.linalg.norm(place - view.camera))
        place_now: FloatArray = view.camera + distance * sighting.direction
        return place_now
