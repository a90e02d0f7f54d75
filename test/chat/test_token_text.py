"""Text comes from tokens character by character, whatever tokens the characters take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.token_text import TokenText
from bbia_sim_ros.chat.token_text import estimated_tokens


def decoded_bytes(ids):
    """Decode as a tokenizer does that has a token for each byte."""
    return bytes(ids).decode(errors='replace')


def decoded_words(ids):
    """Decode as a tokenizer does that leaves out the blank before the first word."""
    return ' '.join('abc'[token] for token in ids)


def pushed(tokens, decode):
    text = TokenText(decode)
    return [*(text.push(token) for token in tokens), text.finish()]


@given(st.text(st.characters(exclude_categories=['Cs'])))
def test_all_text_arrives(text):
    assert ''.join(pushed(text.encode(), decoded_bytes)) == text


def test_a_character_comes_when_it_is_complete():
    assert pushed('é🤖!'.encode(), decoded_bytes) == ['', 'é', '', '', '', '🤖', '!', '']


def test_half_a_character_at_the_end_is_shown_as_such():
    assert pushed('a🤖'.encode()[:-1], decoded_bytes) == ['a', '', '', '', '�']


def test_bytes_that_are_never_a_character_are_not_held_for_ever():
    pieces = pushed([0x80] * 100, decoded_bytes)
    assert ''.join(pieces) == '�' * 100
    assert sum(map(bool, pieces)) > 1


def test_blanks_between_words_stay():
    assert pushed([0, 1, 2], decoded_words) == ['a', ' b', ' c', '']


@pytest.mark.parametrize(
    ('text', 'least'),
    [('', 0), ('12345678', 8), ('你好世界', 4), ('a' * 100, 12), ('\ud800', 1)],
    ids=['nothing', 'digits', 'Chinese', 'letters', 'half a character'],
)
def test_the_estimate_is_rather_too_much(text, least):
    assert estimated_tokens(text) >= least
