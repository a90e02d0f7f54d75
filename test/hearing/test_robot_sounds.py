"""When the robot speaks or moves, and whether the microphone hears its own voice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest

from bbia_sim_ros.hearing.robot_sounds import OwnVoice
from bbia_sim_ros.hearing.robot_sounds import Spans
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import FRAME_S
from bbia_sim_ros.hearing.sound import level
from support.spoken import RATE_HZ
from support.spoken import Sound
from support.spoken import silence
from support.spoken import spoken
from support.spoken import with_noise

SENTENCES = (
    'my sister lives in london',
    'what time is it now my friend',
    'please open the window and the door',
)


def judged(played: Sound, heard: Sound, *, delay_s: float = 0.0) -> Iterator[bool]:
    """Yield for each loud frame of what is heard whether it is taken for what is played."""
    voice = OwnVoice()
    voice.play(played, start_s=50.0, sample_rate=RATE_HZ, channels=1)
    late = np.concatenate([silence(delay_s), heard])
    for index, at in enumerate(range(0, late.size - FRAME, FRAME)):
        own = voice.hear(50.0 + index * FRAME_S, level(late[at : at + FRAME]))
        if index * FRAME_S > 0.6 and level(late[at : at + FRAME]) > 0.01:
            yield own


@pytest.mark.parametrize('delay_s', [0.0, 0.05, 0.21, 0.37])
@pytest.mark.parametrize('text', SENTENCES)
def test_the_robot_knows_its_own_voice_quieter_late_and_in_noise(text: str, delay_s: float) -> None:
    sound = spoken(text)
    heard = with_noise((0.3 * sound).astype(np.int16), 20.0)
    assert np.mean(list(judged(sound, heard, delay_s=delay_s))) > 0.95


def test_a_person_is_not_taken_for_the_robot() -> None:
    shares = [
        np.mean(list(judged(spoken(robot), spoken(person, 'slt'))))
        for robot, person in permutations(SENTENCES, 2)
    ]
    # A few syllables may fall together; a barge-in needs 0.3 s that do not.
    assert np.mean(shares) < 0.25


def test_nothing_played_is_no_voice_of_its_own() -> None:
    assert not any(judged(np.empty(0, np.int16), spoken(SENTENCES[0])))


def test_spans_cover_what_was_on_and_the_tail_after_it() -> None:
    spans = Spans(tail_s=0.3)
    assert not spans.cover(1.0)
    spans.set(True, 2.0)
    spans.set(True, 2.5)
    assert spans.on
    assert [spans.cover(at) for at in (1.9, 2.0, 99.0)] == [False, True, True]
    spans.set(False, 3.0)
    assert [spans.cover(at) for at in (1.9, 2.0, 3.2, 3.4)] == [False, True, True, False]
