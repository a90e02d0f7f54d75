"""Paths of the machine that built the ROS wheels, in their CMake exports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbia_sim_ros.cli.repair import repair

BUILD = '/opt/python/cp311-cp311'
CONTENT = (
    f'set(_include "{BUILD}/include/python3.11;{BUILD}/lib/python3.11/site-packages/numpy")\n'
    'set(_other "/opt/python/readme")\n'
)


@pytest.fixture
def wheel_file(tmp_path: Path) -> Path:
    """An exported file as a wheel brings it, also linked into a cache as uv does it."""
    path = tmp_path / 'my venv' / 'share' / 'std_msgs' / 'cmake' / 'export.cmake'
    path.parent.mkdir(parents=True)
    path.write_text(CONTENT, encoding='utf-8')
    os.link(path, tmp_path / 'cached')
    return path


def repair_once(prefix: Path) -> list[Path]:
    return repair(
        prefix, include=Path('/usr/include/python3.12'), site_packages=prefix / 'lib/site'
    )


def test_both_paths_become_those_of_this_environment(wheel_file: Path, tmp_path: Path) -> None:
    prefix = tmp_path / 'my venv'
    assert repair_once(prefix) == [wheel_file]
    assert wheel_file.read_text(encoding='utf-8') == (
        f'set(_include "/usr/include/python3.12;{prefix}/lib/site/numpy")\n'
        'set(_other "/opt/python/readme")\n'
    )


def test_a_repaired_file_is_left_alone(wheel_file: Path, tmp_path: Path) -> None:
    prefix = tmp_path / 'my venv'
    repair_once(prefix)
    before = wheel_file.stat()
    assert repair_once(prefix) == []
    assert wheel_file.stat().st_mtime_ns == before.st_mtime_ns


def test_the_copy_in_the_shared_cache_is_not_touched(wheel_file: Path, tmp_path: Path) -> None:
    repair_once(tmp_path / 'my venv')
    assert (tmp_path / 'cached').read_text(encoding='utf-8') == CONTENT
