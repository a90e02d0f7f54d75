"""The openai engine against a real server on this computer that answers from a script."""

from __future__ import annotations

import json
import threading

import pytest

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.openai_engine import OpenAiEngine
from support.answers import DEADLINE_S
from support.answers import HELLO
from support.answers import LOOK
from support.answers import SHORT
from support.answers import answered
from support.openai_server import MODEL
from support.openai_server import Reply
from support.openai_server import error_reply
from support.openai_server import event
from support.openai_server import text_reply
from support.openai_server import tool_reply


def test_an_answer_streams(server, openai_engine):
    usage = {'prompt_tokens': 11, 'completion_tokens': 3}
    server.add(text_reply('Bon', 'jour', ' à toi 🤖', usage=usage))
    answer, pieces = answered(openai_engine)
    assert pieces == ['Bon', 'jour', ' à toi 🤖']
    assert answer.text == 'Bonjour à toi 🤖'
    assert (answer.prompt_tokens, answer.tokens, answer.model) == (11, 3, MODEL)
    assert not answer.cut
    assert 0.0 < answer.first_token_s <= answer.total_s


def test_the_request_has_the_shape_of_the_interface(server, openai_engine):
    server.add(text_reply('Done.'))
    call = ToolCall(id='call_1', name='look', arguments={'direction': 'à gauche'}, raw='')
    bad = ToolCall(id='call_2', name='', arguments=None, raw='{')
    messages = (
        Message(role='system', content='Tu es un robot.'),
        *HELLO,
        Message(role='assistant', content='', tool_calls=(call, bad)),
        Message(role='tool', content='done', tool_call_id='call_1'),
        Message(role='tool', content='no JSON', tool_call_id='call_2'),
    )
    answered(
        openai_engine, messages, [LOOK], Sampling(max_tokens=7, temperature=0.5, top_p=0.8, seed=3)
    )
    body = server.requests[0].body
    assert body['model'] == MODEL
    assert body['stream'] is True
    assert [body[name] for name in ('max_tokens', 'temperature', 'top_p', 'seed')] == [
        7,
        0.5,
        0.8,
        3,
    ]
    assert body['tools'] == [
        {
            'type': 'function',
            'function': {
                'name': 'look',
                'description': 'Look somewhere.',
                'parameters': LOOK.parameters,
            },
        }
    ]
    assert [message['role'] for message in body['messages']] == [
        *('system', 'user', 'assistant', 'tool', 'tool')
    ]
    first, second = body['messages'][2]['tool_calls']
    assert json.loads(first['function']['arguments']) == {'direction': 'à gauche'}
    assert second['function'] == {'name': 'unknown', 'arguments': '{}'}
    assert body['messages'][3]['tool_call_id'] == first['id'] == 'call_1'


def test_tool_calls_are_joined_from_their_pieces(server, openai_engine):
    server.add(tool_reply(('look', {'direction': 'left'}), ('stop', {}), ('say', '{"text": "a')))
    answer, pieces = answered(openai_engine, tools=[LOOK])
    assert pieces == []
    assert [(call.name, call.arguments) for call in answer.tool_calls] == [
        ('look', {'direction': 'left'}),
        ('stop', {}),
        ('say', None),
    ]
    assert answer.tool_calls[2].raw == '{"text": "a'
    assert len({call.id for call in answer.tool_calls}) == 3
    assert answer.first_token_s > 0.0


def test_markup_that_a_server_passes_on_is_read(server, openai_engine):
    call = '<tool_call>{"name": "look", "arguments": {"direction": "up"}}</tool_call>'
    server.add(text_reply('<think>hm</think>\n', 'Yes.', call[:15], call[15:]))
    answer, pieces = answered(openai_engine)
    assert ''.join(pieces) == answer.text == 'Yes.'
    assert answer.tool_calls[0].arguments == {'direction': 'up'}


def test_the_length_of_an_answer_may_cut_it(server, openai_engine):
    server.add(text_reply('Once', finish_reason='length'))
    assert answered(openai_engine)[0].cut


def test_an_endless_answer_is_interrupted(server, openai_engine):
    server.add(Reply(parts=(event({'content': 'for ever and '}),), endless=True))
    answer, _ = answered(openai_engine, sampling=Sampling(max_tokens=100))
    assert answer.cut
    assert len(answer.text) < 100 * 20
    assert 'interrupted' in answer.notices[0]
    assert server.left.wait(DEADLINE_S)


def test_fields_that_a_server_does_not_know_are_left_out_from_then_on(server, openai_engine):
    server.add(
        error_reply(400, 'Unrecognized request argument supplied: chat_template_kwargs'),
        error_reply(400, "Use 'max_completion_tokens' instead of 'max_tokens'"),
        text_reply('one'),
        text_reply('two'),
    )
    assert [answered(openai_engine)[0].text for _ in range(2)] == ['one', 'two']
    assert 'chat_template_kwargs' in server.requests[0].body
    for request in server.requests[2:]:
        assert 'chat_template_kwargs' not in request.body
        assert 'max_tokens' not in request.body
        assert request.body['max_completion_tokens'] == SHORT.max_tokens


def test_proxies_are_not_used_for_this_computer(server, openai_engine, monkeypatch):
    for name in ('http_proxy', 'HTTP_PROXY', 'all_proxy'):
        monkeypatch.setenv(name, 'http://127.0.0.1:1')
    monkeypatch.delenv('no_proxy', raising=False)
    server.add(text_reply('direct'))
    assert answered(openai_engine)[0].text == 'direct'


def test_a_silent_server_can_be_cancelled(server, openai_engine):
    server.add(Reply(hang=True))
    cancelled = threading.Event()
    timer = threading.Timer(0.1, cancelled.set)
    timer.start()
    with pytest.raises(AnswerCancelledError):
        answered(openai_engine, cancelled=cancelled)
    assert server.left.wait(DEADLINE_S)


def test_nothing_is_shown_after_a_cancellation(server, openai_engine):
    server.add(text_reply('one', 'two', 'three'))
    cancelled = threading.Event()
    pieces = []

    def stop(piece):
        pieces.append(piece)
        cancelled.set()

    with pytest.raises(AnswerCancelledError):
        answered(openai_engine, on_text=stop, cancelled=cancelled)
    assert pieces == ['one']


def test_a_silent_server_is_left_at_the_deadline(server, openai_engine):
    server.add(Reply(parts=(event({'content': 'Hel'}),), hang=True))
    with pytest.raises(EngineError, match=r'within 0\.2 s'):
        answered(openai_engine, deadline_s=0.2)
    assert server.left.wait(DEADLINE_S)


def test_closing_ends_an_answer_under_way(server):
    engine = OpenAiEngine(base_url=server.base_url)
    server.add(Reply(parts=(event({'content': 'Hel'}),), hang=True))
    with pytest.raises(EngineError, match='closed'):
        answered(engine, on_text=lambda _: engine.close())
    with pytest.raises(EngineError, match='closed'):
        answered(engine)
    assert server.left.wait(DEADLINE_S)


def test_several_answers_come_at_once(server, openai_engine):
    server.add(Reply(parts=(event({'content': 'slow'}),), hang=True), text_reply('fast'))
    cancelled, first = threading.Event(), threading.Event()

    def ask():
        with pytest.raises(AnswerCancelledError):
            answered(openai_engine, on_text=lambda _: first.set(), cancelled=cancelled)

    slow = threading.Thread(target=ask)
    slow.start()
    assert first.wait(DEADLINE_S)
    assert answered(openai_engine)[0].text == 'fast'
    cancelled.set()
    slow.join(DEADLINE_S)
