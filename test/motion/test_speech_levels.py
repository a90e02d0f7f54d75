"""The loudness of sound at the time at which it is played."""

from __future__ import annotations

import pytest

from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.speech_levels import MAX_AHEAD_S
from bbia_sim_ros.motion.speech_levels import WINDOW_S
from bbia_sim_ros.motion.speech_levels import SpeechLevels

RATE = 16000
LOUD = [20000, -20000] * (RATE // 20)
SILENT = [0] * (RATE // 10)


def test_a_chunk_ahead_of_time_is_heard_when_it_is_played() -> None:
    levels = SpeechLevels()
    levels.add(SILENT, sample_rate=RATE, channels=1, start=10.0)
    levels.add(LOUD, sample_rate=RATE, channels=1, start=10.1)
    assert levels.take(9.9) is None
    assert levels.take(10.0) == (10.0, 0.0)
    assert levels.take(10.01) is None
    time_s, level = levels.take(10.12) or (0.0, 0.0)
    assert time_s == pytest.approx(10.1)
    assert level == 1.0


def test_a_long_chunk_is_heard_piece_by_piece_in_every_channel() -> None:
    levels = SpeechLevels()
    half_loud = [value for pair in zip(SILENT, LOUD, strict=True) for value in pair]
    levels.add(half_loud + [0] * len(half_loud), sample_rate=RATE, channels=2, start=0.0)
    heard = [levels.take(number * WINDOW_S) for number in range(4)]
    assert [level > 0.5 for _, level in filter(None, heard)] == [True, True, False, False]


def test_a_new_utterance_replaces_what_is_left_of_the_old_one() -> None:
    levels = SpeechLevels()
    levels.add(LOUD, sample_rate=RATE, channels=1, start=10.0)
    levels.add(SILENT, sample_rate=RATE, channels=1, start=5.0)
    assert levels.take(20.0) == (5.0 + WINDOW_S, 0.0)


def test_what_is_kept_is_bounded() -> None:
    levels = SpeechLevels()
    for number in range(1000):
        levels.add(LOUD, sample_rate=RATE, channels=1, start=0.1 * number)
    kept = 0
    for number in range(3000):
        kept += levels.take(number * WINDOW_S / 2) is not None
    assert kept <= MAX_AHEAD_S / WINDOW_S


@pytest.mark.parametrize(('rate', 'channels'), [(0, 1), (16000, 0)])
def test_sound_without_rate_or_channels_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(GoalError, match='both must be 1 or more'):
        SpeechLevels().add(LOUD, sample_rate=rate, channels=channels, start=0.0)
