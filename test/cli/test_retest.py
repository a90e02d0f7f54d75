"""Tests that failed are run once more, by themselves, and never silently counted as passed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bbia_sim_ros.cli.retest import MOST_RETRIED
from bbia_sim_ros.cli.retest import run_twice
from support.waiting import wait_until

UNSTEADY = """
from pathlib import Path
def test_late_once():
    first = not Path('seen').exists()
    Path('seen').touch()
    assert not first
"""
CRASHES_ONCE = """
import os
def test_crashes_once():
    first = not Path('seen').exists()
    Path('seen').touch()
    if first:
        os.abort()
"""
PASSES = 'def test_passes(): Path("ran").open("a").write("x")\n'
FAILS = 'def test_fails(): assert False\n'
COMMAND = [sys.executable, '-m', 'pytest', '-q']


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'pytest.ini').write_text('[pytest]\n', encoding='utf-8')
    return tmp_path


def run(folder: Path, tests: str, processes: int = 1) -> int:
    (folder / 'test_it.py').write_text(f'from pathlib import Path\n{tests}', encoding='utf-8')
    return run_twice(COMMAND, os.environ, cwd=folder, processes=processes)


def test_what_passes_is_run_once(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(folder, PASSES) == 0
    assert (folder / 'ran').read_text(encoding='utf-8') == 'x'
    assert 'UNSTEADY' not in capfd.readouterr().out


@pytest.mark.parametrize('processes', [1, 2])
def test_an_unsteady_test_is_named_and_the_others_are_not_run_again(
    folder: Path, capfd: pytest.CaptureFixture[str], processes: int
) -> None:
    assert run(folder, PASSES + UNSTEADY, processes) == 0
    assert (folder / 'ran').read_text(encoding='utf-8') == 'x'
    output = capfd.readouterr().out
    assert '1 failed, 1 passed' in output
    assert 'UNSTEADY test_it.py::test_late_once' in output


@pytest.mark.parametrize('processes', [1, 2])
def test_what_fails_twice_fails(
    folder: Path, capfd: pytest.CaptureFixture[str], processes: int
) -> None:
    assert run(folder, FAILS + UNSTEADY, processes) == 1
    output = capfd.readouterr().out
    assert 'FAILED AGAIN test_it.py::test_fails' in output
    assert 'UNSTEADY test_it.py::test_late_once' in output


def test_many_failures_are_not_tried_again(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = range(MOST_RETRIED + 1)
    assert run(folder, ''.join(f'def test_{name}(): assert False\n' for name in names)) == 1
    assert 'once more' not in capfd.readouterr().out


def test_after_a_fault_of_pytest_everything_is_run_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, PASSES + CRASHES_ONCE) == 0
    assert (folder / 'ran').read_text(encoding='utf-8') == 'xx'
    assert 'A fault ended pytest' in capfd.readouterr().out


def test_after_a_fault_in_one_of_several_processes_everything_is_run_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, PASSES + CRASHES_ONCE, 2) == 0
    assert 'A fault ended pytest' in capfd.readouterr().out


def test_a_fault_that_comes_again_in_one_of_several_processes_fails(folder: Path) -> None:
    assert run(folder, PASSES + 'import os\ndef test_crashes(): os.abort()\n', 2) != 0


@pytest.mark.parametrize('processes', [1, 2])
def test_a_broken_module_fails(folder: Path, processes: int) -> None:
    assert run(folder, 'import no_such_module\n', processes) != 0


def test_after_an_interruption_nothing_is_run_again(folder: Path) -> None:
    hangs = 'import time\ndef test_hangs():\n    Path("begun").touch()\n    time.sleep(60)\n'
    (folder / 'test_it.py').write_text(f'from pathlib import Path\n{hangs}', encoding='utf-8')
    program = (
        'import os, sys; from pathlib import Path; from bbia_sim_ros.cli.retest import run_twice;'
        f'raise SystemExit(run_twice({COMMAND!r}, os.environ, cwd=Path({str(folder)!r})))'
    )
    process = subprocess.Popen([sys.executable, '-c', program], start_new_session=True)
    wait_until((folder / 'begun').exists, 'the test hangs', 30.0)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30.0) == 2
