"""The set-up of the official daemon: what it takes, and that the robot does without it."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.official_daemon import LOCK
from bbia_sim_ros.cli.official_daemon import VENV_VARIABLE
from bbia_sim_ros.cli.official_daemon import check_official_daemon
from bbia_sim_ros.cli.official_daemon import check_system_parts
from bbia_sim_ros.cli.official_daemon import program
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.plan import all_steps
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import possible
from bbia_sim_ros.cli.verbs.bench import measurements
from bbia_sim_ros.cli.verbs.bench import needs_official_daemon

STEP = 'official-daemon'


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VENV_VARIABLE, raising=False)


def test_only_tests_and_comparisons_ask_for_the_daemon() -> None:
    assert STEP not in {step.name for step in all_steps(Layout(), core=False)}
    assert STEP in {step.name for step in all_steps(Layout(), core=True, tests=True)}
    known = measurements(Layout())
    assert needs_official_daemon(known['simulator_vs_daemon'])
    assert not needs_official_daemon(known['kinematics'])


def test_an_environment_that_the_person_names_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VENV_VARIABLE, str(tmp_path))
    assert STEP not in {step.name for step in all_steps(Layout(), core=True, tests=True)}
    finding = check_official_daemon(Layout())
    assert finding.level == WARN
    assert VENV_VARIABLE in finding.fix
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'bin' / 'reachy-mini-daemon').touch()
    assert check_official_daemon(Layout()).level == OK


def test_without_tools_the_step_is_left_out_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    said: list[str] = []
    layout = checkout(tmp_path)
    steps = all_steps(layout, core=True, tests=True)
    left = possible(steps, Stamps(layout.stamps), said.append)
    assert [step.name for step in steps if step not in left] == [STEP]
    assert len(said) == 1
    assert 'missing: C compiler, pkg-config; its tests are skipped; fix: ' in said[0]
    assert 'apt install gcc pkg-config libcairo2-dev' in said[0]
    assert check_official_daemon(layout).level == WARN


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if shutil.which('pkg-config') is None:
        pytest.skip('pkg-config is not installed')
    monkeypatch.setenv('PKG_CONFIG_LIBDIR', str(tmp_path))
    for name in ('PKG_CONFIG_PATH', 'GI_TYPELIB_PATH'):
        monkeypatch.delenv(name, raising=False)
    finding = check_system_parts()
    assert finding.level == WARN
    assert 'cairo, gobject-introspection-1.0, Gst-1.0, GstApp-1.0' in finding.text
    (tmp_path / 'GstApp-1.0.typelib').touch()
    monkeypatch.setenv('GI_TYPELIB_PATH', str(tmp_path))
    assert 'GstApp' not in check_system_parts().text


def checkout(root: Path) -> Layout:
    lock = Layout().root / LOCK
    for source in (lock, Layout().root / 'requirements-core.lock'):
        target = root / source.relative_to(Layout().root)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)
    return Layout(root)


def test_what_is_installed_is_what_the_lock_pins() -> None:
    if not program(Layout(), {}).exists():
        pytest.skip(f'no official daemon: {check_official_daemon(Layout()).text}')
    folders = [str(path) for path in Layout().daemon_venv.glob('lib/python3.*/site-packages')]
    installed = {
        found.metadata['Name'].lower().replace('_', '-').replace('.', '-'): found.version
        for found in metadata.distributions(path=folders)
    }
    assert installed == pins(Layout().root / LOCK)
