"""English and French are told apart; what is neither, or too little, is not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat import language
from bbia_sim_ros.chat.language import language_of


@pytest.mark.parametrize(
    'text',
    [
        'Look to the left and be happy.',
        'What do you see?',
        "I don't know who you are",
        'hello',
        'Is this a good café?',
        'WHAT TIME IS IT',
    ],
)
def test_english_is_known(text: str) -> None:
    assert language_of(text) == 'en'


@pytest.mark.parametrize(
    'text',
    [
        'Regarde à gauche, sois content.',
        "Qu'est-ce que tu vois ?",
        'Qu’est-ce que c’est ?',
        'bonjour',
        "j'arrive",
        'RACONTE UNE HISTOIRE',
        'Où est le weekend ?',
        'Comment vas-tu ?',
    ],
)
def test_french_is_known(text: str) -> None:
    assert language_of(text) == 'fr'


@pytest.mark.parametrize('text', ['', '42', 'Reachy', '?!', 'こんにちは', 'Reachy Mini 3000'])
def test_what_does_not_tell_is_not_guessed(text: str) -> None:
    assert language_of(text) == ''


def test_no_word_counts_for_both() -> None:
    assert not language._ENGLISH_WORDS & language._FRENCH_WORDS


@given(st.text())
def test_any_text_has_one_of_three_answers(text: str) -> None:
    assert language_of(text) in {'en', 'fr', ''}
