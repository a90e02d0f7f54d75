"""A node's models in ROS: status, services, diagnostics, and a clean end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from support.model_owner_node import toy_owner
from support.models import OK
from support.models import WARN
from support.models import Models
from support.ros import Probe
from support.ros import probe
from support.waiting import is_running
from support.waiting import wait_until

LOADED_B = 50_000_000


@pytest.fixture
def models(ros_probe: Probe) -> Models:
    return Models(ros_probe)


def test_a_model_is_loaded_and_unloaded_by_service_and_everybody_is_told(models: Models) -> None:
    with toy_owner({'name': 'one', 'options': {'allocate_b': LOADED_B}}):
        first = models.wait('toys/one', state='unloaded')
        assert (first.owner, first.engine, first.memory_mb) == ('toys', 'toy', 0.0)
        assert (first.idle_left, first.progress) == (-1.0, -1.0)
        answer = models.load('toys/one')
        assert answer.success, answer.message
        ready = models.wait('toys/one', state='ready', loads=1)
        assert ready.device == 'cpu'
        assert 0.0 < ready.idle_left <= 300.0
        models.wait_memory('toys/one', LOADED_B / 1e6)
        models.wait_diagnosis('toys', OK, '1 of 1 loaded')
        assert models.unload('toys/one').success
        gone = models.wait('toys/one', state='unloaded')
        assert (gone.memory_mb, gone.evictions, gone.loads) == (0.0, 0, 1)


def test_who_comes_late_gets_the_newest_status_of_every_model(models: Models) -> None:
    with toy_owner({'name': 'quiet'}, {'name': 'lively'}):
        models.wait('toys/quiet', state='unloaded')
        for _ in range(3):
            assert models.load('toys/lively').success
            assert models.unload('toys/lively').success
        assert models.load('toys/lively').success
        models.wait('toys/lively', state='ready', loads=4)
        with probe() as late:
            seen = Models(late)
            seen.wait('toys/quiet', state='unloaded')
            seen.wait('toys/lively', state='ready', loads=4)
            assert {status.name for status in seen.statuses} == {'quiet', 'lively'}


def test_loading_does_not_hold_up_the_node_and_shows_how_far_it_is(
    models: Models, tmp_path: Path
) -> None:
    go = tmp_path / 'go'
    with toy_owner({'name': 'slow', 'options': {'wait_for': str(go)}}, {'name': 'quick'}):
        models.wait('toys/slow', state='unloaded')
        pending = models.begin(LoadModel, 'toys/load_model', LoadModel.Request(name='slow'))
        half = models.wait('toys/slow', state='loading', progress=0.5)
        assert half.stage == 'halfway'
        assert models.load('toys/quick').success
        assert not pending.done()
        go.touch()
        wait_until(pending.done, 'the answer')
        assert pending.result().success
        assert models.wait('toys/slow', state='ready').progress == -1.0


@pytest.mark.parametrize('name', ['', 'none/such', 'nobody'])
def test_an_unknown_model_is_refused_naming_the_known_ones(models: Models, name: str) -> None:
    with toy_owner({'name': 'one'}):
        models.wait('toys/one', state='unloaded')
        for answer in (models.load(f'toys/{name}'), models.unload(f'toys/{name}')):
            assert not answer.success
            assert "'one'" in answer.message
        models.wait_diagnosis('toys', WARN, 'refused: ')


def test_a_load_that_fails_is_reported_and_tried_again_only_on_demand(
    models: Models, tmp_path: Path
) -> None:
    weights = tmp_path / 'weights'
    with toy_owner({'name': 'broken', 'options': {'fails': str(weights)}}):
        models.wait('toys/broken', state='unloaded')
        answer = models.load('toys/broken')
        assert not answer.success
        assert 'is not a model' in answer.message
        assert 'is not a model' in models.wait('toys/broken', state='failed').error
        models.wait_diagnosis('toys', WARN, 'is not a model')
        weights.touch()
        assert models.load('toys/broken').success
        assert models.wait('toys/broken', state='ready').error == ''
        models.wait_diagnosis('toys', WARN, 'refused')  # for a while


def test_a_busy_model_is_refused_or_goes_when_it_has_finished(
    models: Models, tmp_path: Path
) -> None:
    with toy_owner({'name': 'one'}, folder=tmp_path):
        models.wait('toys/one', state='unloaded')
        models.work('toys/one')
        assert models.status('toys/one').last_use.sec > 0
        refused = models.unload('toys/one')
        assert not refused.success
        assert 'busy' in refused.message
        pending = models.begin(
            UnloadModel, 'toys/unload_model', UnloadModel.Request(name='one', when_idle=True)
        )
        (tmp_path / 'one').touch()
        wait_until(pending.done, 'the answer')
        assert pending.result().success
        models.wait('toys/one', state='unloaded', evictions=0)


def test_an_eviction_is_counted_and_refused_for_a_pinned_model(models: Models) -> None:
    with toy_owner({'name': 'one'}, {'name': 'dear', 'pinned': True}):
        models.wait('toys/dear', state='unloaded', pinned=True)
        assert models.load('toys/one').success
        assert models.load('toys/dear').success
        assert models.unload('toys/one', eviction=True).success
        models.wait('toys/one', state='unloaded', evictions=1)
        refused = models.unload('toys/dear', eviction=True)
        assert not refused.success
        assert 'pinned' in refused.message
        assert models.wait('toys/dear', state='ready').idle_left == -1.0
        assert models.unload('toys/dear').success


def test_an_idle_model_goes_after_its_time_and_the_limits_can_change_while_it_runs(
    models: Models,
) -> None:
    with toy_owner({'name': 'one'}, model_check_period=0.1):
        models.wait('toys/one', state='unloaded')
        assert models.load('toys/one').success
        models.wait('toys/one', state='ready')
        answer = models.set('toys', 'model_inactivity_timeout', 0.5)
        assert answer.successful, answer.reason
        models.wait('toys/one', state='unloaded', evictions=1)
        assert not models.set('toys', 'model_inactivity_timeout', -1.0).successful


def test_the_least_recently_used_model_goes_for_one_too_many(models: Models) -> None:
    with toy_owner({'name': 'one'}, {'name': 'two'}, max_models=1):
        models.wait('toys/two', state='unloaded')
        assert models.load('toys/one').success
        assert models.load('toys/two').success
        models.wait('toys/one', state='unloaded', evictions=1)
        models.wait('toys/two', state='ready')


def test_a_killed_process_of_a_model_is_an_error_that_is_told(
    models: Models, tmp_path: Path
) -> None:
    pids = tmp_path / 'pids'
    with toy_owner({'name': 'one', 'options': {'note': str(pids)}}):
        models.wait('toys/one', state='unloaded')
        assert models.load('toys/one').success
        os.kill(int(pids.read_text()), signal.SIGKILL)
        wait_until(lambda: models.status('toys/one').error, 'the error')
        models.wait_diagnosis('toys', WARN, "'one'")
        assert models.load('toys/one').success
        models.wait('toys/one', state='ready', loads=2)


@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGTERM])
def test_the_end_of_the_node_leaves_no_process_and_answers_who_waits(
    models: Models, tmp_path: Path, how: signal.Signals
) -> None:
    pids = tmp_path / 'pids'
    options = {'note': str(pids), 'wait_for': str(tmp_path / 'never')}
    with toy_owner({'name': 'one', 'options': options}) as process:
        models.wait('toys/one', state='unloaded')
        pending = models.begin(LoadModel, 'toys/load_model', LoadModel.Request(name='one'))
        models.wait('toys/one', state='loading', progress=0.5)
        assert process.stop(how) == 0
        wait_until(pending.done, 'the answer')
        assert not pending.result().success
        assert 'Traceback' not in process.output
        assert not any(is_running(int(line)) for line in pids.read_text().split())
