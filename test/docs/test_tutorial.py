"""The tutorial to the letter: its files, its test, and its package where the robot looks for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / 'docs' / 'tutorial.md').read_text(encoding='utf-8')
DEADLINE_S = 60
LISTED = """
from importlib.metadata import entry_points
(point,) = entry_points(group='bbia_sim_ros.behaviors', name='peekaboo')
print(point.load().name)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder that a reader of the tutorial has made."""
    folder = tmp_path / 'peekaboo'
    folder.mkdir()
    blocks = re.findall(r'```(?:python|toml)\n# ([\w.]+)\n(.*?)```', TUTORIAL, re.DOTALL)
    for name, text in blocks:
        (folder / name).write_text(text, encoding='utf-8')
    assert [name for name, _ in blocks] == ['peekaboo.py', 'test_peekaboo.py', 'pyproject.toml']
    return folder


def run(*command: str | Path, path: tuple[Path, ...]) -> str:
    given = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    found = os.pathsep.join([*map(str, path), *filter(None, given)])
    result = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, 'PYTHONPATH': found},
        cwd=path[0],
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_behavior_passes_its_own_tests(package: Path) -> None:
    said = run(
        '-m', 'pytest', '-q', '-p', 'no:cacheprovider', package, path=(package, ROOT / 'test')
    )
    assert '2 passed' in said


def test_its_entry_point_is_the_one_that_the_robot_looks_for(package: Path) -> None:
    # What pip makes of the package, which it cannot without fetching setuptools.
    build = 'from setuptools import setup; setup(script_args=["-q", "dist_info"])'
    run('-c', build, path=(package,))
    assert run('-c', LISTED, path=(package,)) == 'peekaboo\n'
