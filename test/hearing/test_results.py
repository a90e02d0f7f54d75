"""Which texts are kept, how they are joined, and who is chosen to find them."""

from __future__ import annotations

import math

import pytest

from bbia_sim_ros.chat.commands import understand
from bbia_sim_ros.hearing import results
from bbia_sim_ros.hearing.phones import likeness
from bbia_sim_ros.hearing.results import Doubts
from bbia_sim_ros.hearing.results import Segment
from bbia_sim_ros.hearing.results import Transcription
from bbia_sim_ros.hearing.selection import Selection
from bbia_sim_ros.hearing.sentences import SENTENCES
from bbia_sim_ros.hearing.whisper_text import most_tokens


@pytest.mark.parametrize(
    ('no_speech', 'logprob', 'compression', 'dropped'),
    [
        (0.1, -0.3, 1.2, False),
        (0.9, -0.3, 1.2, False),
        (0.1, -1.4, 1.2, False),
        (0.9, -1.4, 1.2, True),
        (0.1, -0.3, 2.5, True),
        (math.nan, -0.3, 1.2, True),
        (0.1, -math.inf, 1.2, True),
    ],
)
def test_invented_texts_are_dropped(
    no_speech: float, logprob: float, compression: float, dropped: bool
) -> None:
    judged = Doubts().drop(no_speech=no_speech, logprob=logprob, compression=compression)
    assert judged is dropped


def test_an_answer_has_no_empty_segments_and_a_weighted_confidence() -> None:
    segments = [
        Segment(text=' look ', start=0.0, end=1.0, confidence=0.5),
        Segment(text='  ', start=1.0, end=2.0, confidence=0.1),
        Segment(text='left', start=2.0, end=5.0, confidence=0.9),
    ]
    found = results.transcription(results.answer(segments, 'en'))
    assert found.text == 'look left'
    assert found.confidence == pytest.approx(0.8)
    assert [segment.text for segment in found.segments] == ['look', 'left']


def test_nothing_said_is_an_empty_text_without_confidence() -> None:
    assert results.transcription(results.answer([], '')) == Transcription()
    assert results.joined([Transcription(), Transcription()]) == Transcription()


def test_a_text_may_be_longer_the_longer_the_sound_but_never_endless() -> None:
    lengths = [most_tokens(seconds * 16_000) for seconds in (0, 1, 5, 30, 3600)]
    assert lengths == sorted(lengths)
    assert lengths[0] > 0
    assert lengths[-1] == lengths[-2] == 224


def test_phones_that_are_taken_for_one_another_are_alike() -> None:
    assert likeness(['T', 'AA', 'P'], ['S', 'T', 'AA', 'P']) == pytest.approx(0.75)
    assert likeness(['B', 'IY'], ['P', 'EY']) > likeness(['S', 'IY'], ['P', 'T'])
    assert likeness(['S', 'IY'], ['S', 'IY']) == 1.0


def test_a_word_more_is_not_alike() -> None:
    left = ['L', 'UH', 'K', 'L', 'EH', 'F', 'T']
    assert likeness(['D', 'OW', 'N', 'T', *left], left) == 0.0
    assert likeness([], left) == 0.0


def test_every_sentence_that_is_listened_for_is_a_command() -> None:
    assert not [sentence for sentence in SENTENCES if understand(sentence) is None]
    assert len(set(SENTENCES)) == len(SENTENCES)


class Candidate:
    """An engine that cannot transcribe for a reason, or can."""

    def __init__(self, problem: str = '') -> None:
        self.problem = problem

    def obstacle(self, language: str = '') -> str:
        """Return the reason; French is no problem of its own."""
        return self.problem or ('only English' if language == 'fr' else '')


def test_the_first_that_can_is_chosen_and_the_others_are_explained() -> None:
    selection = Selection({'a': Candidate('no file'), 'b': Candidate(), 'c': Candidate()})
    choice = selection.choose('auto')
    assert choice.names == ('b', 'c')
    assert choice.obstacles == {'a': 'no file'}
    assert 'a: no file' in choice.reason


def test_a_named_engine_is_never_replaced() -> None:
    selection = Selection({'a': Candidate('no file'), 'b': Candidate()})
    assert selection.choose('a').names == ()
    assert 'no file' in selection.choose('a').reason
    with pytest.raises(ValueError, match='allowed: auto, a, b'):
        selection.choose('z')


def test_who_failed_comes_last_for_a_while() -> None:
    now = [0.0]
    selection = Selection({'a': Candidate(), 'b': Candidate()}, retry_s=10.0, clock=lambda: now[0])
    selection.failed('a', 'out of memory')
    assert selection.choose('auto').names == ('b', 'a')
    assert 'out of memory' in selection.choose('auto').reason
    now[0] = 11.0
    assert selection.choose('auto').names == ('a', 'b')


def test_a_language_that_nobody_knows_is_said() -> None:
    choice = Selection({'a': Candidate()}).choose('auto', 'fr')
    assert choice.names == ()
    assert 'only English' in choice.reason
