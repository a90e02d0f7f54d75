"""The supervisor and processes that stand still: stuck, stopped, or never coming so far."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.heartbeat import ALONE_LIMIT_S
from bbia_sim_ros.heartbeat import PIPE_VARIABLE
from bbia_sim_ros.heartbeat import SWITCH_VARIABLE
from bbia_sim_ros.heartbeat import Heartbeat
from bbia_sim_ros.heartbeat import HeartbeatError
from support.waiting import DEADLINE_S
from support.waiting import wait_until

PROGRAM = Path(__file__).resolve().parents[1] / 'support' / 'supervised.py'
HANG_TIMEOUT_S = 0.6
BEATING = (
    'import ctypes, os, threading\n'
    'from bbia_sim_ros.heartbeat import Heartbeat\n'
    'from bbia_sim_ros.pulses import PULSES\n'
    'pause = threading.Event()\n'
    'heart = Heartbeat(os.environ, silent=lambda: PULSES.silent(0.5), alone_limit_s=2.0)\n'
    'def beat(times):\n'
    '    for _ in range(times):\n'
    '        heart.beat()\n'
    '        pause.wait(0.05)\n'
    'beat(1)\n'
    'restarts = os.environ.get("BBIA_RESTARTS", "none")\n'
    'print("restarts", restarts, os.environ.get("BBIA_LAST_END"), "pid", os.getpid(), flush=True)\n'
)
ONCE = BEATING + 'if restarts == "1": raise SystemExit(0)\n'
FOREVER = 10**9
STUCK = {
    'a wait': 'def stuck(): pause.wait()',
    "the interpreter's lock": 'def stuck():\n    while True: ctypes.PyDLL(None).pause()',
}
# A thread beside the one that beats.
LUNG = (
    'def stuck(pulse): pause.wait()\n'
    'def resting(pulse): pulse.rest(); pause.wait()\n'
    'def breathe(how):\n'
    '    with PULSES.watched("lung") as pulse:\n'
    '        how(pulse)\n'
    'def start(how): threading.Thread(target=breathe, args=(how,), daemon=True).start()\n'
)

Supervised = subprocess.Popen[bytes]
Start = Callable[..., Supervised]


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], str]:
    """Read what the supervisor has written so far."""
    return lambda: (tmp_path / 'log').read_text(encoding='utf-8')


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the supervisor on the process `one` with some code."""
    with ExitStack() as cleanup:

        def start(code: str, environment: dict[str, str] | None = None, **more: Any) -> Supervised:
            spec = {'name': 'one', 'code': code, 'hang_timeout_s': HANG_TIMEOUT_S, **more}
            with (tmp_path / 'log').open('wb') as log:
                process = subprocess.Popen(
                    [sys.executable, str(PROGRAM), json.dumps([spec])],
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **(environment or {})},
                )
            cleanup.callback(process.wait)
            cleanup.callback(process.kill)
            return process

        yield start


def announced_pid(log: Callable[[], str]) -> int:
    """Return the number of the process that is up."""
    wait_until(lambda: ' pid ' in log(), 'the process is up')
    return int(log().rpartition(' pid ')[2].split()[0])


def test_a_stopped_process_is_killed_and_started_again_and_told_why(
    start: Start, log: Callable[[], str]
) -> None:
    process = start(f'{ONCE}beat({FOREVER})', hang_timeout_s=DEADLINE_S)
    os.kill(announced_pid(log), signal.SIGSTOP)
    assert process.wait(DEADLINE_S) == 0
    assert 'one ended: was stopped by a signal for' in log()
    assert 'restarts 1 was stopped by a signal for' in log()


@pytest.mark.parametrize('how', STUCK)
def test_a_process_that_hangs_shows_where_and_is_started_again(
    start: Start, log: Callable[[], str], how: str
) -> None:
    process = start(f'{ONCE}{STUCK[how]}\nstuck()')
    assert process.wait(DEADLINE_S) == 0
    assert 'one ended: hangs, silent for' in log()
    assert 'in stuck' in log()


def test_a_process_one_of_whose_threads_hangs_names_it_and_is_started_again(
    start: Start, log: Callable[[], str]
) -> None:
    process = start(f'{ONCE}{LUNG}start(stuck)\nbeat({FOREVER})', hang_timeout_s=DEADLINE_S)
    assert process.wait(DEADLINE_S) == 0
    assert "one ended: hangs, its thread 'lung' silent for" in log()
    assert "restarts 1 hangs, its thread 'lung' silent for" in log()
    assert 'in stuck' in log()


def test_a_thread_that_says_that_it_rests_may_do_so(start: Start, log: Callable[[], str]) -> None:
    process = start(f'{BEATING}{LUNG}start(resting)\nbeat(30)')
    assert process.wait(DEADLINE_S) == 0
    assert 'ended' not in log()


def test_a_process_that_hangs_again_and_again_is_given_up(
    start: Start, log: Callable[[], str]
) -> None:
    process = start(f'{BEATING}pause.wait()', hang_timeout_s=0.3, max_restarts=1)
    assert process.wait(DEADLINE_S) == 1
    assert log().count('restarts ') == 2
    assert 'not started again' in log()


def test_a_process_that_never_begins_to_turn_is_given_its_time_and_killed(
    start: Start, log: Callable[[], str]
) -> None:
    process = start('import signal; signal.pause()', start_timeout_s=0.5, max_restarts=0)
    assert process.wait(DEADLINE_S) == 1
    assert 'has not begun to turn for' in log()


def test_a_slow_start_and_a_slow_end_are_no_hang(start: Start, log: Callable[[], str]) -> None:
    slow = f'import time; time.sleep({2 * HANG_TIMEOUT_S})\n'
    process = start(f'{slow}{BEATING}heart.close()\n{slow}')
    assert process.wait(DEADLINE_S) == 0
    assert 'ended' not in log()


@pytest.mark.parametrize('still', [f'pause.wait({2 * HANG_TIMEOUT_S})', 'start(stuck)\nbeat(30)'])
def test_what_is_debugged_may_stand_still(start: Start, log: Callable[[], str], still: str) -> None:
    process = start(f'{BEATING}{LUNG}{still}', {SWITCH_VARIABLE: 'off'})
    assert process.wait(DEADLINE_S) == 0
    assert 'ended' not in log()


def test_a_computer_that_slept_wakes_up_with_the_same_processes(
    start: Start, log: Callable[[], str]
) -> None:
    supervisor = start(f'{BEATING}beat({FOREVER})')
    child = announced_pid(log)
    supervisor.send_signal(signal.SIGSTOP)
    os.kill(child, signal.SIGSTOP)
    woken_at = time.monotonic() + 2 * HANG_TIMEOUT_S
    wait_until(lambda: time.monotonic() > woken_at, 'the morning')
    supervisor.send_signal(signal.SIGCONT)
    os.kill(child, signal.SIGCONT)
    again_at = time.monotonic() + 2 * HANG_TIMEOUT_S
    wait_until(lambda: time.monotonic() > again_at, 'that a hang would have been noticed')
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(DEADLINE_S) == 0
    assert log().count('restarts none') == 1
    assert 'one ended' not in log()


@pytest.mark.parametrize('how', STUCK)
def test_without_a_supervisor_a_process_that_hangs_shows_where_and_ends(how: str) -> None:
    done = subprocess.run(
        [sys.executable, '-c', f'{BEATING}{STUCK[how]}\nstuck()'],
        capture_output=True,
        timeout=ALONE_LIMIT_S,
        check=False,
    )
    assert done.returncode == 1
    assert b'in stuck' in done.stderr


def test_without_a_supervisor_a_process_one_of_whose_threads_hangs_names_it_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, '-c', f'{BEATING}{LUNG}start(stuck)\nbeat({FOREVER})'],
        capture_output=True,
        timeout=ALONE_LIMIT_S,
        check=False,
    )
    assert done.returncode == 1
    assert b"hangs, its thread 'lung' silent for" in done.stderr
    assert b'in stuck' in done.stderr


@pytest.mark.parametrize('still', ['pause.wait(4.0)', 'start(stuck)\nbeat(30)'])
def test_without_a_supervisor_too_what_is_debugged_may_stand_still(still: str) -> None:
    code = f'{BEATING}{LUNG}{still}'
    environment = {**os.environ, SWITCH_VARIABLE: 'off'}
    subprocess.run([sys.executable, '-c', code], check=True, env=environment, timeout=DEADLINE_S)


@pytest.mark.parametrize('number', ['no number', '99999'])
def test_a_pipe_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(HeartbeatError, match=f'{PIPE_VARIABLE} is {number!r}'):
        Heartbeat({PIPE_VARIABLE: number}, silent=str)
