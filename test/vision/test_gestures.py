"""Gestures of hands made of bones, however they are turned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bbia_sim_ros.vision.gestures import FIST
from bbia_sim_ros.vision.gestures import NONE
from bbia_sim_ros.vision.gestures import OPEN_PALM
from bbia_sim_ros.vision.gestures import POINT
from bbia_sim_ros.vision.gestures import THUMBS_UP
from bbia_sim_ros.vision.gestures import gesture
from support.hands import Points
from support.hands import hand
from support.hands import placed

FOLDED = 95.0
OPEN_FINGERS = (0.0, 0.0, 0.0, 0.0)
FOLDED_FINGERS = (FOLDED,) * 4
INDEX_OUT = (0.0, FOLDED, FOLDED, FOLDED)
# The thumb of `hand` points up and to the right, by 36 degrees from up.
THUMB_DEG = -36.0
SHOWN = {
    'an open palm': (OPEN_FINGERS, 'out', OPEN_PALM),
    'a palm with the thumb against it': (OPEN_FINGERS, 'along', OPEN_PALM),
    'a palm that is a bit bent': ((15.0, 20.0, 20.0, 15.0), 'out', OPEN_PALM),
    'four fingers': (OPEN_FINGERS, 'across', NONE),
    'a fist': (FOLDED_FINGERS, 'across', FIST),
    'a loose fist': ((75.0, 80.0, 80.0, 75.0), 'across', FIST),
    'a pointing finger': (INDEX_OUT, 'across', POINT),
    'a pointing finger and the thumb': (INDEX_OUT, 'out', POINT),
    'two fingers': ((0.0, 0.0, FOLDED, FOLDED), 'across', NONE),
    'the little finger': ((FOLDED, FOLDED, FOLDED, 0.0), 'across', NONE),
    'half bent fingers': ((45.0, 30.0, 45.0, 30.0), 'out', NONE),
}


@pytest.mark.parametrize('shown', SHOWN)
def test_a_gesture_is_known_in_any_attitude(shown: str) -> None:
    bends, thumb, expected = SHOWN[shown]
    landmarks = hand(bends, thumb)
    assert gesture(landmarks) == expected
    for turn in Rotation.random(50, rng=np.random.default_rng(6)):
        assert gesture(turn.apply(landmarks)) == expected


@pytest.mark.parametrize('shown', SHOWN)
def test_a_gesture_is_known_in_any_size_and_place_and_of_the_other_hand(shown: str) -> None:
    bends, thumb, expected = SHOWN[shown]
    landmarks = hand(bends, thumb)
    for palm_px in (3.0, 40.0, 900.0):
        assert gesture(placed(landmarks, palm_px)) == expected
    assert gesture(landmarks * (-1.0, 1.0, 1.0)) == expected


def thumb_out(roll_deg: float) -> Points:
    """Return a fist whose thumb stands out and is turned clockwise from up."""
    return placed(hand(FOLDED_FINGERS, 'out'), 100.0, THUMB_DEG + roll_deg)


def test_a_thumb_is_up_only_when_it_points_up() -> None:
    for roll in (0.0, -40.0, 40.0):
        assert gesture(thumb_out(roll)) == THUMBS_UP
    for roll in (60.0, -60.0, 90.0, 180.0):
        assert gesture(thumb_out(roll)) == NONE


def test_noise_of_a_few_percent_changes_nothing() -> None:
    random = np.random.default_rng(3)
    clear = [(bends, thumb, what) for bends, thumb, what in SHOWN.values() if what != NONE]
    for bends, thumb, expected in clear:
        if bends in (OPEN_FINGERS, FOLDED_FINGERS, INDEX_OUT) and thumb != 'along':
            for _ in range(50):
                noise = random.normal(0.0, 0.015, (21, 3))
                assert gesture(hand(bends, thumb) + noise) == expected


def test_what_is_no_hand_is_refused() -> None:
    with pytest.raises(ValueError, match=r'has the shape \(21, 3\), not \(20, 3\)'):
        gesture(hand()[:20])
    broken = hand()
    broken[8, 0] = np.nan
    with pytest.raises(ValueError, match='has finite numbers'):
        gesture(broken)


def test_points_that_coincide_show_nothing_known() -> None:
    assert gesture(np.zeros((21, 3))) in (NONE, FIST)
