"""Where the time of a spoken turn goes."""

from __future__ import annotations

import pytest

from bbia_sim_ros.chat.turn_clock import NEVER_S
from bbia_sim_ros.chat.turn_clock import TurnClock


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def test_every_stage_counts_from_the_end_of_speech(time: Time) -> None:
    clock = TurnClock(99.8, time)
    assert clock.transcript == pytest.approx(0.2)
    time.now = 101.0
    clock.on_tool('look', 0.9)
    time.now = 101.1
    clock.on_piece()
    clock.on_answer()
    clock.on_sound(clock.elapsed(), 0.05)
    assert clock.motion_begins == pytest.approx(0.3)
    assert clock.answer_begins == clock.answer == pytest.approx(1.3)
    assert clock.sound_begins == pytest.approx(1.35)


def test_the_first_time_of_a_stage_stays_and_what_did_not_happen_is_marked(time: Time) -> None:
    clock = TurnClock(99.0, time)
    clock.on_tool('recall', 0.1)
    assert clock.motion_begins == NEVER_S
    clock.on_tool('emotion', 0.5)
    clock.on_piece()
    time.now = 105.0
    clock.on_tool('move', 0.1)
    clock.on_piece()
    clock.on_sound(clock.elapsed(), NEVER_S)
    assert clock.motion_begins == pytest.approx(0.5)
    assert clock.answer_begins == pytest.approx(1.0)
    assert clock.answer == clock.sound_begins == NEVER_S


@pytest.mark.parametrize('end', [0.0, 100.5])
def test_an_end_of_speech_that_is_unknown_or_ahead_is_now(time: Time, end: float) -> None:
    assert TurnClock(end, time).transcript == 0.0
