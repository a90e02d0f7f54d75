"""What is in sight: the answers of all detectors brought together.

Contract
    Each detector tells of pictures in its own thread, in their order. People are followed with what
    the landmark models said last, if that is at most `FRESH_S` older than the picture. `now`
    returns what is known, each part with the stamp of its picture, so that others can tell what is
    old. Any thread.
"""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.joining import hands_of
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Landmarks
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View

FRESH_S: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that is known, with the stamps (s) of the pictures it was found in; -inf: nothing was.

    ``people`` and their ``view`` are None while the directions of pixels are not known. The hands
    of ``landmarks`` belong to ``hand_owners``: ids of people, '' for nobody's.
    """

    faces: tuple[Face, ...] = ()
    people: tuple[Tracked, ...] | None = None
    view: View | None = None
    faces_s: float = -math.inf
    landmarks: Landmarks = dataclasses.field(default_factory=Landmarks)
    hand_owners: tuple[str, ...] = ()
    landmarks_s: float = -math.inf
    things: tuple[Thing, ...] = ()
    things_view: View | None = None
    things_s: float = -math.inf

    def at(self, stamp_s: float) -> Seen:
        """Return it without what is more than `FRESH_S` s older than a stamp."""
        oldest = stamp_s - FRESH_S
        fresh = self
        if self.faces_s < oldest:
            fresh = dataclasses.replace(fresh, faces=(), people=None, view=None)
        if self.landmarks_s < oldest:
            fresh = dataclasses.replace(fresh, landmarks=Landmarks(), hand_owners=())
        if self.things_s < oldest:
            fresh = dataclasses.replace(fresh, things=(), things_view=None)
        return fresh


class Sight:
    """See the module's docstring; ``view_of`` tells where the camera stood, None: not known."""

    def __init__(self, tracker: PeopleTracker, view_of: Callable[[Frame], View | None]) -> None:
        self._tracker = tracker
        self._view_of = view_of
        self._lock = threading.Lock()
        self._seen = Seen()
        self.looks = 0
        """Pictures in which faces were sought."""

    @property
    def now(self) -> Seen:
        """All that is known."""
        return self._seen

    @property
    def tracker(self) -> PeopleTracker:
        """Who follows the people; its counts may be read."""
        return self._tracker

    def on_faces(self, frame: Frame, faces: tuple[Face, ...]) -> Seen:
        """Take the faces of a picture; return all that is known then."""
        view = self._view_of(frame)
        with self._lock:
            self.looks += 1
            people = None
            if view is not None:
                landmarks = self._seen.at(frame.stamp_s).landmarks
                people = self._tracker.update(
                    faces, view, expressions=landmarks.expressions, hands=landmarks.hands
                )
            return self._replaced(faces=faces, people=people, view=view, faces_s=frame.stamp_s)

    def on_landmarks(self, frame: Frame, landmarks: Landmarks) -> Seen:
        """Take the landmarks of a picture; return all that is known then."""
        with self._lock:
            people = self._seen.at(frame.stamp_s).people or ()
            owners = [''] * len(landmarks.hands)
            each = hands_of([person.box for person in people], landmarks.hands)
            for person, hands in zip(people, each, strict=True):
                for hand in hands:
                    owners[landmarks.hands.index(hand)] = person.id
            return self._replaced(
                landmarks=landmarks, hand_owners=tuple(owners), landmarks_s=frame.stamp_s
            )

    def on_things(self, frame: Frame, things: tuple[Thing, ...]) -> Seen:
        """Take the objects of a picture; return all that is known then."""
        view = self._view_of(frame)
        with self._lock:
            return self._replaced(things=things, things_view=view, things_s=frame.stamp_s)

    def forget(self) -> None:
        """Begin anew: nobody looked for a while."""
        with self._lock:
            self._tracker.clear()
            self._seen = Seen()

    def _replaced(self, **changes: object) -> Seen:
        self._seen = dataclasses.replace(self._seen, **changes)  # type: ignore[arg-type]
        return self._seen
