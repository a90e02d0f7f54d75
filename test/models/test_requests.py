"""Requests end once: with an answer, or with an error that says what happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import RequestError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.request import Request
from bbia_sim_ros.models.spec import ModelState
from support.toy_pool import ANSWER_S
from support.toy_pool import ask
from support.toy_pool import state_of
from support.toy_pool import toy
from support.waiting import is_running
from support.waiting import wait_until


@pytest.fixture(scope='module')
def lasting_pool() -> Iterator[ModelPool]:
    """A pool for several tests, with a low limit for messages."""
    pool = ModelPool(owner='tests', limits=PoolLimits(max_message_b=2_000_000))
    pool.add(toy('a'))
    yield pool
    pool.close()


def test_items_come_in_order_before_the_result(make_pool) -> None:
    items: list[int] = []
    request = make_pool('a').request(
        'a', 'count', {'to': 2000}, deadline_s=ANSWER_S, on_item=items.append
    )
    seen: list[int] = []
    request.add_done_callback(lambda done: seen.append(len(items)))
    assert request.result(ANSWER_S) == '2000 numbers'
    assert items == list(range(2000))
    wait_until(lambda: seen == [2000], 'the callback')


def test_the_result_may_be_waited_for_in_bits(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    request = make_pool('a').request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    with pytest.raises(DeadlineError, match=r"until of 'a' is not done within 0.01 s"):
        request.result(0.01)
    gate.touch()
    assert request.result(ANSWER_S) == str(gate)


def test_a_callback_may_ask_again(make_pool) -> None:
    pool = make_pool('a')
    answers: list[Any] = []
    done = threading.Event()

    def again(first: Request) -> None:
        second = pool.request('a', 'echo', {'value': first.result(0) + 1}, deadline_s=ANSWER_S)
        second.add_done_callback(lambda last: (answers.append(last.result(0)), done.set()))

    pool.request('a', 'echo', {'value': 1}, deadline_s=ANSWER_S).add_done_callback(again)
    assert done.wait(ANSWER_S)
    assert answers == [2]


@pytest.mark.parametrize(
    ('method', 'arguments', 'reason'),
    [
        ('refuse', {}, '^too hot$'),
        ('break_down', {}, "^KeyError: 'nothing'$"),
        ('echo', {'other': 1}, "^TypeError: .*unexpected keyword argument 'other'"),
        ('nothing', {}, "^the model has no method 'nothing'; it has .*echo, "),
        ('__init__', {}, "^the model has no method '__init__'"),
        ('device', {}, "^the model has no method 'device'"),
        ('unsendable', {}, '^a value cannot be sent between processes: .*lambda'),
        ('foreign', {}, r'module_of_the_worker\.Foreign, which is unknown here: answer with arr'),
        ('echo', {'value': lambda: None}, '^a value cannot be sent between processes: .*lambda'),
        ('zeros', {'count': 2_000_001}, r'^a message of 2\.0 MB is too large, at most 2\.0 MB go'),
        ('echo', {'value': b'x' * 2_000_001}, r'^a message of 2\.0 MB is too large'),
    ],
)
def test_a_refused_request_leaves_the_model_loaded(
    lasting_pool: ModelPool, method: str, arguments: dict[str, Any], reason: str
) -> None:
    process = ask(lasting_pool, 'a', 'pid')
    with pytest.raises(RequestError, match=reason):
        ask(lasting_pool, 'a', method, **arguments)
    assert ask(lasting_pool, 'a', 'pid') == process


def test_a_cancelled_request_ends_at_once_and_stops_the_model(make_pool, tmp_path: Path) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    request = pool.request('a', 'until', {'path': str(tmp_path / 'never')}, deadline_s=ANSWER_S)
    wait_until(lambda: state_of(pool, 'a').state is ModelState.BUSY, 'work')
    request.cancel()
    with pytest.raises(CancelledError, match=r"until of 'a' was cancelled"):
        request.result(0)
    assert ask(pool, 'a', 'pid') == process


def test_a_cancelled_stream_stops(make_pool) -> None:
    pool = make_pool('a')
    items: list[int] = []
    request = pool.request('a', 'drip', deadline_s=ANSWER_S, on_item=items.append)
    wait_until(lambda: len(items) > 3, 'items')
    request.cancel()
    process = ask(pool, 'a', 'pid')
    count = len(items)
    assert ask(pool, 'a', 'pid') == process
    assert len(items) == count


def test_a_request_cancelled_while_it_waits_is_never_begun(make_pool, tmp_path: Path) -> None:
    gate, trace = tmp_path / 'gate', tmp_path / 'trace'
    pool = make_pool('a')
    working = pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    queued = pool.request('a', 'touch_then_be_deaf', {'path': str(trace)}, deadline_s=ANSWER_S)
    queued.cancel()
    gate.touch()
    working.result(ANSWER_S)
    ask(pool, 'a', 'pid')
    assert not trace.exists()


def test_cancelling_what_is_done_changes_nothing(make_pool) -> None:
    request = make_pool('a').request('a', 'echo', {'value': 5}, deadline_s=ANSWER_S)
    assert request.result(ANSWER_S) == 5
    request.cancel()
    assert request.result(0) == 5


def test_a_late_request_is_stopped_and_the_model_stays(make_pool, tmp_path: Path) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    request = pool.request('a', 'until', {'path': str(tmp_path / 'never')}, deadline_s=0.05)
    with pytest.raises(DeadlineError, match=r"'a' did not finish until within 0.05 s"):
        request.result(ANSWER_S)
    assert ask(pool, 'a', 'pid') == process


def test_loading_does_not_count_against_the_deadline(make_pool, tmp_path: Path) -> None:
    gate, note = tmp_path / 'gate', tmp_path / 'note'
    pool = make_pool()
    pool.add(toy('a', wait_for=str(gate), note=str(note)))
    begun = time.monotonic()
    request = pool.request('a', 'echo', {'value': 1}, deadline_s=0.5)
    wait_until(lambda: note.exists() and time.monotonic() > begun + 0.6, 'the deadline to pass')
    gate.touch()
    assert request.result(ANSWER_S) == 1


def test_a_model_that_ignores_its_deadline_is_killed(make_pool) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    request = pool.request('a', 'deaf', deadline_s=0.05)
    queued = pool.request('a', 'pid', deadline_s=ANSWER_S)
    with pytest.raises(
        DeadlineError, match=r'did not stop within 2 s after the deadline of 0.05 s'
    ):
        request.result(ANSWER_S)
    assert not is_running(process)
    assert queued.result(ANSWER_S) != process


def test_a_model_that_ignores_a_cancellation_is_killed(make_pool, tmp_path: Path) -> None:
    pool = make_pool('a')
    process, trace = ask(pool, 'a', 'pid'), tmp_path / 'trace'
    request = pool.request('a', 'touch_then_be_deaf', {'path': str(trace)}, deadline_s=ANSWER_S)
    wait_until(trace.exists, 'work')
    request.cancel()
    assert request.done()
    assert is_running(process)
    wait_until(lambda: not is_running(process), 'its end')
    wait_until(lambda: 'did not stop within 5 s after being' in state_of(pool, 'a').error, 'why')
    assert ask(pool, 'a', 'pid') != process


def test_large_arrays_come_and_go_by_shared_memory(make_pool) -> None:
    pool = make_pool('a')
    array = np.arange(1_000_000, dtype=np.float64).reshape(1000, 1000)
    assert ask(pool, 'a', 'total', array=array) == (float(array.sum()), True)
    back = ask(pool, 'a', 'echo', value={'rows': array, 'raw': bytes(array), 'few': array[0, :3]})
    np.testing.assert_array_equal(back['rows'], array)
    np.testing.assert_array_equal(back['few'], array[0, :3])
    assert back['raw'] == bytes(array)
    # A view of the mapping, and nobody else's.
    assert back['rows'].base is not None
    back['rows'][:] = 0.0
    assert array[-1, -1] == 999_999.0


def test_what_the_asker_fails_to_take_ends_the_request_alone(make_pool, caplog) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')

    def clumsy(item: int) -> None:
        raise LookupError(f'dropped {item}')

    request = pool.request('a', 'drip', deadline_s=ANSWER_S, on_item=clumsy)
    with pytest.raises(RequestError, match=r'LookupError: dropped 0'):
        request.result(ANSWER_S)
    assert 'what a sent was not taken' in caplog.text
    assert ask(pool, 'a', 'pid') == process
