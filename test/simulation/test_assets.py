"""Preparation of the robot model: whole or not at all, once, and with errors that help."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlparse
from xml.etree import ElementTree

import pytest
import xacro

from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from bbia_sim_ros.simulation import assets as assets_module
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.assets import find_source
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.errors import AssetError

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, '-m', 'bbia_sim_ros.simulation.assets', '--progress', '--cache-dir']


def start_preparation(cache: Path, **options: Any) -> subprocess.Popen[str]:
    """Start a preparation in a process of its own."""
    process: subprocess.Popen[str] = subprocess.Popen(
        [*COMMAND, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        **options,
    )
    return process


def test_a_killed_preparation_leaves_nothing_that_is_taken_for_whole(tmp_path: Path) -> None:
    process = start_preparation(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('PROGRESS 30 '):
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    leftovers = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert [path.name.startswith('.making-') for path in leftovers] == [True]

    # Two at once afterwards: one of them does the work, both end with the same whole folder.
    both = [start_preparation(tmp_path), start_preparation(tmp_path)]
    outputs = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    roots = {output.strip().splitlines()[-1] for output, _ in outputs}
    assert len(roots) == 1
    assert sum('PROGRESS' in output for output, _ in outputs) == 1
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [Path(roots.pop())]


def test_a_second_call_only_looks(assets: Assets) -> None:
    steps: list[str] = []
    before = (assets.root / assets_module.MANIFEST).stat().st_mtime_ns
    assert prepare(progress=lambda done, total, what: steps.append(what)) == assets
    assert steps == []
    assert (assets.root / assets_module.MANIFEST).stat().st_mtime_ns == before


def test_a_damaged_cache_is_made_anew_with_progress(tmp_path: Path) -> None:
    root = tmp_path / find_source().key
    root.mkdir()
    (root / assets_module.MANIFEST).write_text('{"root": "' + str(root) + '", "files": {"x": 1}}')
    (root / 'physics.xml').write_text('half a fi')
    reports: list[tuple[int, int]] = []
    made = prepare(tmp_path, lambda done, total, what: reports.append((done, total)))
    total = reports[0][1]
    assert reports == [(done, total) for done in range(total + 1)]
    assert made.physics_robot.read_text().startswith('<?xml')
    assert made.table_scene.is_file()
    assert sum(path.stat().st_size for path in root.rglob('*') if path.is_file()) < 10e6


def test_a_failing_write_is_reported_and_leaves_no_folder(tmp_path: Path) -> None:
    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    process = start_preparation(tmp_path, preexec_fn=no_large_files)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert 'File too large' in errors
    assert 'Traceback' not in errors
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_read_only_cache_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody may make folders in /sys, not even root.
    monkeypatch.setenv('BBIA_CACHE_DIR', '/sys/bbia')
    with pytest.raises(AssetError, match=r'/sys/bbia.*BBIA_CACHE_DIR'):
        prepare()


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv('BBIA_CACHE_DIR', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert assets_module.default_cache_dir() == tmp_path / 'bbia_sim_ros'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert assets_module.default_cache_dir() == tmp_path / '.cache' / 'bbia_sim_ros'
    monkeypatch.setenv('BBIA_CACHE_DIR', str(tmp_path / 'mine'))
    assert assets_module.default_cache_dir() == tmp_path / 'mine'


def test_an_absent_wheel_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, 'path', [entry for entry in sys.path if 'site-packages' not in entry])
    with pytest.raises(AssetError, match='pip install --no-deps reachy-mini'):
        find_source()


def test_an_incomplete_wheel_is_named_with_the_missing_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / 'reachy_mini').mkdir()
    (tmp_path / 'reachy_mini' / '__init__.py').write_text('')
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssetError, match=r'reachy_mini\.xml is missing'):
        find_source()


def test_the_wheel_is_found_without_importing_it() -> None:
    code = (
        'import sys; from bbia_sim_ros.simulation.assets import find_source; find_source(); '
        'sys.exit("reachy_mini" in sys.modules)'
    )
    assert subprocess.run([sys.executable, '-c', code], cwd=REPOSITORY, check=False).returncode == 0


def test_the_urdf_has_all_joints_and_meshes_that_exist(assets: Assets) -> None:
    urdf = ElementTree.parse(assets.urdf).getroot()
    joints = {joint.get('name'): joint for joint in urdf.iter('joint')}
    assert set(ACTUATED_JOINTS) | set(PASSIVE_JOINTS) <= set(joints)
    for name in ACTUATED_JOINTS:
        limit = joints[name].find('limit')
        assert limit is not None
        assert float(limit.get('velocity', '0')) == 8.0
    uris = [mesh.get('filename', '') for mesh in urdf.iter('mesh')]
    assert len(uris) > 100
    for uri in set(uris):
        parsed = urlparse(uri)
        assert parsed.scheme == 'file'
        assert os.path.getsize(unquote(parsed.path)) > 84
    assert len(list(urdf.iter('collision'))) == 8


def test_the_xacro_file_includes_into_another_robot(assets: Assets, tmp_path: Path) -> None:
    outer = tmp_path / 'outer.urdf.xacro'
    outer.write_text(
        '<robot xmlns:xacro="http://wiki.ros.org/xacro" name="outer">'
        f'<link name="base_link"/><xacro:include filename="{assets.urdf_xacro}"/></robot>'
    )
    expanded = ElementTree.fromstring(xacro.process_file(str(outer)).toxml())
    plain = ElementTree.parse(assets.urdf).getroot()
    for tag in ('link', 'joint'):
        names = [element.get('name') for element in plain.findall(tag)]
        assert names == [
            element.get('name')
            for element in expanded.findall(tag)
            if element.get('name') != 'base_link'
        ]
