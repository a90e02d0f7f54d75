"""Tool calls and reasoning are taken out of what models write, however it is cut into pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.chat.tool_markup import MarkupSplitter
from bbia_sim_ros.chat.tool_markup import ToolFormat
from bbia_sim_ros.chat.tool_markup import formats_of
from bbia_sim_ros.chat.tool_markup import parsed_arguments

LOOK = '{"name": "look", "arguments": {"direction": "left"}}'
LLAMA_LOOK = '{"name": "look", "parameters": {"direction": "left"}}'
FRAGMENTS = (
    *('<think>', '</think>', '<tool_call>', '</tool_call>', '<|python_tag|>', '[TOOL_CALLS]'),
    *('[ARGS]', LOOK, LLAMA_LOOK, f'[{LOOK}, {LOOK}]', '; ', '<', '{', '[', '</tool', '[TOOL_'),
    *('Bonjour é', ' ', '\n', '🤖'),
)


def taken_apart(pieces, formats=tuple(ToolFormat), *, thinking=False):
    """Return the visible text, the calls as (name, arguments) and the pieces shown."""
    splitter = MarkupSplitter(formats, thinking=thinking)
    shown = [splitter.feed(piece) for piece in pieces]
    shown.append(splitter.finish())
    assert splitter.text == ''.join(shown)
    return splitter.text, splitter.calls, shown


def calls_of(text, *formats):
    return [(call.name, call.arguments) for call in taken_apart([text], formats)[1]]


@given(
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=10).map(''.join),
    st.sets(st.sampled_from(ToolFormat)),
    st.booleans(),
    st.data(),
)
@settings(deadline=None)
def test_the_cuts_change_nothing(text, formats, thinking, data):
    whole = taken_apart([text], formats, thinking=thinking)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert taken_apart(pieces, formats, thinking=thinking)[:2] == whole[:2]
    assert taken_apart(list(text), formats, thinking=thinking)[:2] == whole[:2]


@given(st.text(st.characters(exclude_characters='>')))
@settings(deadline=None)
def test_text_without_markup_stays_but_for_the_blanks_around_it(text):
    visible, calls, _ = taken_apart(list(text), {ToolFormat.HERMES})
    assert (visible, calls) == (text.strip(), ())


def test_text_is_shown_at_once():
    _, _, shown = taken_apart(['Hel', 'lo, ', 'you', ' < me', ' there'])
    assert shown == ['Hel', 'lo,', ' you', ' < me', ' there', '']


def test_only_what_may_become_markup_is_held_back():
    _, _, shown = taken_apart(['a<', 'tool', '_cal', 'ender>', 'b'])
    assert shown == ['a', '', '', '<tool_calender>', 'b', '']


def test_hermes_calls_are_read_between_text():
    text = f'Of course.\n<tool_call>\n{LOOK}\n</tool_call>\n<tool_call>{LOOK}</tool_call>\nDone.'
    visible, calls, _ = taken_apart([text])
    assert visible.split() == ['Of', 'course.', 'Done.']
    assert [call.id for call in calls] == ['call_1', 'call_2']
    assert all((call.name, call.arguments) == ('look', {'direction': 'left'}) for call in calls)
    assert calls[0].raw == LOOK


def test_a_hermes_call_without_an_end_is_read():
    assert calls_of(f'<tool_call>{LOOK}', ToolFormat.HERMES) == [('look', {'direction': 'left'})]


@pytest.mark.parametrize(
    'text',
    [LLAMA_LOOK, f'\n {LLAMA_LOOK} ', f'<|python_tag|>{LLAMA_LOOK}'],
    ids=['bare', 'with blanks', 'behind the tag'],
)
def test_a_llama_call_is_read(text):
    visible, calls, _ = taken_apart(list(text), {ToolFormat.LLAMA})
    assert visible == ''
    assert [(call.name, call.arguments) for call in calls] == [('look', {'direction': 'left'})]


def test_several_llama_calls_are_read():
    assert len(calls_of(f'{LLAMA_LOOK}; {LLAMA_LOOK}', ToolFormat.LLAMA)) == 2


@pytest.mark.parametrize('text', ['{"a": 1}', '{not json', f'{LLAMA_LOOK} and more', '{'])
def test_braces_that_are_no_llama_call_are_text(text):
    assert taken_apart(list(text), {ToolFormat.LLAMA})[:2] == (text, ())


def test_json_is_text_where_the_template_teaches_no_bare_json():
    assert taken_apart([LLAMA_LOOK], {ToolFormat.HERMES})[:2] == (LLAMA_LOOK, ())


def test_an_array_of_mistral_calls_is_read():
    calls = calls_of(f'Yes.[TOOL_CALLS] [{LOOK}, {LOOK}]', ToolFormat.MISTRAL)
    assert calls == [('look', {'direction': 'left'})] * 2


def test_named_mistral_calls_are_read():
    text = '[TOOL_CALLS]look[ARGS]{"direction": "left"}[TOOL_CALLS]stop[ARGS]{}'
    assert calls_of(text, ToolFormat.MISTRAL) == [('look', {'direction': 'left'}), ('stop', {})]


@pytest.mark.parametrize(
    ('inner', 'name'),
    [
        ('not json', ''),
        ('{"name": "look", "arguments": 3}', 'look'),
        ('{"name": "look", "arguments": {"x": NaN}}', ''),
        ('{"name": 7, "arguments": "[]"}', ''),
        ('[' * 100_000, ''),
        ('{"name": "look", "arguments": {"x": "\\ud800"}}', 'look'),
        ('', ''),
    ],
    ids=['no json', 'number', 'NaN', 'no name', 'nested', 'half a character', 'empty'],
)
def test_a_bad_call_is_kept_without_arguments(inner, name):
    (call,) = taken_apart([f'<tool_call>{inner}</tool_call>'])[1]
    assert (call.name, call.arguments, call.raw) == (name, None, inner)


def test_arguments_may_be_a_json_text():
    assert parsed_arguments(json.dumps({'x': 1})) == {'x': 1}


def test_a_call_without_arguments_has_empty_ones():
    assert calls_of('<tool_call>{"name": "stop"}</tool_call>', ToolFormat.HERMES) == [('stop', {})]


def test_reasoning_is_not_shown():
    text = f'<think>She wants\n<tool_call>{LOOK}</tool_call></think>\n\nHello.'
    assert taken_apart(list(text))[:2] == ('Hello.', ())


def test_reasoning_that_the_prompt_has_opened_is_not_shown():
    assert taken_apart(list('hm, well</think>Hello.'), thinking=True)[:2] == ('Hello.', ())


def test_reasoning_without_an_end_is_not_shown():
    assert taken_apart(list('Hello. <think>hm'))[:2] == ('Hello.', ())


@pytest.mark.parametrize(
    ('template', 'formats'),
    [
        ('{{ messages }}', set()),
        ('answer within <tool_call></tool_call>', {ToolFormat.HERMES}),
        ('{{ "<|python_tag|>" }}', {ToolFormat.LLAMA}),
        ('{"name": function name, "parameters": dictionary of', {ToolFormat.LLAMA}),
        ('{{ "[TOOL_CALLS]" + calls }}', {ToolFormat.MISTRAL}),
    ],
    ids=['none', 'hermes', 'llama with a tag', 'llama', 'mistral'],
)
def test_the_template_tells_the_format(template, formats):
    assert formats_of(template) == formats
