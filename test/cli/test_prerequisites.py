"""What a machine lacks is said with the command that installs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bbia_sim_ros.cli.interpreter import probe
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import check_compiler
from bbia_sim_ros.cli.prerequisites import check_disk
from bbia_sim_ros.cli.prerequisites import check_platform
from bbia_sim_ros.cli.prerequisites import check_python
from bbia_sim_ros.cli.prerequisites import check_writable


def script(path: Path, text: str) -> str:
    path.write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
    path.chmod(0o755)
    return str(path)


def test_this_machine_passes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    findings = [check_platform(), check_python(), check_compiler(), check_writable(layout)]
    assert [finding.level for finding in findings] == [OK] * 4


@pytest.mark.parametrize(('system', 'machine'), [('darwin', 'arm64'), ('linux', 'aarch64')])
def test_another_platform_is_pointed_to_a_ros_install(system: str, machine: str) -> None:
    finding = check_platform(system, machine)
    assert finding.level == FAIL
    assert 'ros2 launch bbia_sim_ros full.launch.py' in finding.fix


@pytest.mark.parametrize(
    ('manager', 'command'),
    [
        ('apt-get', 'apt install build-essential'),
        ('dnf', 'dnf install gcc-c++ make'),
        ('pacman', 'pacman -S base-devel'),
        ('none', 'Arch: pacman -S base-devel'),
    ],
)
def test_a_missing_compiler_comes_with_the_command_of_the_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str, command: str
) -> None:
    script(tmp_path / manager, 'true')
    monkeypatch.setenv('PATH', str(tmp_path))
    finding = check_compiler()
    assert finding.level == FAIL
    assert finding.text == 'missing: C compiler, C++ compiler, make'
    assert command in finding.fix


def test_too_small_a_disk_says_how_much_is_missing(tmp_path: Path) -> None:
    finding = check_disk(Layout(tmp_path), need_b=2**60)
    assert finding.level == FAIL
    assert 'GiB' in finding.fix
    assert check_disk(Layout(tmp_path), need_b=0).level == OK


def test_a_python_is_asked_for_its_version_and_headers() -> None:
    interpreter = probe(sys.executable)
    assert interpreter is not None
    assert interpreter.version == sys.version_info[:2]


def test_a_shim_without_a_python_behind_it_is_no_candidate(tmp_path: Path) -> None:
    shim = script(tmp_path / 'python3.11', 'echo "python3.11: command not found" >&2; exit 127')
    assert probe(shim) is None
    assert probe(str(tmp_path / 'missing')) is None


def test_a_python_without_headers_is_not_suitable(tmp_path: Path) -> None:
    interpreter = probe(script(tmp_path / 'python3.11', 'echo 3 11 cpython False'))
    assert interpreter is not None
    assert not interpreter.is_suitable
