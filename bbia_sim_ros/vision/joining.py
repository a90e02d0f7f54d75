"""Whose expression and whose hand: results of the landmark models joined to faces.

Contract
    Pure functions on one picture's results, pixels. Each expression goes to at most one face and
    each face gets at most one; each hand goes to at most one face, each face gets at most two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Hand

HANDS_EACH: Final = 2
MIN_OVERLAP: Final = 0.2
# Shoulder to wrist is some four widths of a face, and the shoulder one more away from the face.
MAX_REACH_FACES: Final = 5.0
_WRIST: Final = 0
FORBIDDEN: Final = 1e6


def expressions_of(
    boxes: Sequence[Box], expressions: Sequence[Expression]
) -> tuple[Expression | None, ...]:
    """Return the expression of each face, None for those that have none.

    Joined by the overlap of the boxes, at least ``MIN_OVERLAP``, the largest sum of overlaps wins.
    """
    overlap = np.array([[box.overlap(one.box) for one in expressions] for box in boxes])
    cost = np.where(overlap >= MIN_OVERLAP, 1.0 - overlap, FORBIDDEN)
    found: list[Expression | None] = [None] * len(boxes)
    for face, expression in assigned(cost.reshape(len(boxes), len(expressions))):
        found[face] = expressions[expression]
    return tuple(found)


def hands_of(boxes: Sequence[Box], hands: Sequence[Hand]) -> tuple[tuple[Hand, ...], ...]:
    """Return the hands of each face: those whose wrist is nearest to it, in widths of the face.

    A wrist more than ``MAX_REACH_FACES`` widths away is nobody's.
    """
    far = np.array([[_reach(box, hand) for hand in hands] for box in boxes])
    cost = np.where(far <= MAX_REACH_FACES, far, FORBIDDEN).reshape(len(boxes), len(hands))
    found: list[tuple[Hand, ...]] = [()] * len(boxes)
    for row, hand in assigned(np.repeat(cost, HANDS_EACH, axis=0)):
        found[row // HANDS_EACH] += (hands[hand],)
    return tuple(found)


def assigned(cost: np.typing.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs (row, column) with the least sum of costs (rows, columns).

    Costs of 1e6 and above forbid a pair.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - 28 MB, for who looks only

    rows, columns = linear_sum_assignment(cost)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if cost[row, column] < FORBIDDEN]


def _reach(box: Box, hand: Hand) -> float:
    x, y = hand.landmarks[_WRIST, :2].tolist()
    return math.hypot(x - box.x, y - box.y) / max(box.width, 1.0)
