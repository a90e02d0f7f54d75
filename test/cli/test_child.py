"""Commands of the set-up: their log, their failures, and that nothing of them is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bbia_sim_ros.cli.child import run_logged
from bbia_sim_ros.cli.errors import CommandError
from support.waiting import is_running
from support.waiting import wait_until

GRANDCHILD = (
    'import subprocess, sys\n'
    'code = "import os, pathlib, signal, sys;"\n'
    'code += "pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"\n'
    'subprocess.run([sys.executable, "-c", code, sys.argv[1]])\n'
)
RUNNER = (
    'import os, pathlib, sys\n'
    'from bbia_sim_ros.cli.child import run_logged\n'
    'folder = pathlib.Path(sys.argv[1])\n'
    'run_logged([sys.executable, "-c", sys.argv[2], str(folder / "pid")],\n'
    '           log=folder / "log", environment=os.environ, cwd=folder)\n'
)


def run(folder: Path, code: str) -> list[str]:
    lines: list[str] = []
    run_logged(
        [sys.executable, '-c', code],
        log=folder / 'logs' / 'log',
        environment=os.environ,
        cwd=folder,
        on_line=lines.append,
    )
    return lines


def test_output_goes_to_the_log_and_to_the_caller(tmp_path: Path) -> None:
    assert run(tmp_path, 'import sys; print("out", flush=True); print("err", file=sys.stderr)') == [
        'out',
        'err',
    ]
    assert 'out\nerr\n' in (tmp_path / 'logs' / 'log').read_text(encoding='utf-8')


def test_a_failure_shows_the_last_lines_the_status_and_the_log(tmp_path: Path) -> None:
    code = 'for i in range(100): print("line", i)\nraise SystemExit(3)'
    with pytest.raises(CommandError) as caught:
        run(tmp_path, code)
    message = str(caught.value)
    assert 'failed with status 3' in message
    assert 'line 99' in message
    assert 'line 1\n' not in message
    assert str(tmp_path / 'logs' / 'log') in message


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match='no-such-command is not there'):
        run_logged(['no-such-command'], log=tmp_path / 'log', environment=os.environ, cwd=tmp_path)


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_command_and_what_it_started_end_with_us(tmp_path: Path, number: signal.Signals) -> None:
    written = tmp_path / 'pid'
    runner = subprocess.Popen([sys.executable, '-c', RUNNER, str(tmp_path), GRANDCHILD])
    try:
        assert wait_until(lambda: written.exists() and written.read_text() != '')
        grandchild = int(written.read_text())
        assert is_running(grandchild)
        runner.send_signal(number)
        runner.wait()
        assert wait_until(lambda: not is_running(grandchild))
    finally:
        runner.kill()
        runner.wait()
