"""One behavior at a time has the body; others preempt it, wait, or are refused."""

from __future__ import annotations

import random
import sys
import threading
from contextlib import suppress
from itertools import pairwise

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import TooMany
from bbia_sim_ros.behaviors.errors import UnknownBehavior
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.performance import EndKind
from bbia_sim_ros.behaviors.performance import Phase
from bbia_sim_ros.behaviors.robot import Part
from support.waiting import wait_until


def test_a_behavior_runs_to_its_end(theatre) -> None:
    performance = theatre.run('bow', '{"times": 3}')
    ending = theatre.ending_of(performance)
    assert ending.success
    assert ending.message == 'bowed 3 times'
    assert theatre.robot.names == ['go_to'] * 6
    wait_until(lambda: theatre.told and theatre.told[-1].state == 'idle', 'it is idle again')
    assert theatre.told[-1].last_end == 'bow: bowed 3 times'


def test_its_steps_are_told(theatre) -> None:
    performance = theatre.at_work('wait')
    wait_until(lambda: any(status.stage for status in theatre.told), 'a stage is told')
    status = theatre.director.status
    assert (status.state, status.name, status.stage) == ('running', 'wait', 'waits')
    assert (status.priority, status.progress) == (100, -1.0)
    theatre.director.cancel(performance)


def test_unknown_names_and_wrong_parameters_are_refused(theatre) -> None:
    with pytest.raises(UnknownBehavior, match='alarm, blocking, bow,'):
        theatre.director.start('bowl')
    with pytest.raises(WrongParameters, match='times is 11'):
        theatre.director.start('bow', '{"times": 11}')
    with pytest.raises(WrongParameters, match=r'priority is 256; it is 0\.\.255'):
        theatre.director.start('bow', priority=256)
    assert theatre.robot.ports == []


def test_a_missing_part_refuses_with_the_reason(theatre) -> None:
    theatre.robot.parts.discard(Part.MOTION)
    with pytest.raises(MissingPart, match='bow cannot be started: there is no motion; start it'):
        theatre.director.start('bow')
    listed = {one.entry.name: one.obstacle for one in theatre.director.listing()}
    assert listed['bow'] == 'there is no motion; start it'
    assert listed['alarm'] == ''
    assert [one.entry.name for one in theatre.director.listing('bro')] == ['broken']


def test_cancelling_stops_everything(theatre) -> None:
    performance = theatre.at_work('wait')
    wait_until(lambda: theatre.robot.unfinished, 'it follows')
    theatre.director.cancel(performance, 'enough')
    ending = theatre.ending_of(performance)
    assert (ending.kind, ending.message) == (EndKind.CANCELLED, 'enough')
    assert not theatre.robot.unfinished
    theatre.director.cancel(performance)
    assert performance.ending is ending


def test_one_of_the_same_priority_waits(theatre) -> None:
    first = theatre.at_work('wait')
    second = theatre.director.start('bow')
    wait_until(lambda: theatre.director.status.queue == ('bow',), 'it waits')
    assert (second.phase, second.stage) == (Phase.WAITING, 'waits for wait')
    theatre.director.cancel(first)
    assert theatre.ending_of(second).success


def test_those_that_wait_begin_by_priority_then_in_turn(theatre) -> None:
    first = theatre.at_work('wait', priority=220)
    for name, priority in (('bow', 100), ('twice', 100), ('alarm', 0), ('guard', 0)):
        theatre.director.start(name, priority=priority)
    assert theatre.director.status.queue == ('alarm', 'bow', 'twice', 'guard')
    theatre.director.cancel(first)
    wait_until(lambda: theatre.director.status.name == 'alarm', 'the alarm begins')


def test_one_that_waits_can_be_cancelled(theatre) -> None:
    theatre.at_work('wait')
    waiting = theatre.director.start('bow')
    theatre.director.cancel(waiting, 'never mind')
    assert theatre.ending_of(waiting).message == 'never mind'
    assert theatre.director.status.queue == ()


def test_too_many_are_refused_and_told_what_is_before_them(make_theatre) -> None:
    theatre = make_theatre(queue_size=1)
    theatre.at_work('wait')
    theatre.director.start('bow')
    with pytest.raises(TooMany, match=r'wait, bow are before it.*a priority above 100'):
        theatre.director.start('twice')
    theatre.run('bow', priority=101)


@pytest.mark.parametrize(
    ('idle_life', 'running', 'priority'), [(False, '', 0), (True, '', 0), (False, 'wait', 150)]
)
def test_a_burst_is_bounded_whatever_runs(make_theatre, idle_life, running, priority) -> None:
    theatre = make_theatre(idle_life=idle_life, idle_after=0.5)
    if idle_life:
        wait_until(lambda: theatre.idles, 'idle life')
    if running:
        theatre.at_work(running)
    taken, refused = [], []
    for _ in range(50):
        try:
            taken.append(theatre.director.start('wait', priority=priority))
        except TooMany as error:
            refused.append(str(error))
    # One that is next, and those that may wait.
    assert len(taken) == 1 + 4
    assert len(refused) == 45
    assert all('wait cannot wait: wait, wait, wait, wait' in message for message in refused)
    theatre.director.cancel_all()
    for performance in taken:
        theatre.ending_of(performance)


def test_a_higher_priority_preempts_and_the_preempted_one_ends(theatre) -> None:
    first = theatre.at_work('wait')
    alarm = theatre.run('alarm')
    ending = theatre.ending_of(first)
    assert (ending.kind, ending.message) == (EndKind.PREEMPTED, 'preempted by alarm')
    (following,) = theatre.robot.orders_of('following')
    assert following.outcome in {'released', 'cancelled'}
    theatre.director.cancel(alarm)
    theatre.ending_of(alarm)
    assert theatre.director.status.name == ''


def test_a_preempted_one_resumes_if_it_declares_so(theatre) -> None:
    guard = theatre.at_work('guard')
    assert theatre.ending_of(theatre.run('bow')).success
    wait_until(lambda: guard.stage == 'guards for the 2. time', 'it goes on with what it kept')
    assert guard.phase is Phase.RUNNING
    assert guard.ending is None
    theatre.director.cancel(guard)
    assert theatre.ending_of(guard).kind is EndKind.CANCELLED


def test_a_preempted_one_can_be_cancelled_while_it_waits(theatre) -> None:
    guard = theatre.at_work('guard')
    other = theatre.at_work('wait')
    assert theatre.director.status.queue == ('guard',)
    assert guard.stage == 'preempted by wait'
    theatre.director.cancel(guard)
    assert theatre.ending_of(guard).kind is EndKind.CANCELLED
    theatre.director.cancel(other)
    theatre.ending_of(other)
    assert theatre.director.status.state == 'idle'


def test_one_that_resumes_comes_before_its_equals(theatre) -> None:
    guard = theatre.at_work('guard')
    equal = theatre.director.start('bow', priority=50)
    theatre.ending_of(theatre.run('bow', priority=60))
    wait_until(lambda: guard.stage == 'guards for the 2. time', 'it goes on')
    assert equal.phase is Phase.WAITING


def test_preemption_goes_on_over_many_levels(theatre) -> None:
    guards = [theatre.at_work('guard', priority=priority) for priority in (20, 30, 40)]
    assert theatre.director.status.queue == ('guard', 'guard')
    for guard in reversed(guards):
        wait_until(lambda guard=guard: guard.phase is Phase.RUNNING, 'its turn')
        theatre.director.cancel(guard)
        theatre.ending_of(guard)


def test_a_part_that_went_away_refuses_one_that_waited(theatre) -> None:
    first = theatre.at_work('wait')
    waiting = theatre.director.start('bow')
    theatre.robot.parts.discard(Part.MOTION)
    theatre.director.cancel(first)
    ending = theatre.ending_of(waiting)
    assert ending.kind is EndKind.REFUSED
    assert 'there is no motion' in ending.message


def test_a_behavior_may_run_another_as_its_part(theatre) -> None:
    assert theatre.ending_of(theatre.run('twice')).success
    assert theatre.robot.names == ['go_to'] * 4
    theatre.robot.parts.discard(Part.MOTION)
    ending = theatre.ending_of(theatre.run('twice'))
    assert (ending.kind, ending.message) == (
        EndKind.REFUSED,
        'bow cannot be run: there is no motion; start it',
    )


def test_everything_can_be_cancelled_at_once(theatre) -> None:
    running = [theatre.at_work('guard'), theatre.at_work('wait')]
    performances = [*running, theatre.director.start('bow')]
    theatre.director.cancel_all('stop')
    endings = [theatre.ending_of(performance) for performance in performances]
    assert [(ending.kind, ending.message) for ending in endings] == [
        (EndKind.CANCELLED, 'stop')
    ] * 3
    wait_until(lambda: theatre.director.status.state == 'idle', 'nothing runs')


def test_closing_ends_everything_and_refuses_the_rest(theatre) -> None:
    performance = theatre.at_work('wait')
    theatre.director.close()
    assert performance.ending is not None
    assert performance.ending.message == 'the node ends'
    assert not theatre.robot.unfinished
    with pytest.raises(BehaviorError, match='the node ends'):
        theatre.director.start('bow')


@pytest.mark.parametrize('seed', range(3))
def test_whatever_is_asked_in_any_order_one_has_the_body_and_all_end(make_theatre, seed) -> None:
    theatre = make_theatre(queue_size=3)
    chance = random.Random(seed)
    asked = []
    for _ in range(40):
        if asked and chance.random() < 0.5:
            theatre.director.cancel(chance.choice(asked))
        else:
            name = chance.choice(['bow', 'guard', 'wait', 'alarm', 'broken', 'littering'])
            with suppress(TooMany):
                asked.append(theatre.director.start(name, priority=chance.randrange(256)))
        asked[-1].ended.wait(chance.uniform(0.0, 0.05))
    theatre.director.cancel_all()
    for performance in asked:
        theatre.ending_of(performance)
    wait_until(lambda: theatre.director.status.state == 'idle', 'nothing runs')
    assert not theatre.robot.unfinished
    spans = [port.span for port in theatre.robot.ports if port.span is not None]
    assert len(spans) > 1
    for sooner, later in pairwise(sorted(spans)):
        assert sooner[1] <= later[0]


def test_one_that_the_system_cannot_begin_is_refused_and_the_next_one_runs(
    theatre, monkeypatch
) -> None:
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, 'start', _no_thread)
        ending = theatre.ending_of(theatre.director.start('bow'))
    assert (ending.kind, ending.message) == (
        EndKind.REFUSED,
        "it cannot begin: can't start new thread",
    )
    assert theatre.robot.ports[0].released()
    assert theatre.ending_of(theatre.run('bow')).success


@pytest.mark.filterwarnings('ignore::pytest.PytestUnhandledThreadExceptionWarning')
def test_without_its_thread_it_takes_nothing(theatre, monkeypatch) -> None:
    assert theatre.director.alive
    monkeypatch.setattr(theatre.director, '_supervise', sys.exit)
    wait_until(lambda: not theatre.director.alive, 'its thread ends')
    with pytest.raises(BehaviorError, match=r'bow cannot be started: .* start the node again'):
        theatre.director.start('bow')


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
