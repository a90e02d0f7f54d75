"""Where utterances begin and end: with made-up probabilities, and with real speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bbia_sim_ros.hearing.segmenter import Begun
from bbia_sim_ros.hearing.segmenter import Ended
from bbia_sim_ros.hearing.segmenter import Event
from bbia_sim_ros.hearing.segmenter import Grown
from bbia_sim_ros.hearing.segmenter import Segmenter
from bbia_sim_ros.hearing.segmenter import SegmenterSettings
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.vad import SileroVad
from support.spoken import Sound
from support.spoken import noise
from support.spoken import phrases
from support.spoken import silence
from support.spoken import spoken
from support.spoken import with_noise

COMMANDS = (
    *('look left', 'look right', 'hello robot', 'what do you see', 'be happy', 'stop'),
    *('go to sleep', 'wake up', 'turn your head', 'nod your head'),
)
SHORT = SegmenterSettings(max_utterance_s=3.0, end_silence_s=0.3)
Piece = tuple[Begun, Sound, Ended]


def pieces(events: Sequence[Event]) -> list[Piece]:
    """Return the utterances that events tell of."""
    found: list[Piece] = []
    begun, parts = None, [np.empty(0, np.int16)]
    for event in events:
        if isinstance(event, Begun):
            assert begun is None
            begun, parts = event, [np.empty(0, np.int16)]
        elif isinstance(event, Grown):
            parts.append(event.samples)
        else:
            assert begun is not None
            found.append((begun, np.concatenate(parts), event))
            begun = None
    assert begun is None
    return found


def judged(
    probabilities: Sequence[float], settings: SegmenterSettings
) -> tuple[Sound, list[Piece]]:
    """Return a loud sound with these probabilities, a frame each, and its utterances."""
    rng = np.random.default_rng(1)
    sound = rng.integers(-9000, 9000, len(probabilities) * FRAME).astype(np.int16)
    segmenter = Segmenter(settings)
    events: list[Event] = []
    for index, probability in enumerate(probabilities):
        events += segmenter.add(sound[index * FRAME : (index + 1) * FRAME], probability)
    return sound, pieces([*events, *segmenter.finish()])


def heard(sound: Sound, settings: SegmenterSettings | None = None) -> list[Piece]:
    """Return the utterances of a real sound."""
    segmenter, vad = Segmenter(settings or SegmenterSettings()), SileroVad()
    events: list[Event] = []
    for at in range(0, sound.size - FRAME + 1, FRAME):
        frame = sound[at : at + FRAME]
        events += segmenter.add(frame, vad.probability(frame))
    return pieces([*events, *segmenter.finish()])


@pytest.mark.parametrize('seed', range(40))
def test_no_sample_of_an_utterance_is_lost_or_repeated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.random(60), rng.integers(1, 40, 60))
    sound, found = judged(np.clip(levels + rng.normal(0, 0.2, levels.size), 0, 1), SHORT)
    end = 0
    for begun, samples, ended in found:
        assert begun.start >= end
        assert np.array_equal(samples, sound[begun.start : ended.end])
        assert begun.start <= begun.speech_start <= ended.speech_end <= ended.end
        assert samples.size <= SHORT.max_utterance_s * RATE_HZ + FRAME
        if begun.continues:
            assert begun.start == end
        end = ended.end


def test_long_speech_is_cut_at_its_best_pause_and_its_pieces_are_the_whole() -> None:
    levels = [0.0] * 20 + [0.9] * 300 + [0.0] * 20
    pauses = (80, 160, 245)
    for pause in pauses:
        levels[pause : pause + 5] = [0.4] * 5
    sound, found = judged(levels, SHORT)
    cuts = [ended.end // FRAME for _, _, ended in found if not ended.complete]
    assert [any(pause <= cut <= pause + 5 for pause in pauses) for cut in cuts[:3]] == [True] * 3
    whole = np.concatenate([samples for _, samples, _ in found])
    assert np.array_equal(whole, sound[found[0][0].start : found[-1][2].end])


def test_the_beginning_is_looked_for_back_to_where_it_is_silent() -> None:
    levels = [0.0] * 40 + [0.4] * 20 + [0.9] * 20 + [0.0] * 30
    (piece,) = judged(levels, SegmenterSettings(lead_s=0.0))[1]
    assert piece[0].speech_start == 40 * FRAME
    (piece,) = judged(levels, SegmenterSettings(lead_s=0.32))[1]
    assert piece[0].start == 30 * FRAME


def test_what_was_before_is_kept_only_as_long_as_the_buffer() -> None:
    levels = [0.4] * 100 + [0.9] * 20 + [0.0] * 30
    (piece,) = judged(levels, SegmenterSettings(buffer_s=0.96))[1]
    assert 100 * FRAME - piece[0].start <= 30 * FRAME


@pytest.mark.parametrize('count', [1, 2, 3])
def test_a_click_is_no_utterance(count: int) -> None:
    assert not judged([0.0] * 20 + [0.9] * count + [0.0] * 30, SegmenterSettings())[1]


def test_a_pause_shorter_than_the_end_silence_does_not_end_an_utterance() -> None:
    levels = [0.0] * 20 + [0.9] * 20 + [0.0] * 14 + [0.9] * 20 + [0.0] * 30
    assert len(judged(levels, SegmenterSettings(end_silence_s=0.5))[1]) == 1
    assert len(judged(levels, SegmenterSettings(end_silence_s=0.4))[1]) == 2


def test_sound_that_is_too_quiet_is_no_speech_however_probable() -> None:
    segmenter = Segmenter(SegmenterSettings(min_level=0.01))
    quiet = np.full(FRAME, 100, np.int16)
    assert not [event for _ in range(50) for event in segmenter.add(quiet, 1.0)]


@pytest.mark.parametrize('voice', ['rms', 'slt', 'en-us', 'fr'])
@pytest.mark.parametrize('snr_db', [60.0, 20.0, 10.0, 5.0])
def test_spoken_commands_are_found_one_by_one_in_noise(voice: str, snr_db: float) -> None:
    found = heard(with_noise(phrases(*COMMANDS, voice=voice), snr_db))
    assert len(found) == len(COMMANDS)
    at = RATE_HZ
    for command, (begun, _, ended) in zip(COMMANDS, found, strict=True):
        end = at + spoken(command, voice).size
        assert at - 0.1 * RATE_HZ < begun.speech_start < at + 0.45 * RATE_HZ
        assert end - 0.35 * RATE_HZ < ended.speech_end < end + 0.2 * RATE_HZ
        # Engines leave some silence before the first sound of their own.
        assert begun.start <= at + 0.15 * RATE_HZ
        at = end + round(1.2 * RATE_HZ)


def test_a_pause_inside_a_sentence_does_not_divide_it() -> None:
    pause = silence(0.05)  # the engine adds its own around each
    sound = [silence(1.0), spoken('look left'), pause, spoken('and then look right'), silence(1.0)]
    assert len(heard(np.concatenate(sound), SegmenterSettings(end_silence_s=0.5))) == 1


@pytest.mark.parametrize('sound', [silence(60.0), noise(60.0, 0.01), noise(60.0, 0.3)])
def test_a_minute_of_silence_or_noise_has_no_utterance(sound: Sound) -> None:
    assert not heard(sound)


@pytest.mark.parametrize('size', [0, FRAME + 1])
def test_a_frame_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match='512'):
        Segmenter(SegmenterSettings()).add(np.zeros(size, np.int16), 0.5)
