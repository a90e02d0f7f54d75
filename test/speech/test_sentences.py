"""Where a text is cut into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies

from bbia_sim_ros.speech.sentences import MAX_CHARACTERS
from bbia_sim_ros.speech.sentences import sentences


@pytest.mark.parametrize(
    'expected',
    [
        ['Hello.', 'How are you?', 'Fine!'],
        ['Dr. Smith and Mrs. J. R. Doe came at 5 p.m. on Monday.', 'They left.'],
        ['Pi is 3.14 and version 1.2.3 is out.', 'Yes.'],
        ['Well... you know.', 'Really?!', 'Wait…', 'Now.'],
        ['See example.org for more, e.g. Section 2.', 'Bye.'],
        ['« Quoi ? » dit-il.', '« Bien ! »', 'Il part.'],
        ['M. Dupont et Mme. Durand sont là, cf. Annexe.', 'Voilà.'],
        ['He said "Stop!" and ran.', '"Where?"', '(Nobody knows.)'],
        ['no end at all'],
    ],
)
def test_a_paragraph_is_cut_at_the_ends_of_its_sentences(expected: list[str]) -> None:
    assert list(sentences(' '.join(expected))) == expected


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    pieces = sentences(', '.join(['some words of a clause'] * 30))
    assert all(piece.endswith(',') for piece in pieces[:-1])
    assert max(map(len, pieces)) <= MAX_CHARACTERS


@pytest.mark.parametrize('piece', ['.', '. ', '« ', '»', 'a', 'e.g. ', ',', '"'])
def test_a_hostile_text_of_20000_characters_takes_no_time(piece: str) -> None:
    # A quadratic pattern would run into the timeout of the test.
    sentences(piece * (20_000 // len(piece)))


@given(strategies.text(alphabet='ab .,!?…»«"1é\u3002', max_size=700))
def test_nothing_is_lost_and_no_piece_is_too_long(text: str) -> None:
    pieces = sentences(text)
    assert ''.join(''.join(pieces).split()) == ''.join(text.split())
    assert all(0 < len(piece) <= MAX_CHARACTERS for piece in pieces)
