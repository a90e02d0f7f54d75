"""What people's answers mean: numbers in digits and words, answers with slips, wishes to stop."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.behaviors.answers import does_not_know
from bbia_sim_ros.behaviors.answers import is_answer
from bbia_sim_ros.behaviors.answers import number_said
from bbia_sim_ros.behaviors.answers import wants_to_stop

# Numerals that are no decimal digits, such as superscripts, are the number words' business.
TEXTS = st.text(alphabet=st.characters(exclude_categories=['No']), max_size=400)


@pytest.mark.parametrize(
    ('text', 'language', 'number'),
    [
        ('forty-two', 'en', 42),
        ('Is it forty two?', 'en', 42),
        ('I think this one is 7', 'en', 7),
        ('one', 'en', 1),
        ('A hundred and five!', 'en', 105),
        ('three hundred and sixty-five', 'en', 365),
        ('1,200 metres', 'en', 1200),
        ('minus two', 'en', -2),
        ('-5', 'en', -5),
        ('eight point two five', 'en', 8.25),
        ('eight and a half', 'en', 8.5),
        ('quatre-vingt-dix-sept', 'fr', 97),
        ('Quatre vingt dix sept', 'fr', 97),
        ('septante et un', 'fr', 71),
        ('je dis un sept', 'fr', 7),
        ('moins deux', 'fr', -2),
        ('8,5', 'fr', 8.5),
        ('huit virgule vingt-cinq', 'fr', 8.25),
        ('huit et demi', 'fr', 8.5),
        ('1 200', 'fr', 1200),
        ('cent', 'fr-CA', 100),
    ],
)
def test_one_number_is_understood(text: str, language: str, number: float) -> None:
    assert number_said(text, language) == number


@pytest.mark.parametrize(
    'text',
    ['', 'hello', 'seven or eight', 'seven, eight', 'not seven', "it isn't seven", 'x' * 100_000],
)
def test_no_number_or_several_are_none(text: str) -> None:
    assert number_said(text, 'en') is None


@pytest.mark.parametrize(
    ('said', 'answer'),
    [
        ('Paris', 'Paris'),
        ('paris!', 'Paris'),
        ('it is Paris, I believe', 'Paris'),
        ("c'est Athenes", 'Athènes'),
        ('ATHÈNES', 'Athènes'),
        ('Athe\u0300nes', 'Athènes'),
        ('la Copenague', 'Copenhague'),
        ('Copenhaggen', 'Copenhagen'),
        ('une chauve-souris', 'chauve souris'),
        ('the butterflyes', 'butterflies'),
        ("I don't know, Paris", 'Paris'),
        ('no', 'no'),
        ('un cœur', 'coeur'),
        ("l'araignée", 'araignee'),
    ],
)
def test_an_answer_counts_in_its_spellings(said: str, answer: str) -> None:
    assert is_answer(said, [answer])


@pytest.mark.parametrize(
    ('said', 'answer'),
    [
        ('', 'Paris'),
        ('London', 'Paris'),
        ('not Paris', 'Paris'),
        ("ce n'est pas Paris", 'Paris'),
        ('Paris or London', 'Paris'),
        ('Paris ou Lyon', 'Paris'),
        ('Australia', 'Austria'),
        ('Slovakia', 'Slovenia'),
        ('Moon', 'Mars'),
        ('Marc', 'Mars'),
        ('Guinea', 'New Guinea'),
        ('parisian people of the night' * 100, 'Paris'),
        ('!?', 'the'),
    ],
)
def test_what_is_no_answer_does_not_count(said: str, answer: str) -> None:
    assert not is_answer(said, [answer])


def test_all_cities_one_after_the_other_are_no_answer() -> None:
    assert is_answer('Rome', ['Rome', 'Roma'], ['Paris', 'Berlin'])
    assert not is_answer('Paris, Berlin, Rome', ['Rome', 'Roma'], ['Paris', 'Berlin'])


def test_an_answer_that_holds_anothers_word_counts() -> None:
    assert is_answer('Papua New Guinea', ['Papua New Guinea'], ['Guinea'])


@pytest.mark.parametrize(
    'text', ['Stop', 'please stop now', 'I give up.', 'Arrête !', "j'en ai assez", "J'abandonne"]
)
def test_a_wish_to_stop_is_heard(text: str) -> None:
    assert wants_to_stop(text)


@pytest.mark.parametrize('text', ['', "don't stop", 'ne pas arrêter', 'stopping', 'Paris'])
def test_what_is_no_wish_to_stop_is_not(text: str) -> None:
    assert not wants_to_stop(text)


@pytest.mark.parametrize(
    'text', ["I don't know", 'no idea', 'je ne sais pas', 'aucune idée', 'langue au chat']
)
def test_who_does_not_know_is_heard(text: str) -> None:
    assert does_not_know(text)
    assert not does_not_know('Paris')


@given(TEXTS, st.sampled_from(['en', 'fr', '', 'de']))
def test_no_text_is_too_odd(text: str, language: str) -> None:
    number = number_said(text, language)
    assert number is None or math.isfinite(number)
    assert is_answer(text, ['Paris']) in (True, False)
    assert wants_to_stop(text) in (True, False)
    assert does_not_know(text) in (True, False)
