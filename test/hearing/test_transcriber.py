"""From chunks of real speech to texts: everything said is heard once, or counted as dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.intake import Chunk
from bbia_sim_ros.hearing.listener import Listener
from bbia_sim_ros.hearing.listener import ListenerSettings
from bbia_sim_ros.hearing.segmenter import SegmenterSettings
from bbia_sim_ros.hearing.selection import Selection
from bbia_sim_ros.hearing.transcriber import Text
from bbia_sim_ros.hearing.transcriber import Transcriber
from bbia_sim_ros.hearing.transcriber import TranscriberSettings
from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.hearing.vad import SileroVad
from support.spoken import Sound
from support.spoken import phrases
from support.spoken import silence
from support.spoken import spoken
from support.waiting import wait_until
from support.word_errors import word_error_rate
from support.word_errors import words

CHUNK = 800
TEXT_DEADLINE_S = 120.0
STORY = (
    'my sister lives in a small house near the river '
    'every morning she opens the window and looks at the water '
    'the weather is nice today and the birds sing in the garden '
    'her father would like a cup of coffee and some bread '
    'then they go to the city and buy a new book '
    'please open the window and look at the door'
)


class Heard:
    """Keeps what was understood, and what was not."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.failures: list[str] = []

    def on_text(self, utterance: Utterance, text: Text) -> None:
        """Keep a final text."""
        if text.final:
            self.texts.append(text.transcription.text)

    def on_failure(self, utterance: Utterance, message: str) -> None:
        """Keep the reason."""
        self.failures.append(message)


@contextmanager
def transcribing(engine: Engine, *, max_waiting: int = 8) -> Iterator[tuple[Transcriber, Heard]]:
    """Yield a transcriber with one engine, and what it tells."""
    heard = Heard()
    settings = TranscriberSettings(
        engine='auto',
        language='',
        partials=False,
        partial_period_s=1.0,
        timeout_s=60.0,
        max_waiting=max_waiting,
    )
    engines = {engine.name: engine}
    transcriber = Transcriber(engines, Selection(engines), settings, heard)
    try:
        yield transcriber, heard
    finally:
        transcriber.close()


def listen(sound: Sound, transcriber: Transcriber, **settings: float) -> int:
    """Give a sound to a transcriber at once; return the number of utterances in it."""
    listener = Listener(
        ListenerSettings(segmenter=SegmenterSettings(**settings)), SileroVad, transcriber.put
    )
    for at in range(0, sound.size, CHUNK):
        listener.hear(
            Chunk(sequence=at // CHUNK, stamp_s=at / 16_000, samples=sound[at : at + CHUNK])
        )
    listener.stop()
    return listener.utterances


def finished(transcriber: Transcriber, heard: Heard, count: int) -> None:
    """Wait until so many utterances have a text or a reason for none."""
    wait_until(
        lambda: len(heard.texts) + len(heard.failures) >= count, 'all texts', TEXT_DEADLINE_S
    )


@pytest.mark.parametrize(
    ('max_utterance_s', 'pieces', 'most_errors'), [(30.0, 1, 0.1), (9.0, 3, 0.3)]
)
def test_20_s_of_speech_are_whole_and_nothing_is_repeated(
    english: Engine, max_utterance_s: float, pieces: int, most_errors: float
) -> None:
    sound = np.concatenate([silence(0.5), spoken(STORY), silence(1.0)])
    assert sound.size > 18 * 16_000
    with transcribing(english) as (transcriber, heard):
        count = listen(sound, transcriber, max_utterance_s=max_utterance_s)
        finished(transcriber, heard, count)
    assert count == pieces
    assert not heard.failures
    text = ' '.join(heard.texts)
    # A join costs words beside it: the model of the language does not see the rest.
    assert word_error_rate(STORY, text) < most_errors
    assert len(words(text)) == pytest.approx(len(words(STORY)), abs=6)
    assert words(text)[:2] == words(STORY)[:2]
    assert words(text)[-2:] == words(STORY)[-2:]


def test_90_s_of_speech_without_a_pause_are_handed_on_sample_by_sample() -> None:
    sound = np.concatenate([silence(0.5), *[spoken(STORY)] * 5, silence(1.0)])
    found: list[Utterance] = []
    listener = Listener(
        ListenerSettings(segmenter=SegmenterSettings(end_silence_s=1.0)), SileroVad, found.append
    )
    for at in range(0, sound.size, CHUNK):
        listener.hear(
            Chunk(sequence=at // CHUNK, stamp_s=at / 16_000, samples=sound[at : at + CHUNK])
        )
    listener.stop()
    assert len(found) >= 3
    assert max(utterance.duration_s for utterance in found) <= 30.1
    start = round(found[0].start_s * 16_000)
    whole = np.concatenate([utterance.samples() for utterance in found])
    assert np.array_equal(whole, sound[start : start + whole.size])
    assert whole.size > 5 * (spoken(STORY).size - 16_000)


@pytest.mark.parametrize('max_waiting', [1, 8])
def test_utterances_during_a_recognition_are_transcribed_or_told_as_dropped(
    english: Engine, max_waiting: int
) -> None:
    orders = ('look left', 'look right', 'go to sleep', 'wake up')
    with transcribing(english, max_waiting=max_waiting) as (transcriber, heard):
        assert listen(phrases(*orders), transcriber) == len(orders)
        finished(transcriber, heard, len(orders))
    assert len(heard.texts) + transcriber.dropped == len(orders)
    assert len(heard.failures) == transcriber.dropped
    assert set(heard.texts) <= set(orders)
    assert heard.texts[-1] == orders[-1]
    if max_waiting == len(orders) * 2:
        assert heard.texts == list(orders)


def test_an_utterance_that_nobody_can_transcribe_is_told(english: Engine) -> None:
    with transcribing(english) as (transcriber, heard):
        transcriber.settings = TranscriberSettings(
            engine='auto',
            language='fr',
            partials=False,
            partial_period_s=1.0,
            timeout_s=60.0,
            max_waiting=8,
        )
        listen(phrases('look left'), transcriber)
        finished(transcriber, heard, 1)
    assert 'English' in heard.failures[0]
