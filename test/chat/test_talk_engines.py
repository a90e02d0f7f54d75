"""Which engine answers a turn, and what is said when one fails; a server as the engine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bbia_sim_ros.chat.openai_engine import OpenAiEngine
from bbia_sim_ros.chat.selection import COMMANDS
from bbia_sim_ros.chat.selection import OPENAI
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.talk import CANCELLED
from support.openai_server import OpenAiServer
from support.openai_server import Reply as ServerReply
from support.openai_server import error_reply
from support.openai_server import raw_event
from support.openai_server import text_reply
from support.openai_server import tool_reply
from support.scripted_engine import Scripted
from support.scripted_engine import ScriptedEngine
from support.scripted_engine import call
from support.talking import DEADLINE_S
from support.talking import Case
from support.waiting import wait_until


def test_without_an_engine_there_is_no_answer_but_the_reason() -> None:
    case = Case()
    case.engine.reason = 'no model in that folder; fetch it'
    reply = case.say('Why is the sky so blue today?')
    assert (reply.success, reply.text, case.pieces) == (False, '', [])
    assert reply.message == (
        'no chat engine can answer: transformers: no model in that folder; fetch it'
    )
    assert case.memory.names == ()


def test_commands_alone_say_that_they_understood_nothing() -> None:
    reply = Case(wanted=COMMANDS).say('Why is the sky so blue today?')
    assert not reply.success
    assert "set engine to 'auto'" in reply.message


def test_auto_asks_the_next_engine_when_one_fails_before_it_began() -> None:
    server = ScriptedEngine(OPENAI, Scripted(error='HTTP 500'))
    case = Case(Scripted(('Here I am.',)), others=(server,))
    reply = case.say('Why is the sky so blue today?')
    assert (reply.success, reply.engine, reply.text) == (True, TRANSFORMERS, 'Here I am.')
    assert reply.notices == ('openai could not answer: HTTP 500',)
    assert case.talk.selection.report().obstacles == {OPENAI: 'HTTP 500'}


@pytest.mark.parametrize(
    'script',
    [Scripted(('Half an',), error='reset'), Scripted((), (call('stop', {}),))],
)
def test_auto_asks_no_other_engine_once_something_has_happened(script: Scripted) -> None:
    server = ScriptedEngine(OPENAI, script, Scripted(error='reset'))
    case = Case(Scripted(('Unheard.',)), others=(server,))
    reply = case.say('Why is the sky so blue today?')
    assert (reply.success, reply.text, reply.message) == (False, '', 'reset')
    assert case.engine.prompts == []
    assert case.memory.names == ()


def test_a_named_engine_that_fails_is_not_replaced() -> None:
    other = ScriptedEngine(OPENAI, Scripted(('Unheard.',)))
    case = Case(Scripted(error='out of memory'), others=(other,), wanted=TRANSFORMERS)
    reply = case.say('Why is the sky so blue today?')
    assert (reply.success, reply.message, reply.engine) == (False, 'out of memory', TRANSFORMERS)
    assert other.prompts == []


def test_when_every_engine_fails_every_reason_is_told() -> None:
    server = ScriptedEngine(OPENAI, Scripted(error='HTTP 500'))
    case = Case(Scripted(error='out of memory'), others=(server,))
    message = case.say('Why is the sky so blue today?').message
    assert 'openai: HTTP 500' in message
    assert 'transformers: out of memory' in message


def test_an_empty_answer_is_a_failure_unless_tools_were_used() -> None:
    case = Case(Scripted(), wanted=TRANSFORMERS)
    assert 'empty answer' in case.say('Why?').message
    case = Case(Scripted((), (call('stop', {}),)), Scripted(('[happy]',)))
    reply = case.say('Why is the sky so blue today?')
    assert (reply.success, reply.text, reply.emotion) == (True, '', 'happy')
    assert reply.notices == ('the model used tools and said nothing',)


@pytest.fixture
def remote(server: OpenAiServer) -> Iterator[OpenAiEngine]:
    engine = OpenAiEngine(base_url=server.base_url)
    yield engine
    engine.close()


def test_a_server_moves_the_robot_and_tells_of_it(
    server: OpenAiServer, remote: OpenAiEngine
) -> None:
    server.add(
        tool_reply(('look', {'direction': 'right', 'degrees': 20}), ('look', {'direction': 'x'})),
        text_reply('I looked', ' right. ', '[cur', 'ious]'),
    )
    case = Case(others=(remote,))
    reply = case.say('Could there be a cat on your right side?')
    assert (reply.success, reply.text, reply.engine) == (True, 'I looked right.', OPENAI)
    assert (reply.emotion, reply.tools) == ('curious', ('look', 'look'))
    assert case.robot.names == ['go_to']
    first, second = (request.body for request in server.requests)
    assert {tool['function']['name'] for tool in first['tools']} == {
        spec.name for spec in case.toolbox.specs
    }
    done, refused = second['messages'][-2:]
    assert (done['role'], done['content']) == ('tool', 'done')
    assert refused['content'].startswith('failed: direction is "x"; allowed: left, right')


@pytest.mark.parametrize(
    'answer',
    [
        error_reply(503, 'overloaded'),
        ServerReply(parts=(raw_event('{"choices": [[['),)),
        ServerReply(parts=(b'<html>garbage</html>',), content_type='text/html'),
    ],
)
def test_a_server_that_answers_garbage_gives_a_reason(
    server: OpenAiServer, remote: OpenAiEngine, answer: ServerReply
) -> None:
    server.add(answer)
    reply = Case(others=(remote,), wanted=OPENAI).say('Why is the sky so blue today?')
    assert (reply.success, reply.text, reply.engine) == (False, '', OPENAI)
    assert reply.message


def test_a_silent_server_can_be_cancelled_or_runs_out_of_time(
    server: OpenAiServer, remote: OpenAiEngine, threads: ThreadPoolExecutor
) -> None:
    silent = ServerReply(parts=text_reply('Once').parts[:2], hang=True)
    server.add(silent, silent)
    case = Case(others=(remote,), wanted=OPENAI)
    late = case.say('Why is the sky so blue today?', deadline_s=0.5)
    assert not late.success
    assert late.message
    case.pieces.clear()
    turn = threads.submit(case.say, 'Why is the sky so blue today?')
    wait_until(lambda: case.pieces, 'the first piece')
    case.cancelled.set()
    assert turn.result(DEADLINE_S).message == CANCELLED
    assert case.memory.names == ()
