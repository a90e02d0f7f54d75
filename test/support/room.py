"""People who stand and walk in front of a head, and a tracker that sees them."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.tracked import Tracked
from support.people import face_at
from support.people import place
from support.people import view_at

RATE_HZ = 10.0
Walk = Callable[[float], FloatArray | None]


def standing(yaw_deg: float, distance: float) -> Walk:
    """Return the walk of one who stays, in a direction and at a distance, m."""
    return lambda _: place(yaw_deg, distance)


def walking(start_deg: float, speed_deg_s: float, distance: float) -> Walk:
    """Return the walk of one who goes round the head at a distance, m."""
    return lambda t: place(start_deg + speed_deg_s * t, distance)


class Room:
    """People in front of a head that may turn, seen 10 times a second."""

    def __init__(self, tracker: PeopleTracker | None = None, noise_px: float = 1.0) -> None:
        self.tracker = tracker or PeopleTracker()
        self.t = 0.0
        self.head: Callable[[float], FloatArray] = lambda _: NEUTRAL_HEAD_POSE
        self._noise_px = noise_px
        self._rng = np.random.default_rng(4)

    def look(self, places: Iterable[FloatArray]) -> tuple[Tracked, ...]:
        """Take the next picture of people at places; return who is followed."""
        self.t += 1.0 / RATE_HZ
        view = view_at(self.t, self.head(self.t))
        faces = [face_at(view, where, noise_px=self._noise_px, rng=self._rng) for where in places]
        self._rng.shuffle(faces)  # type: ignore[arg-type]
        return self.tracker.update(faces, view)

    def watch(self, walks: Mapping[str, Walk], seconds: float) -> dict[str, str]:
        """Return the id by which each of them was known at the end."""
        people: tuple[Tracked, ...] = ()
        for _ in range(round(seconds * RATE_HZ)):
            t = self.t + 1.0 / RATE_HZ
            people = self.look([at for walk in walks.values() if (at := walk(t)) is not None])
        known = {}
        for name, walk in walks.items():
            at = walk(self.t)
            assert at is not None
            known[name] = min(people, key=lambda one: math.dist(one.position, at)).id
        return known
