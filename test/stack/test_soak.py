"""The long run of bench/soak.py, for half a minute: it runs, and nothing is lost in that time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bbia_sim_ros.cli.child import die_with_parent
from support.ros import ROOT


@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which('chromium') is None, reason='chromium is not installed')
def test_half_a_minute_of_everything_at_once_loses_nothing(tmp_path: Path) -> None:
    process = subprocess.run(
        [
            sys.executable,
            str(ROOT / 'bench/soak.py'),
            '--minutes',
            '0.5',
            '--output',
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=280.0,
        preexec_fn=die_with_parent(),
        check=False,
    )
    assert process.returncode == 0, process.stderr
    figures = dict(line.split(': ', 1) for line in process.stdout.splitlines() if ': ' in line)
    assert figures['processes started again'] == 'none', process.stdout
    assert figures['nodes that were lost'] == 'none'
    assert figures['errors of the page'] == 'none'
    assert figures['exit code after Ctrl-C'] == '0'
    assert figures['tracebacks in the log'] == '0'
    assert int(figures['calls']) > 0
    assert figures['calls refused'] == '0'
    assert int(figures['messages watched']) > 0
    assert (tmp_path / 'memory.png').stat().st_size > 0
