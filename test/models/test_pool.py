"""Models are loaded when asked for, and go when idle, least recently used first."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import ModelBusyError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.errors import ModelLoadError
from bbia_sim_ros.models.errors import QueueFullError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.spec import ModelState
from support.toy_pool import ANSWER_S
from support.toy_pool import ask
from support.toy_pool import loaded
from support.toy_pool import state_of
from support.toy_pool import toy
from support.waiting import is_running
from support.waiting import wait_until


def test_a_model_is_loaded_on_first_use_and_stays(make_pool) -> None:
    pool = make_pool('a')
    assert state_of(pool, 'a').state is ModelState.UNLOADED
    first = ask(pool, 'a', 'pid')
    snapshot = state_of(pool, 'a')
    assert snapshot.state is ModelState.READY
    assert (snapshot.pid, snapshot.loads, snapshot.device) == (first, 1, 'cpu')
    assert ask(pool, 'a', 'pid') == first
    assert wait_until(lambda: state_of(pool, 'a').memory_b, 'its memory') > 1_000_000


def test_the_least_recently_used_goes_first(make_pool) -> None:
    pool = make_pool('a', 'b', 'c', 'd', max_models=3)
    for name in ('a', 'b', 'c', 'a'):
        ask(pool, name, 'pid')
    ask(pool, 'd', 'pid')
    assert loaded(pool) == {'a', 'c', 'd'}
    assert state_of(pool, 'b').evictions == 1
    ask(pool, 'b', 'pid')
    assert loaded(pool) == {'a', 'd', 'b'}


def test_any_sequence_of_uses_keeps_the_last_ones(make_pool) -> None:
    pool = make_pool('a', 'b', 'c', 'd', max_models=2)
    expected: list[str] = []
    for name in random.Random(5).choices('abcd', k=15):
        ask(pool, name, 'pid')
        expected = [*(other for other in expected if other != name), name][-2:]
        assert loaded(pool) == set(expected)


def test_looking_at_a_model_is_no_use_of_it(make_pool) -> None:
    pool = make_pool('a', 'b', 'c', max_models=2)
    ask(pool, 'a', 'pid')
    used = state_of(pool, 'a').last_use_s
    ask(pool, 'b', 'pid')
    assert state_of(pool, 'a').last_use_s == used
    ask(pool, 'c', 'pid')
    assert loaded(pool) == {'b', 'c'}


def test_a_pinned_model_stays(make_pool) -> None:
    pool = make_pool('b', 'c', max_models=2, inactivity_timeout_s=0.01, check_period_s=0.01)
    pool.add(toy('a', pinned=True))
    pinned = ask(pool, 'a', 'pid')
    for name in ('b', 'c'):
        ask(pool, name, 'pid')
        wait_until(lambda: loaded(pool) == {'a'}, 'the other to go')
    assert state_of(pool, 'a').idle_left_s == -1.0
    with pytest.raises(ModelBusyError, match=r"'a' is not unloaded: it is pinned"):
        pool.unload('a', eviction=True).result(ANSWER_S)
    assert ask(pool, 'a', 'pid') == pinned
    pool.unload('a').result(ANSWER_S)
    assert not loaded(pool)


def test_a_load_is_refused_when_only_pinned_models_are_in_the_way(make_pool) -> None:
    pool = make_pool('b', max_models=1)
    pool.add(toy('a', pinned=True))
    ask(pool, 'a', 'pid')
    with pytest.raises(ModelBusyError, match=r"no room for 'b': all 1 models \(max_models\) are"):
        ask(pool, 'b', 'pid')
    pool.limits = PoolLimits(max_models=2)
    ask(pool, 'b', 'pid')


def test_an_idle_model_is_unloaded(make_pool) -> None:
    pool = make_pool('a', inactivity_timeout_s=0.05, check_period_s=0.01)
    process = ask(pool, 'a', 'pid')
    wait_until(lambda: state_of(pool, 'a').state is ModelState.UNLOADED, 'the unloading')
    assert not is_running(process)
    snapshot = state_of(pool, 'a')
    assert (snapshot.evictions, snapshot.memory_b, snapshot.pid) == (1, 0, 0)
    assert ask(pool, 'a', 'pid') != process
    assert state_of(pool, 'a').loads == 2


def test_a_timeout_of_0_never_unloads(make_pool) -> None:
    pool = make_pool('a', 'b', inactivity_timeout_s=0.0, check_period_s=0.01)
    process = ask(pool, 'a', 'pid')
    assert state_of(pool, 'a').idle_left_s == -1.0
    ask(pool, 'b', 'pid')
    # Checks come meanwhile.
    wait_until(lambda: state_of(pool, 'a').memory_b, 'a check')
    assert ask(pool, 'a', 'pid') == process
    pool.limits = PoolLimits(inactivity_timeout_s=0.01, check_period_s=0.01)
    wait_until(lambda: not loaded(pool), 'the new limits to hold')


def test_a_busy_model_is_never_unloaded(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    pool = make_pool('a', 'b', 'c', max_models=2, inactivity_timeout_s=0.01, check_period_s=0.005)
    working = pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    wait_until(lambda: state_of(pool, 'a').state is ModelState.BUSY, 'work')
    for name in ('b', 'c', 'b'):
        ask(pool, name, 'pid')
        wait_until(lambda: loaded(pool) == {'a'}, 'the idle one to go')
    gate.touch()
    assert working.result(ANSWER_S) == str(gate)
    assert state_of(pool, 'a').loads == 1


def test_a_load_waits_until_a_busy_model_is_idle(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    pool = make_pool('a', 'b', 'c', max_models=1)
    working = pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    wait_until(lambda: state_of(pool, 'a').state is ModelState.BUSY, 'work')
    with pytest.raises(DeadlineError, match=r"'b' found no room to be loaded within 0.05 s.*max_m"):
        pool.request('b', 'pid', deadline_s=0.05).result(ANSWER_S)
    waiting = pool.request('c', 'pid', deadline_s=ANSWER_S)
    gate.touch()
    working.result(ANSWER_S)
    waiting.result(ANSWER_S)
    assert loaded(pool) == {'c'}


def test_fewer_places_let_idle_models_go_at_once(make_pool) -> None:
    pool = make_pool('a', 'b', 'c')
    for name in ('c', 'a', 'b'):
        ask(pool, name, 'pid')
    pool.limits = PoolLimits(max_models=1)
    wait_until(lambda: loaded(pool) == {'b'}, 'the older ones to go')


def test_a_full_queue_refuses_and_counts_the_one_in_work(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    pool = make_pool('a', queue_size=3)
    calls = [pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S) for _ in range(3)]
    with pytest.raises(QueueFullError, match=r"'a' has 3 requests, and at most 3 \(queue_size\)"):
        pool.request('a', 'pid', deadline_s=ANSWER_S)
    calls[2].cancel()
    last = pool.request('a', 'pid', deadline_s=ANSWER_S)
    gate.touch()
    assert last.result(ANSWER_S)


def test_a_busy_model_is_unloaded_when_idle_if_asked(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    pool = make_pool('a')
    first = ask(pool, 'a', 'pid')
    working = pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    queued = pool.request('a', 'pid', deadline_s=ANSWER_S)
    with pytest.raises(ModelBusyError, match='it is busy'):
        pool.unload('a').result(ANSWER_S)
    unloading = pool.unload('a', when_idle=True)
    after = pool.request('a', 'pid', deadline_s=ANSWER_S)
    assert not unloading.done()
    gate.touch()
    assert unloading.result(ANSWER_S) is None
    assert working.done()
    assert queued.result(ANSWER_S) == first
    assert after.result(ANSWER_S) != first


def test_unloading_what_is_not_loaded_is_no_failure(make_pool) -> None:
    pool = make_pool('a')
    pool.add(toy('b', fails='memory'))
    assert pool.unload('a').result(ANSWER_S) is None
    with pytest.raises(ModelLoadError):
        pool.load('b').result(ANSWER_S)
    pool.unload('b').result(ANSWER_S)
    snapshot = state_of(pool, 'b')
    assert (snapshot.state, snapshot.error) == (ModelState.UNLOADED, '')


def test_closing_ends_everything(make_pool) -> None:
    pool = make_pool('a', 'b', 'c')
    idle = ask(pool, 'a', 'pid')
    busy = ask(pool, 'b', 'pid')
    working = pool.request('b', 'deaf', deadline_s=ANSWER_S)
    pool.load('c')
    pool.close()
    assert not is_running(idle)
    assert not is_running(busy)
    with pytest.raises(CancelledError, match='the models of tests close'):
        working.result(0)
    with pytest.raises(ModelError, match='the models of tests are closed'):
        pool.request('a', 'pid', deadline_s=1.0)


@pytest.mark.parametrize('deadline_s', [0.0, -1.0, float('nan'), float('inf')])
def test_a_deadline_is_a_time(make_pool, deadline_s: float) -> None:
    with pytest.raises(ValueError, match=r'deadline_s is .*; it is a number of seconds above 0'):
        make_pool('a').request('a', 'pid', deadline_s=deadline_s)


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('max_models', 0),
        ('max_models', True),
        ('queue_size', 1.5),
        ('max_message_b', -1),
        ('check_period_s', 0.0),
        ('unload_timeout_s', float('inf')),
        ('inactivity_timeout_s', -1.0),
        ('inactivity_timeout_s', float('nan')),
    ],
)
def test_limits_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f'{name} is {value!r}; it is a'):
        PoolLimits(**{name: value})
