"""In CI a skipped test fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest
def test_skips(): pytest.skip('no microphone')
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
def test_passes(): pass
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    ('arguments', 'code', 'summary'),
    [
        ([], 0, '1 passed, 1 skipped, 1 xfailed'),
        (['-p', 'bbia_sim_ros.cli.require_all'], 1, '1 failed, 1 passed, 1 xfailed'),
    ],
    ids=['without', 'with'],
)
def test_a_skipped_test_fails_only_with_the_plugin(
    tmp_path: Path, arguments: list[str], code: int, summary: str
) -> None:
    (tmp_path / 'test_it.py').write_text(TESTS, encoding='utf-8')
    result = run_pytest(tmp_path, *arguments)
    assert result.returncode == code
    assert summary in result.stdout


def test_a_module_that_skips_itself_fails_with_the_plugin(tmp_path: Path) -> None:
    (tmp_path / 'test_it.py').write_text(
        "import pytest\npytest.importorskip('no_such_module')\n", encoding='utf-8'
    )
    result = run_pytest(tmp_path, '-p', 'bbia_sim_ros.cli.require_all')
    assert result.returncode != 0
    assert 'no_such_module' in result.stdout
