"""What of a text is read aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies

from bbia_sim_ros.speech.text import spoken_paragraphs


@pytest.mark.parametrize(
    ('text', 'read'),
    [
        ('Hello **dear** _friend_, `pip` ~~no~~ yes.', ['Hello dear friend, pip no yes.']),
        ('# Title\n- one\n- two\n1. three', ['Title', 'one', 'two', '1. three']),
        ('One line\nand its rest.\n\nNext.', ['One line and its rest.', 'Next.']),
        ('See [the page](https://example.org/a_b "t").', ['See the page.']),
        ('Go to https://www.example.org/a?b=1#c, now.', ['Go to example.org, now.']),
        ('Go to http://me:secret@example.org:80/.', ['Go to example.org.']),
        ('<speak>One.<break time="1s"/>Two <b>bold</b></speak>', ['One.', 'Two bold']),
        ('<script>alert(1)</script>Hi<!-- no -->', ['Hi']),
        ('Tom &amp; Ann', ['Tom & Ann']),
        ('Great 😀👍🏽 job 🇫🇷 3️⃣!', ['Great job 3!']),
        ('25 °C, 50 %, €3.50 and 1/2', ['25 °C, 50 %, €3.50 and 1/2']),
        ('a < b and 2*3*4 of snake_case', ['a < b and 2*3*4 of snake_case']),
        ('zero\u200bwidth, \x00nul\x07, \ud800half', ['zerowidth, nul , half']),
        ('-v --help', ['-v --help']),
        ('Ça va ? « Oui ! »', ['Ça va ? « Oui ! »']),
        ('```python\nx = 1\n```\nDone.', ['x = 1', 'Done.']),
    ],
)
def test_markup_and_symbols_go_and_words_stay(text: str, read: list[str]) -> None:
    assert list(spoken_paragraphs(text)) == read


@pytest.mark.parametrize('text', ['', ' \n\t', '😀😀', '---', '<br/>', '...', '\x00'])
def test_a_text_without_a_word_gives_nothing(text: str) -> None:
    assert spoken_paragraphs(text) == ()


@given(strategies.text(max_size=300))
def test_whatever_comes_can_be_sent_to_an_engine(text: str) -> None:
    for part in spoken_paragraphs(text):
        assert part == part.strip()
        assert '\n' not in part
        part.encode()


@given(strategies.lists(strategies.from_regex(r'[a-zé]{1,8}[,.!?]?', fullmatch=True), min_size=1))
def test_no_word_of_a_plain_text_is_lost(words: list[str]) -> None:
    assert ' '.join(spoken_paragraphs(' '.join(words))).split() == words


@pytest.mark.parametrize(
    'piece', ['<b ', '[', '*', '<!--', 'http://', '_a', '<script>', '. ', '- ', '<p x']
)
def test_a_hostile_text_of_20000_characters_takes_no_time(piece: str) -> None:
    # A quadratic pattern would run into the timeout of the test.
    spoken_paragraphs(piece * (20_000 // len(piece)))
