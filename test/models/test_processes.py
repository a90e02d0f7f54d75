"""Worker processes: their crashes are errors, their ends are complete, their memory comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import support
from bbia_sim_ros.models.errors import ModelCrashError
from bbia_sim_ros.models.memory import tree_uss_b
from bbia_sim_ros.models.spec import ModelState
from support.toy_pool import ANSWER_S
from support.toy_pool import ask
from support.toy_pool import children
from support.toy_pool import state_of
from support.toy_pool import toy
from support.waiting import is_running
from support.waiting import wait_until

WEIGHTS_B = 500_000_000
RETURN_S = 2.0
CYCLES = 100
GROWTH_B = 1_000_000


def with_support() -> dict[str, str]:
    """Return an environment in which a process finds what the tests find."""
    folders = [str(Path(support.__file__).parents[1]), *filter(None, sys.path)]
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(folders)}


@pytest.mark.parametrize(
    ('method', 'arguments', 'cause'),
    [
        ('die', {}, r'its process was killed by signal 9 \(Killed\), as the kernel does when mem'),
        (
            'leave',
            {'complaint': 'out of paper'},
            'ended with exit code 7: out of paper',
        ),
        ('crash', {}, r'its process was killed by signal 11 \(Segmentation fault\)'),
    ],
)
def test_a_crash_at_work_is_an_error_and_the_next_use_gets_a_fresh_process(
    make_pool, method: str, arguments: dict[str, str], cause: str
) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    crashing = pool.request('a', method, arguments, deadline_s=ANSWER_S)
    queued = pool.request('a', 'pid', deadline_s=ANSWER_S)
    with pytest.raises(ModelCrashError, match=f"'a' crashed: .*{cause}"):
        crashing.result(ANSWER_S)
    assert not is_running(process)
    assert queued.result(ANSWER_S) != process
    assert state_of(pool, 'a').error == ''


def test_a_crash_at_rest_is_noted_and_the_next_use_gets_a_fresh_process(make_pool) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: state_of(pool, 'a').state is ModelState.FAILED, 'the note')
    assert 'killed by signal 9' in state_of(pool, 'a').error
    assert ask(pool, 'a', 'pid') != process


def test_an_unloaded_process_is_gone_with_its_children_and_leaves_no_zombie(make_pool) -> None:
    pool = make_pool('a')
    before = children()
    process, child = ask(pool, 'a', 'pid'), ask(pool, 'a', 'start_child')
    pool.unload('a').result(ANSWER_S)
    assert not Path(f'/proc/{process}').exists()
    assert children() == before
    wait_until(lambda: not is_running(child), 'the end of the child')


def test_the_children_of_a_crashed_process_end_too(make_pool) -> None:
    pool = make_pool('a')
    child = ask(pool, 'a', 'start_child')
    with pytest.raises(ModelCrashError):
        ask(pool, 'a', 'die')
    wait_until(lambda: not is_running(child), 'the end of the child')


def test_a_process_that_does_not_end_by_itself_is_killed(make_pool) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    os.kill(process, signal.SIGSTOP)
    pool.unload('a').result(ANSWER_S)
    assert not Path(f'/proc/{process}').exists()


def test_what_a_model_writes_never_blocks_it(make_pool) -> None:
    assert ask(make_pool('a'), 'a', 'chatter', lines=20_000) == 20_000


def test_ctrl_c_is_not_for_the_worker(make_pool) -> None:
    pool = make_pool('a')
    process = ask(pool, 'a', 'pid')
    os.kill(process, signal.SIGINT)
    assert ask(pool, 'a', 'pid') == process
    assert os.getpgid(process) == process


def test_a_worker_has_its_environment_and_no_ros(make_pool) -> None:
    pool = make_pool()
    pool.add(toy('a', environment={'TOY_COLOUR': 'red'}))
    assert ask(pool, 'a', 'environment', name='TOY_COLOUR') == 'red'
    assert not {'rclpy', 'torch', 'numpy', 'mujoco'} & set(ask(pool, 'a', 'modules'))


@pytest.mark.parametrize('at_work', [False, True], ids=['at rest', 'in a call that holds the GIL'])
def test_no_process_outlives_a_killed_parent(tmp_path: Path, at_work: bool) -> None:
    trace = tmp_path / 'trace'
    owner = subprocess.Popen(
        [sys.executable, '-m', 'support.toy_owner', str(trace) if at_work else ''],
        env=with_support(),
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        family = json.loads(owner.stdout.readline())
        if at_work:
            wait_until(trace.exists, 'work')
        assert all(map(is_running, family))
        owner.kill()
        wait_until(lambda: not any(map(is_running, family)), 'the end of all')


def test_the_memory_of_a_model_comes_back(make_pool) -> None:
    pool = make_pool()
    pool.add(toy('a', allocate_b=WEIGHTS_B))
    before = tree_uss_b(os.getpid())
    pool.load('a').result(ANSWER_S)
    grown = tree_uss_b(os.getpid()) - before
    assert grown > WEIGHTS_B
    told = wait_until(lambda: state_of(pool, 'a').memory_b, 'what it takes')
    assert abs(told - grown) < 0.05 * grown
    pool.unload('a').result(RETURN_S)
    assert tree_uss_b(os.getpid()) - before < 0.05 * grown


def test_a_hundred_loads_and_unloads_leave_nothing_behind() -> None:
    run = subprocess.run(
        [sys.executable, '-m', 'support.pool_cycles', str(CYCLES)],
        env=with_support(),
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    left = json.loads(run.stdout)
    assert left['loads'] == CYCLES
    assert left['growth_b'] < GROWTH_B
