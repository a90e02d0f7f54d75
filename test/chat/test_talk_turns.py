"""Turns that wait for each other, are cancelled or stopped, or run out of time."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.chat.selection import COMMANDS
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.talk import CANCELLED
from bbia_sim_ros.chat.talk import STOPPED
from support.scripted_engine import Scripted
from support.scripted_engine import call
from support.talking import DEADLINE_S
from support.talking import Case
from support.waiting import wait_until


def test_a_cancelled_answer_leaves_no_trace(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('Once upon',), waits=True), Scripted(('Hello.',)))
    turn = threads.submit(case.say, 'Tell me a long story about the sea.')
    assert case.engine.waiting.wait(DEADLINE_S)
    case.cancelled.set()
    reply = turn.result(DEADLINE_S)
    assert (reply.success, reply.text, reply.message) == (False, '', CANCELLED)
    assert case.pieces == ['Once upon']
    assert case.memory.names == ()
    case.cancelled.clear()
    assert case.say('Who are you, and why?').text == 'Hello.'
    assert case.roles() == ['user', 'assistant']


def test_a_cancellation_stops_the_motion_under_way(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted((), (call('look', {'direction': 'up'}), call('stop', {}, 2))))
    case.robot.blocking = 'go_to'
    turn = threads.submit(case.say, 'Why is the sky so blue today?')
    assert case.robot.begun.wait(DEADLINE_S)
    case.cancelled.set()
    assert turn.result(DEADLINE_S).message == CANCELLED
    assert case.robot.names == ['go_to']


def test_turns_of_one_conversation_come_one_after_the_other(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('One.',), waits=True), Scripted(('Two.',)))
    first = threads.submit(case.say, 'Why is the sky so blue today?')
    assert case.engine.waiting.wait(DEADLINE_S)
    second = threads.submit(case.say, 'And why is the grass green?')
    wait_until(lambda: case.talk.turns == 2, 'the second turn waits')
    assert len(case.engine.prompts) == 1
    case.engine.go.set()
    assert first.result(DEADLINE_S).text == 'One.'
    assert second.result(DEADLINE_S).text == 'Two.'
    assert case.engine.prompts[1][2].content == 'One.'


def test_more_turns_than_may_wait_are_refused(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('x',), waits=True), Scripted(('x',)), waiting_turns=1)
    turns: list[Future[Reply]] = [threads.submit(case.say, 'Why is the sky so blue today?')]
    assert case.engine.waiting.wait(DEADLINE_S)
    turns.append(threads.submit(case.say, 'And why is the grass green?'))
    wait_until(lambda: case.talk.turns == 2, 'the second turn waits')
    refused = case.say('And who are you?')
    assert not refused.success
    assert '1 texts wait' in refused.message
    case.engine.go.set()
    assert all(turn.result(DEADLINE_S).success for turn in turns)


def test_another_conversation_does_not_wait(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('One.',), waits=True), Scripted(('Two.',)))
    first = threads.submit(case.say, 'Why is the sky so blue today?', 'a')
    assert case.engine.waiting.wait(DEADLINE_S)
    assert case.say('And why is the grass green?', 'b').text == 'Two.'
    case.engine.go.set()
    assert first.result(DEADLINE_S).success


def test_a_turn_that_waits_can_be_cancelled_or_run_out_of_time(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('One.',), waits=True))
    first = threads.submit(case.say, 'Why is the sky so blue today?')
    assert case.engine.waiting.wait(DEADLINE_S)
    late = case.say('And why is the grass green?', deadline_s=0.1)
    assert late.message == 'no answer within 0.1 s: the answers before it took all the time'
    given_up = threading.Event()
    given_up.set()
    reply = case.talk.reply(
        'hi', on_token=case.pieces.append, cancelled=given_up, deadline_s=DEADLINE_S
    )
    assert reply.message == CANCELLED
    case.engine.go.set()
    assert first.result(DEADLINE_S).success


def test_stop_does_not_wait_and_ends_the_turns_of_all_conversations(
    threads: ThreadPoolExecutor,
) -> None:
    case = Case(Scripted((), (call('look', {'direction': 'up'}), call('move', {}, 2))))
    case.robot.blocking = 'go_to'
    moving = threads.submit(case.reply_with_own_event, 'Why is the sky so blue today?', 'a')
    assert case.robot.begun.wait(DEADLINE_S)
    waiting = threads.submit(case.reply_with_own_event, 'And why is the grass green?', 'a')
    wait_until(lambda: case.talk.turns == 2, 'the second turn waits')
    reply = case.say('stop', 'b')
    assert (reply.success, reply.engine, reply.tools) == (True, COMMANDS, ('stop',))
    assert moving.result(DEADLINE_S).message == STOPPED
    assert waiting.result(DEADLINE_S).message == STOPPED
    assert sorted(case.robot.names) == ['go_to', 'stop']
    assert case.memory.names == ('b',)


def test_stop_is_obeyed_whatever_engine_is_chosen() -> None:
    case = Case(wanted=TRANSFORMERS)
    assert case.say('arrête').tools == ('stop',)
    assert case.engine.prompts == []


def test_stop_ends_nothing_where_it_is_not_allowed(threads: ThreadPoolExecutor) -> None:
    case = Case(Scripted(('One.',), waits=True), allowed=('look',))
    first = threads.submit(case.reply_with_own_event, 'Why is the sky so blue today?', 'a')
    assert case.engine.waiting.wait(DEADLINE_S)
    assert 'stop is not allowed here' in case.say('stop', 'b').text
    case.engine.go.set()
    assert first.result(DEADLINE_S).text == 'One.'


def test_tools_that_take_all_the_time_end_the_turn() -> None:
    case = Case(Scripted((), (call('stop', {}),)))
    case.robot.order_s = 0.2
    reply = case.say('Why is the sky so blue today?', deadline_s=0.1)
    assert reply.message == 'no answer within 0.1 s: the tools that were called took all the time'


def test_the_time_before_the_first_token_is_not_counted() -> None:
    stop = Scripted((), (call('stop', {}),), first_token_s=500.0)
    case = Case(stop, Scripted(('Done.',)))
    assert case.say('Why is the sky so blue today?', deadline_s=10.0).success
    first, second = case.engine.deadlines
    assert first <= 10.0
    assert 490.0 < second <= 510.0
