"""Whatever is said: no error, only calls that can be, and work in proportion to the words."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.chat.commands import MAX_CHARACTERS
from bbia_sim_ros.chat.commands import MAX_COMMANDS
from bbia_sim_ros.chat.commands import understand
from bbia_sim_ros.chat.commands.text import Heard
from bbia_sim_ros.chat.commands.text import composed
from bbia_sim_ros.chat.commands.text import plain
from bbia_sim_ros.chat.commands.text import tokens
from bbia_sim_ros.chat.commands.understanding import grammars
from bbia_sim_ros.chat.commands.understanding import meanings
from bbia_sim_ros.chat.commands.understanding import read

# Seen: up to 75, of "reachy regarde à gauche maintenant" again and again.
MOST_STEPS_PER_TOKEN = 150
SAID = [
    said
    for language in ('en', 'fr')
    for row in yaml.safe_load(
        (Path(__file__).parent / f'commands_{language}.yaml').read_text(encoding='utf-8')
    )
    for said in row['said']
]
WORDS = sorted({word for said in SAID for word in said.split()})
ARGUMENTS = {
    call.tool: {name for calls in meanings().values() for c in calls for name in c.arguments}
    for several in meanings().values()
    for call in several
}
joiners = st.sampled_from(
    [' ', ', ', '. ', ' and ', ' then ', ' et ', ' et puis ', ' not ', ' ne ']
)
word_salads = st.lists(st.sampled_from([*WORDS, ',', '"', ':']), max_size=80).map(' '.join)


@st.composite
def joined_commands(draw: st.DrawFn) -> str:
    """Commands in a row, whole or cut."""
    said = draw(st.sampled_from(SAID))
    for _ in range(draw(st.integers(0, 8))):
        said += draw(joiners) + draw(st.sampled_from(SAID))
    return said[draw(st.integers(0, 10)) :]


def steps_per_token(text: str) -> float:
    """Return the work that reading a text is, in the language where it is more."""
    whole = composed(text)
    found = tokens(whole)
    steps = []
    for grammar in grammars():
        heard = Heard(whole, found)
        read(heard, grammar)
        steps.append(heard.steps)
    return max(steps) / (len(found) + 1)


@given(st.one_of(st.text(max_size=MAX_CHARACTERS + 10), word_salads, joined_commands()))
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_list_of_calls_with_known_arguments_or_nothing(text: str) -> None:
    understood = understand(text)
    if understood is None:
        return
    assert 1 <= len(understood.calls) <= 4 * MAX_COMMANDS
    assert understood.reply.strip() == understood.reply != ''
    for call in understood.calls:
        assert call.arguments is not None
        assert call.arguments.keys() <= ARGUMENTS[call.name]
        assert json.loads(call.raw) == call.arguments


@given(st.one_of(word_salads, joined_commands()))
@settings(max_examples=300, deadline=None)
def test_the_work_is_in_proportion_to_the_words(text: str) -> None:
    assert steps_per_token(text[:MAX_CHARACTERS]) <= MOST_STEPS_PER_TOKEN


def test_what_is_said_again_and_again_is_work_in_proportion_too() -> None:
    parts = [f'{part}{joiner}' for part in SAID for joiner in (' ', ' and ', ' et puis ')]
    for part in (*parts, *(f'{word}{joiner}' for word in WORDS for joiner in (' ', ', '))):
        text = (part * MAX_CHARACTERS)[:MAX_CHARACTERS]
        assert steps_per_token(text) <= MOST_STEPS_PER_TOKEN, text


@given(
    st.sampled_from(SAID), st.sampled_from(["don't", 'do not', 'never', 'ne', 'he said', 'si tu'])
)
@settings(deadline=None)
def test_a_negation_or_a_tale_before_it_makes_a_command_none(said: str, before: str) -> None:
    allowed = {'stop'}  # "don't move", "ne bouge plus"
    understood = understand(f'{before} {said}')
    assert understood is None or {call.name for call in understood.calls} <= allowed


@given(st.text())
def test_a_word_is_plain_after_it_was_made_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)
