"""A load serves all who wait for it; one that fails says why, and is tried again on demand."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelBusyError
from bbia_sim_ros.models.errors import ModelLoadError
from bbia_sim_ros.models.errors import UnknownModelError
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from support.toy_pool import ANSWER_S
from support.toy_pool import ask
from support.toy_pool import loaded
from support.toy_pool import state_of
from support.toy_pool import toy
from support.waiting import is_running
from support.waiting import wait_until


def test_one_loading_serves_all_who_wait(make_pool, tmp_path: Path) -> None:
    note, gate = tmp_path / 'note', tmp_path / 'gate'
    pool = make_pool()
    pool.add(toy('a', note=str(note), wait_for=str(gate)))
    calls = [pool.request('a', 'echo', {'value': i}, deadline_s=ANSWER_S) for i in range(5)]
    loads = [pool.load('a') for _ in range(3)]
    wait_until(note.exists, 'the beginning of the loading')
    with pytest.raises(ModelBusyError):
        pool.unload('a').result(ANSWER_S)
    gate.touch()
    assert [call.result(ANSWER_S) for call in calls] == list(range(5))
    assert [load.result(ANSWER_S) for load in loads] == [None] * 3
    assert len(note.read_text(encoding='utf-8').splitlines()) == 1


def test_progress_is_told_while_loading(make_pool, tmp_path: Path) -> None:
    gate = tmp_path / 'gate'
    seen: list[ModelSnapshot] = []
    pool = make_pool(on_change=seen.append)
    pool.add(toy('a', wait_for=str(gate)))
    wait_until(lambda: seen and seen[0].state is ModelState.UNLOADED, 'the new model')
    ready = pool.load('a')
    told = wait_until(lambda: [s for s in seen if s.stage == 'halfway'], 'progress')
    assert told[0].state is ModelState.LOADING
    assert told[0].progress == 0.5
    gate.touch()
    ready.result(ANSWER_S)
    wait_until(lambda: seen[-1].state is ModelState.READY and seen[-1].memory_b, 'the end')
    assert (seen[-1].stage, seen[-1].progress) == ('', -1.0)


def test_progress_is_told_ten_times_a_second_at_most(make_pool) -> None:
    seen: list[ModelSnapshot] = []
    pool = make_pool(on_change=seen.append)
    begun = time.monotonic()
    pool.add(toy('a', steps=2000))
    pool.load('a').result(ANSWER_S)
    wait_until(lambda: seen[-1].memory_b, 'the last change')
    assert len(seen) <= 1 + (time.monotonic() - begun) / 0.1


def test_a_failed_load_is_reported_and_tried_again_on_demand_only(
    make_pool, tmp_path: Path
) -> None:
    note, weights = tmp_path / 'note', tmp_path / 'weights'
    pool = make_pool(check_period_s=0.01)
    pool.add(toy('a', note=str(note), fails=str(weights)))
    requests = [pool.request('a', 'pid', deadline_s=ANSWER_S) for _ in range(2)] + [pool.load('a')]
    for request in requests:
        with pytest.raises(
            ModelLoadError, match=r"'a' cannot be loaded: ValueError: .*not a model"
        ):
            request.result(ANSWER_S)
    snapshot = state_of(pool, 'a')
    assert snapshot.state is ModelState.FAILED
    assert 'is not a model' in snapshot.error
    assert 'Traceback' not in snapshot.error
    with pytest.raises(ModelLoadError):
        ask(pool, 'a', 'pid')
    assert len(note.read_text(encoding='utf-8').splitlines()) == 2
    weights.touch()
    ask(pool, 'a', 'pid')
    snapshot = state_of(pool, 'a')
    assert (snapshot.state, snapshot.error, snapshot.loads) == (ModelState.READY, '', 1)


@pytest.mark.parametrize(
    ('given', 'reason'),
    [
        ({'kind': 'Needy'}, "ModuleNotFoundError: No module named 'a_lib.*'; install what"),
        ({'kind': 'Nothing'}, 'AttributeError'),
        ({'fails': 'memory'}, 'MemoryError: .*memory is short: choose a smaller model'),
        ({'fails': 'exit'}, 'its process ended with exit code 3: the weights are damaged'),
        ({'colour': 'red'}, "TypeError: .*unexpected keyword argument 'colour'"),
        ({'environment': {'A': 'b\0'}}, 'its process cannot be started: embedded null byte'),
        ({'note': lambda: None}, 'ValueError: a value cannot be sent between processes'),
        ({'wait_for': '/nowhere', 'load_timeout_s': 0.3}, 'it was not loaded within 0.3 s'),
    ],
)
def test_why_a_load_failed_is_told(make_pool, given: dict[str, Any], reason: str) -> None:
    pool = make_pool()
    pool.add(toy('a', **given))
    with pytest.raises(ModelLoadError, match=rf"'a' cannot be loaded: {reason}"):
        pool.load('a').result(ANSWER_S)
    assert not loaded(pool)


def test_a_changed_specification_replaces_the_model_after_its_work(
    make_pool, tmp_path: Path
) -> None:
    gate, note = tmp_path / 'gate', tmp_path / 'note'
    pool = make_pool('a')
    working = pool.request('a', 'until', {'path': str(gate)}, deadline_s=ANSWER_S)
    wait_until(lambda: state_of(pool, 'a').state is ModelState.BUSY, 'work')
    pool.add(toy('a', note=str(note)))
    assert not note.exists()
    gate.touch()
    working.result(ANSWER_S)
    process = ask(pool, 'a', 'pid')
    assert note.read_text(encoding='utf-8').split() == [str(process)]


def test_the_same_specification_changes_nothing(make_pool) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    pool.add(toy('a'))
    assert ask(pool, 'a', 'pid') == process


def test_a_new_specification_makes_a_failure_forgotten(make_pool) -> None:
    pool = make_pool()
    pool.add(toy('a', fails='memory'))
    with pytest.raises(ModelLoadError):
        pool.load('a').result(ANSWER_S)
    pool.add(toy('a'))
    assert (state_of(pool, 'a').state, state_of(pool, 'a').error) == (ModelState.UNLOADED, '')
    assert ask(pool, 'a', 'pid')


def test_a_removed_model_is_unknown_and_its_process_gone(make_pool, tmp_path: Path) -> None:
    pool = make_pool('a', 'b')
    process = ask(pool, 'a', 'pid')
    working = pool.request('a', 'until', {'path': str(tmp_path / 'x')}, deadline_s=ANSWER_S)
    pool.remove('a')
    with pytest.raises(CancelledError, match="'a' was removed"):
        working.result(ANSWER_S)
    wait_until(lambda: not is_running(process), 'its end')
    with pytest.raises(UnknownModelError, match=r"tests has no model 'a'; it has 'b'"):
        pool.request('a', 'pid', deadline_s=1.0)
