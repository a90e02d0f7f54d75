"""The checks of `./bbia doctor`, each on a machine that has the fault and on this one."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bbia_sim_ros.cli.checkup import check_assets
from bbia_sim_ros.cli.checkup import check_packages
from bbia_sim_ros.cli.checkup import check_port
from bbia_sim_ros.cli.checkup import check_rendering
from bbia_sim_ros.cli.checkup import check_set_up
from bbia_sim_ros.cli.checkup import check_versions
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.probes import runtime_of
from bbia_sim_ros.cli.verbs.doctor import run


def checkout(root: Path, pins: str) -> Layout:
    for name in ('requirements.lock', 'requirements-core.lock'):
        (root / name).write_text(pins, encoding='utf-8')
    return Layout(root)


def install(layout: Layout, name: str, version: str) -> None:
    folder = layout.venv / 'lib' / 'python3.11' / 'site-packages' / f'{name}-{version}.dist-info'
    folder.mkdir(parents=True)
    text = f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n'
    (folder / 'METADATA').write_text(text, encoding='utf-8')


def test_a_port_in_use_is_noticed_and_a_free_one_is_fine() -> None:
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        finding = check_port(port, 'dashboard')
        assert finding.level == WARN
        assert f':{port}' in finding.fix
    assert check_port(port, 'dashboard').level == OK


def test_missing_and_wrong_packages_are_named(tmp_path: Path) -> None:
    layout = checkout(tmp_path, 'numpy==2.4.6\nmy-package==1.0\ntorch==2.13.0\n')
    assert check_packages(layout).level == FAIL
    install(layout, 'numpy', '2.4.5')
    install(layout, 'My_Package', '1.0')
    install(layout, 'torch', '2.13.0+cpu')
    finding = check_packages(layout)
    assert finding.level == FAIL
    assert finding.text == 'numpy 2.4.5 instead of 2.4.6'


def test_packages_as_pinned_are_fine(tmp_path: Path) -> None:
    layout = checkout(tmp_path, 'numpy==2.4.6\n')
    install(layout, 'numpy', '2.4.6')
    assert check_packages(layout).level == OK


def test_a_checkout_that_was_not_set_up_says_what_is_left(tmp_path: Path) -> None:
    layout = checkout(tmp_path, 'torch==2.13.0\n')
    finding = check_set_up(layout)
    assert finding.level == WARN
    assert 'Python environment' in finding.text
    assert finding.fix == './bbia setup'


def test_this_environment_has_the_versions_the_model_and_the_rendering() -> None:
    runtime = runtime_of(Layout())
    versions = check_versions(runtime)
    assert versions.level == OK
    assert 'kilted, rmw_fastrtps_cpp' in versions.text
    assert check_assets(runtime).text.startswith('reachy-mini 1.13.0, prepared in ')
    assert check_rendering(runtime).level == OK


def test_another_ros_is_a_warning_with_what_to_source() -> None:
    runtime = runtime_of(Layout())
    other = replace(runtime, variables={**runtime.variables, 'ROS_DISTRO': 'jazzy'})
    finding = check_versions(other)
    assert finding.level == WARN
    assert 'tested with kilted' in finding.text
    assert 'kilted' in finding.fix


def test_a_model_that_is_not_prepared_yet_is_a_warning_with_the_command(tmp_path: Path) -> None:
    runtime = runtime_of(Layout())
    new = replace(runtime, variables={**runtime.variables, 'BBIA_CACHE_DIR': str(tmp_path)})
    finding = check_assets(new)
    assert finding.level == WARN
    assert finding.fix.endswith('./bbia run python3 -m bbia_sim_ros.simulation.assets')
    assert list(tmp_path.iterdir()) == []


def test_a_python_without_the_package_of_the_model_is_told_which_to_install() -> None:
    runtime = runtime_of(Layout())
    bare = replace(
        runtime,
        python=Path(sys.executable).resolve(),
        variables={'PYTHONPATH': str(Layout().root)},
    )
    finding = check_assets(bare)
    assert finding.level == FAIL
    assert finding.text.startswith('the robot model comes from the package reachy-mini')
    assert finding.fix == 'install it with: pip install --no-deps reachy-mini==1.13.0'


def test_an_environment_that_is_missing_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    runtime = runtime_of(Layout(tmp_path))
    assert check_versions(runtime).level == FAIL
    assert check_assets(runtime).level == FAIL
    assert check_rendering(runtime).level == WARN


def test_every_check_has_a_name_of_its_own_and_a_fix_where_something_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run([], Layout())
    lines = capsys.readouterr().out.splitlines()
    names = [line[6:16].strip() for line in lines if not line.startswith(' ')]
    assert len(set(names)) == len(names) >= 25
    for line, following in pairwise([*lines, '']):
        if line.startswith(('WARN', 'FAIL')):
            assert following.strip().startswith('fix: ')
