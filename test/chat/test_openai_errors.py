"""What servers do wrong, the openai engine says in a line, and nothing of it is believed."""

from __future__ import annotations

import contextlib
import json
import socket

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.chat.completion import ChunkError
from bbia_sim_ros.chat.completion import Completion
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.openai_engine import OpenAiEngine
from support.answers import answered
from support.openai_server import OpenAiServer
from support.openai_server import Reply
from support.openai_server import error_reply
from support.openai_server import event
from support.openai_server import raw_event
from support.openai_server import text_reply

KEY_VARIABLE = 'BBIA_TEST_KEY'
KEY = 'sk-secret-0123456789'


def test_the_key_is_sent_and_never_shown(server, openai_engine, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    server.add(error_reply(401, f'Incorrect key {KEY}'))
    with pytest.raises(EngineError) as caught:
        answered(openai_engine)
    assert server.requests[0].headers['Authorization'] == f'Bearer {KEY}'
    assert KEY not in str(caught.value)
    assert f'put a valid key into ${KEY_VARIABLE}' in str(caught.value)


def test_without_a_key_none_is_sent(server, openai_engine, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    server.add(text_reply('Hi'))
    answered(openai_engine)
    assert 'Authorization' not in server.requests[0].headers


def test_a_key_that_cannot_be_sent_is_an_obstacle(openai_engine, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, 'two\nlines')
    assert 'blanks' in openai_engine.obstacle()
    assert 'two' not in openai_engine.obstacle()


@pytest.mark.parametrize(
    ('status', 'message', 'complaint'),
    [
        (400, 'context too long', "answered 400, 'context too long'"),
        (403, 'no', 'a key that may do this'),
        (404, 'no such model', 'check its address'),
        (429, 'slow down', 'wait, or ask for fewer answers'),
        (500, 'x' * 10_000, 'see its log'),
        (999, 'strange', 'answered 999'),
    ],
)
def test_what_the_server_says_is_shown_in_short(server, openai_engine, status, message, complaint):
    server.add(error_reply(status, message))
    with pytest.raises(EngineError) as caught:
        answered(openai_engine)
    assert complaint in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ('parts', 'complaint'),
    [
        ([raw_event('not json')], 'not JSON'),
        ([raw_event('[1]')], 'no object'),
        ([raw_event('{}')], 'no choices'),
        ([raw_event('{"choices": [3]}')], 'without a delta'),
        ([event({'content': 3})], 'no text'),
        ([event({'tool_calls': 'x'})], 'no list'),
        ([event({'tool_calls': [{'index': 0}]})], 'no tool call'),
        ([event({'tool_calls': [{'index': n, 'function': {}}]}) for n in range(100)], 'more than'),
        ([raw_event('{"error": {"message": "out of memory"}}')], 'it failed: out of memory'),
        ([b'data: \xff\xfe\n\n'], 'utf-8'),
        ([b'data: ' + b'x' * 200_000] + [b'y' * 200_000] * 5, 'more than 1048576 bytes'),
        ([event({'content': 'Hello'})], 'in the middle of its answer'),
        ([], 'in the middle of its answer'),
    ],
    ids=[
        *('garbage', 'list', 'empty object', 'number', 'number as text', 'text as calls'),
        *('half a call', 'many calls', 'error', 'no UTF-8', 'endless line', 'half', 'nothing'),
    ],
)
def test_an_answer_of_another_shape_is_an_error(server, openai_engine, parts, complaint):
    server.add(Reply(parts=tuple(parts)))
    with pytest.raises(EngineError) as caught:
        answered(openai_engine)
    assert complaint in str(caught.value)
    assert len(str(caught.value)) < 500
    server.add(text_reply('fine'))
    assert answered(openai_engine)[0].text == 'fine'


def test_a_page_is_not_taken_for_an_answer(server, openai_engine):
    server.add(Reply(parts=(b'<html>Welcome</html>',), content_type='text/html'))
    with pytest.raises(EngineError, match='answered with text/html instead of a stream'):
        answered(openai_engine)


def test_a_page_as_an_error_is_not_shown(server, openai_engine):
    server.add(Reply(parts=(b'<html>Oh no</html>',), content_type='text/html', status=502))
    with pytest.raises(EngineError, match="answered 502, 'an HTML page'"):
        answered(openai_engine)


def test_a_connection_that_breaks_off_is_an_error(server, openai_engine):
    server.add(Reply(parts=(event({'content': 'Hel'}),), breaks_off=True))
    with pytest.raises(EngineError, match='broke'):
        answered(openai_engine)


def test_redirects_are_not_followed(server, openai_engine, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with OpenAiServer([text_reply('stolen')]) as other:
        server.add(Reply(status=307, headers={'Location': f'{other.base_url}/chat/completions'}))
        with pytest.raises(EngineError, match='sends everybody to'):
            answered(openai_engine)
        assert other.requests == []


def test_a_server_that_is_ready_is_no_obstacle(openai_engine):
    assert openai_engine.obstacle() == ''


def test_a_server_without_a_model_is_an_obstacle():
    with OpenAiServer(models=()) as server:
        engine = OpenAiEngine(base_url=server.base_url)
        assert 'lists no model' in engine.obstacle()
        with pytest.raises(EngineError, match='lists no model'):
            answered(engine)
        engine.close()
        named = OpenAiEngine(base_url=server.base_url, model='mine')
        assert named.obstacle() == ''
        named.close()


def test_no_server_is_an_obstacle():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
    engine = OpenAiEngine(base_url=f'http://127.0.0.1:{port}/v1')
    assert 'cannot be reached' in engine.obstacle()
    engine.close()


def test_a_server_that_says_nothing_is_an_obstacle():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        engine = OpenAiEngine(base_url=f'http://127.0.0.1:{listener.getsockname()[1]}/v1')
        assert 'did not answer within 2 s' in engine.obstacle()
        engine.close()


@pytest.mark.parametrize(
    'url',
    [
        '',
        'localhost:8080',
        'ftp://a',
        'http://',
        'http://a:b',
        'http://u:p@a/v1',
        'http://a/v1?k=1',
    ],
)
def test_an_address_that_is_none_is_an_obstacle(url):
    engine = OpenAiEngine(base_url=url)
    assert 'http://localhost:11434/v1' in engine.obstacle()
    with pytest.raises(EngineError):
        answered(engine)
    engine.close()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        'choices',
                        'delta',
                        'content',
                        'tool_calls',
                        'function',
                        'index',
                        'usage',
                        'error',
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
@settings(deadline=None)
def test_any_chunk_is_taken_or_refused(chunk):
    completion = Completion()
    with contextlib.suppress(ChunkError):
        assert isinstance(completion.feed(json.dumps(chunk)), str)
    assert isinstance(completion.calls, tuple)
