"""One person that is followed, as it is told to others. Immutable."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Hand

Point = tuple[float, float, float]

_NO_GESTURE = 'none'


@dataclass(frozen=True, eq=False, kw_only=True)
class Tracked:
    """What bbia_msgs/Person tells; see there for the meaning of each number.

    Attributes
    ----------
    id:
        '1', '2', ... in the order of appearance; never given twice.
    box, score:
        Of the face, px and 0..1; a prediction and the last score where it is not visible.
    visible:
        Whether the face was found in this very picture.
    bearing, elevation:
        rad in the camera's optical frame, positive left and up.
    distance, distance_deviation:
        m from the camera, smoothed, and its standard deviation; None where unknown.
    age, unseen:
        s since the first and since the last picture in which the face was found.
    position:
        m in `head_neutral`, smoothed; 1 m away where the distance is unknown.
    face, expression, hands:
        What was found of this person in this picture; None or empty where nothing was.

    """

    id: str
    box: Box
    score: float
    visible: bool
    bearing: float
    elevation: float
    distance: float | None
    distance_deviation: float | None
    age: float
    unseen: float
    position: Point
    face: Face | None = None
    expression: Expression | None = None
    hands: tuple[Hand, ...] = ()

    @property
    def gesture(self) -> str:
        """The gesture of the surest hand that shows one; '' where none does."""
        shown = [hand for hand in self.hands if hand.gesture != _NO_GESTURE]
        return max(shown, key=lambda hand: hand.score).gesture if shown else ''
