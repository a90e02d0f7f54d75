"""A behavior that fails, hangs, floods or will not end is ended alone, and the robot is still."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Iterator

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.performance import EndKind
from support.fake_port import FakePort
from support.toy_behaviors import Blocking
from support.toy_behaviors import Stubborn
from support.waiting import wait_until


@pytest.fixture
def blocked() -> Iterator[None]:
    """`Blocking` blocks until the test is over."""
    Blocking.released = threading.Event()
    yield
    Blocking.released.set()


def assert_still(theatre) -> None:
    """Nothing is begun any more, and the next behavior runs."""
    assert not theatre.robot.unfinished
    assert all(port.released() for port in theatre.robot.ports)
    ending = theatre.ending_of(theatre.run('bow'))
    assert (ending.kind, ending.message) == (EndKind.DONE, 'bowed 1 times')


def test_a_raise_is_reported_with_type_text_and_place(theatre) -> None:
    ending = theatre.ending_of(theatre.run('broken'))
    assert ending.kind is EndKind.FAILED
    assert not ending.success
    assert "KeyError: 'no such thing' (toy_behaviors.py:" in ending.message
    assert_still(theatre)


def test_an_endless_loop_without_waits_is_ended(theatre) -> None:
    performance = theatre.run('spinning')
    ending = theatre.ending_of(performance)
    assert ending.kind is EndKind.HUNG
    assert 'it did not wait for 1 s, in toy_behaviors.py:' in ending.message
    assert theatre.director.lost == 0
    assert_still(theatre)


def test_a_loop_of_empty_waits_is_ended(theatre) -> None:
    ending = theatre.ending_of(theatre.run('empty_waits'))
    assert ending.kind is EndKind.HUNG
    assert 'it did not wait for 1 s' in ending.message
    assert_still(theatre)


def test_an_endless_loop_can_be_cancelled_before_the_guard_finds_it(make_theatre) -> None:
    theatre = make_theatre(hang_timeout=60.0)
    performance = theatre.run('spinning')
    wait_until(lambda: theatre.robot.unfinished, 'it has begun')
    theatre.director.cancel(performance)
    ending = theatre.ending_of(performance)
    assert (ending.kind, ending.message) == (EndKind.CANCELLED, 'it was cancelled')
    assert_still(theatre)


def test_a_blocked_thread_is_given_up_and_the_robot_is_free(theatre, blocked) -> None:
    ending = theatre.ending_of(theatre.run('blocking'))
    assert ending.kind is EndKind.HUNG
    assert 'could not be ended and computes in vain' in ending.message
    assert theatre.director.lost == 1
    assert_still(theatre)
    Blocking.released.set()
    wait_until(lambda: theatre.director.lost == 0, 'the thread ends when it can')


def test_with_too_many_lost_threads_nothing_is_begun(make_theatre, blocked) -> None:
    theatre = make_theatre(lost_threads_max=1)
    theatre.ending_of(theatre.run('blocking'))
    with pytest.raises(BehaviorError, match='start the node again'):
        theatre.director.start('bow')
    Blocking.released.set()
    wait_until(lambda: theatre.director.lost == 0, 'the thread ends when it can')
    assert_still(theatre)


def test_one_that_goes_on_when_it_is_cancelled_has_no_robot_any_more(theatre) -> None:
    Stubborn.cancelled.clear()
    performance = theatre.run('stubborn')
    wait_until(lambda: theatre.robot.orders, 'it moves')
    theatre.director.cancel(performance)
    assert theatre.ending_of(performance).kind is EndKind.CANCELLED
    orders = len(theatre.robot.orders)
    assert len(Stubborn.cancelled) > 1
    assert_still(theatre)
    assert theatre.robot.names[orders:] == ['go_to', 'go_to']


def test_a_flood_is_ended_even_if_it_is_hidden(theatre) -> None:
    ending = theatre.ending_of(theatre.run('flooding'))
    assert ending.kind is EndKind.FLOODED
    assert 'more than 100 times within a second' in ending.message
    assert_still(theatre)


def test_a_course_that_takes_too_long_is_ended(theatre) -> None:
    ending = theatre.ending_of(theatre.run('short'))
    assert ending.kind is EndKind.TIMED_OUT
    assert 'its limit of 0.1 s' in ending.message
    assert_still(theatre)


def test_the_node_bounds_what_a_behavior_allows_itself(make_theatre) -> None:
    theatre = make_theatre(time_limit_max=1.0)
    ending = theatre.ending_of(theatre.run('wait'))
    assert (ending.kind, ending.message) == (
        EndKind.TIMED_OUT,
        'it took longer than its limit of 1 s',
    )


def test_leaving_the_process_ends_the_behavior_alone(theatre) -> None:
    ending = theatre.ending_of(theatre.run('quitting'))
    assert ending.kind is EndKind.FAILED
    assert 'SystemExit: 3 (toy_behaviors.py:' in ending.message
    assert_still(theatre)


def test_a_course_has_to_return_a_sentence(theatre) -> None:
    ending = theatre.ending_of(theatre.run('silent'))
    assert ending.kind is EndKind.FAILED
    assert 'run returned None, but a sentence is needed' in ending.message


def test_what_a_course_leaves_behind_is_ended_with_it(theatre) -> None:
    assert theatre.ending_of(theatre.run('littering')).success
    assert [order.outcome for order in theatre.robot.orders_of('emotion')] == ['cancelled']
    assert_still(theatre)


def test_the_refusal_of_the_robot_is_the_reason(theatre) -> None:
    theatre.robot.refuse_at = 0
    ending = theatre.ending_of(theatre.run('bow'))
    assert (ending.kind, ending.message) == (EndKind.REFUSED, 'go_to is refused by the test')


def test_without_an_event_loop_it_fails_and_the_next_one_runs(theatre, monkeypatch) -> None:
    with monkeypatch.context() as exhausted:
        exhausted.setattr(asyncio, 'SelectorEventLoop', _no_loop)
        ending = theatre.ending_of(theatre.run('bow'))
    assert ending.kind is EndKind.FAILED
    assert 'Too many open files' in ending.message
    assert_still(theatre)


def _no_loop(_: object) -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.mark.parametrize(
    ('name', 'done'), [('bow', True), ('broken', False), ('short', False), ('littering', True)]
)
def test_the_robot_is_told_whether_the_course_came_to_its_end(theatre, name, done) -> None:
    theatre.ending_of(theatre.run(name))
    assert [port.done for port in theatre.robot.ports] == [done]


def test_a_robot_that_does_not_confirm_is_not_waited_for_for_ever(theatre, monkeypatch) -> None:
    monkeypatch.setattr(FakePort, 'released', lambda self: False)
    ending = theatre.ending_of(theatre.run('bow'))
    assert ending.success
    assert 'the robot did not confirm that it has stopped' in ending.message
