"""The supervisor with real processes: crashes, limits, signals, orphans, log lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.cli.supervisor import LINE_LIMIT_B
from support.waiting import is_running
from support.waiting import wait_until

PROGRAM = Path(__file__).resolve().parents[1] / 'support' / 'supervised.py'
DEADLINE_S = 30
FOREVER = 'import signal, sys\nprint("up", flush=True)\nwhile True: signal.pause()'
GRACEFUL = f'import sys\ntry:\n  exec({FOREVER!r})\nexcept KeyboardInterrupt:\n  print("bye")'
STUBBORN = (
    'import signal\n'
    'signal.signal(signal.SIGINT, signal.SIG_IGN)\n'
    'signal.signal(signal.SIGTERM, signal.SIG_IGN)\n' + FOREVER
)

Supervised = subprocess.Popen[bytes]
Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the supervisor on processes given as dictionaries, its output goes to a file."""
    started: list[Supervised] = []

    def start(*processes: dict[str, Any]) -> Supervised:
        with (tmp_path / 'log').open('wb') as log:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), json.dumps(processes)], stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], str]:
    """Read what the supervisor has written so far."""
    return lambda: (tmp_path / 'log').read_text(encoding='utf-8')


def announced_pid(text: str, name: str) -> int:
    """Return the number that the process `name` printed as 'pid N'."""
    lines = [line for line in text.splitlines() if line.startswith(f'[{name}]')]
    return int(next(line for line in lines if 'pid ' in line).split()[-1])


def test_a_process_that_ends_with_0_is_done_and_the_exit_code_is_0(
    start: Start, log: Callable[[], str]
) -> None:
    process = start({'name': 'one', 'code': 'print("hello")'})
    assert process.wait(DEADLINE_S) == 0
    assert '[one]  hello\n' in log()
    assert 'all done' in log()


def test_a_crashed_process_is_started_again(
    start: Start, log: Callable[[], str], tmp_path: Path
) -> None:
    mark = tmp_path / 'second time'
    code = f'import pathlib, sys; p = pathlib.Path({str(mark)!r})\nif p.exists(): sys.exit(0)\n'
    process = start({'name': 'one', 'code': f'{code}p.touch(); sys.exit(3)'})
    assert process.wait(DEADLINE_S) == 0
    assert 'one ended: exit code 3' in log()


def test_a_process_killed_by_a_signal_is_started_again_and_the_signal_is_named(
    start: Start, log: Callable[[], str]
) -> None:
    code = 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)'
    process = start({'name': 'one', 'code': code, 'max_restarts': 1})
    assert process.wait(DEADLINE_S) == 1
    assert 'one ended: killed by SIGSEGV' in log()


def test_crashes_are_bounded_and_the_rest_goes_on(
    start: Start, log: Callable[[], str], tmp_path: Path
) -> None:
    release = tmp_path / 'release'
    os.mkfifo(release)
    waiting = f'open({str(release)!r}).read(); print("still here")'
    process = start(
        {'name': 'bad', 'code': 'print("attempt"); raise SystemExit(7)', 'max_restarts': 3},
        {'name': 'good', 'code': waiting},
    )
    assert wait_until(lambda: 'not started again' in log())
    release.write_text('go')
    assert process.wait(DEADLINE_S) == 1
    assert log().count('attempt') == 4
    assert 'still here' in log()
    assert 'given up: bad' in log()


def test_crashes_further_apart_than_the_window_do_not_count(
    start: Start, log: Callable[[], str], tmp_path: Path
) -> None:
    count = tmp_path / 'count'
    code = (
        f'import pathlib, sys; p = pathlib.Path({str(count)!r})\n'
        'n = len(p.read_text()) if p.exists() else 0\n'
        'p.write_text("x" * (n + 1)); sys.exit(0 if n == 4 else 1)'
    )
    process = start({'name': 'one', 'code': code, 'max_restarts': 1, 'restart_window_s': 0.001})
    assert process.wait(DEADLINE_S) == 0
    assert log().count('one ended: exit code 1') == 4


def test_a_process_that_says_it_cannot_start_is_not_tried_again(
    start: Start, log: Callable[[], str]
) -> None:
    process = start({'name': 'one', 'code': 'print("port in use"); raise SystemExit(2)'})
    assert process.wait(DEADLINE_S) == 1
    assert log().count('port in use') == 1
    assert 'one cannot start' in log()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_with_exit_code_0_and_no_traceback(
    start: Start, log: Callable[[], str], number: signal.Signals
) -> None:
    process = start({'name': 'a', 'code': GRACEFUL}, {'name': 'b', 'code': GRACEFUL})
    assert wait_until(lambda: log().count('] up') + log().count(']    up') == 2)
    process.send_signal(number)
    assert process.wait(DEADLINE_S) == 0
    assert log().count('bye') == 2
    assert 'Traceback' not in log()
    assert log().splitlines()[-1].endswith('stopped')


def test_a_second_signal_kills_what_does_not_stop(start: Start, log: Callable[[], str]) -> None:
    process = start({'name': 'one', 'code': STUBBORN})
    assert wait_until(lambda: ' up\n' in log())
    process.send_signal(signal.SIGINT)
    assert wait_until(lambda: 'stopping' in log())
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 0
    assert 'one did not stop: SIGKILL' in log()


def test_a_stop_during_the_pause_before_a_restart_is_obeyed(
    start: Start, log: Callable[[], str]
) -> None:
    process = start({'name': 'one', 'code': 'raise SystemExit(1)', 'respawn_delay_s': 3600})
    assert wait_until(lambda: 'one ended' in log())
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 0


def test_what_ran_for_long_enough_is_started_again_without_a_pause(
    start: Start, log: Callable[[], str]
) -> None:
    start({'name': 'one', 'code': 'print("up")\n1 / 0', 'respawn_delay_s': 3600, 'settled_s': 0})
    assert wait_until(lambda: log().count(' up\n') == 3)
    assert log().count('again now') == 2


def test_no_process_survives_when_the_supervisor_is_killed(
    start: Start, log: Callable[[], str]
) -> None:
    code = f'import os; print("pid", os.getpid(), flush=True)\n{STUBBORN}'
    process = start({'name': 'one', 'code': code})
    assert wait_until(lambda: ' up\n' in log())
    child = announced_pid(log(), 'one')
    assert is_running(child)
    process.kill()
    process.wait()
    assert wait_until(lambda: not is_running(child))


def test_what_a_process_leaves_running_is_killed(start: Start, log: Callable[[], str]) -> None:
    code = (
        'import subprocess, sys\n'
        f'child = subprocess.Popen([sys.executable, "-c", {FOREVER!r}])\n'
        'print("pid", child.pid, flush=True)'
    )
    process = start({'name': 'one', 'code': code})
    assert process.wait(DEADLINE_S) == 0
    assert wait_until(lambda: not is_running(announced_pid(log(), 'one')))


def test_lines_of_any_length_arrive_in_bounded_pieces(start: Start, log: Callable[[], str]) -> None:
    size = 1_000_000
    process = start({'name': 'one', 'code': f'print("x" * {size}, end=""); print("end")'})
    assert process.wait(DEADLINE_S) == 0
    pieces = [line for line in log().splitlines() if line.startswith('[one]')]
    assert sum(line.count('x') for line in pieces) == size
    assert pieces[-1].endswith('end')
    assert max(map(len, pieces)) <= LINE_LIMIT_B + len('[bbia]  ')


def test_output_that_is_not_text_is_shown_without_harm(
    start: Start, log: Callable[[], str]
) -> None:
    output = b'\xff\x00\x1b]0;title\x07 \x1b[31mred\x1b[0m \xc3\xa9\n'
    code = f'import sys; sys.stdout.buffer.write({output!r})'
    process = start({'name': 'one', 'code': code})
    assert process.wait(DEADLINE_S) == 0
    line = next(line for line in log().splitlines() if line.startswith('[one]'))
    assert '\x00' not in line
    assert '\x1b]' not in line
    assert '\x1b[31mred' in line
    assert '\N{LATIN SMALL LETTER E WITH ACUTE}' in line


def test_a_line_without_end_is_not_lost(start: Start, log: Callable[[], str]) -> None:
    process = start({'name': 'one', 'code': 'print("no newline", end="")'})
    assert process.wait(DEADLINE_S) == 0
    assert '[one]  no newline\n' in log()


def test_everything_stops_when_nobody_reads_the_output() -> None:
    chatty = 'while True: print("line")'
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), json.dumps([{'name': 'one', 'code': chatty}])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'[bbia]')
    process.stdout.close()
    try:
        process.wait(DEADLINE_S)
        assert b'Traceback' not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
