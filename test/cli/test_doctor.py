"""The checks of `./bbia doctor`, each on a machine that has the fault and on this one."""

from __future__ import annotations

import socket
from pathlib import Path

from bbia_sim_ros.cli.checkup import check_cache
from bbia_sim_ros.cli.checkup import check_dds
from bbia_sim_ros.cli.checkup import check_packages
from bbia_sim_ros.cli.checkup import check_port
from bbia_sim_ros.cli.checkup import check_rendering
from bbia_sim_ros.cli.checkup import check_set_up
from bbia_sim_ros.cli.checkup import check_shared_memory
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN


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


def test_a_cache_that_cannot_be_written_is_a_failure_with_the_variable_to_set(
    tmp_path: Path,
) -> None:
    assert check_cache(tmp_path / 'new' / 'cache').level == OK
    assert list(tmp_path.iterdir()) == []
    blocked = tmp_path / 'file'
    blocked.touch()
    finding = check_cache(blocked / 'cache')
    assert finding.level == FAIL
    assert 'BBIA_CACHE_DIR' in finding.fix


def test_missing_shared_memory_is_a_warning(tmp_path: Path) -> None:
    assert check_shared_memory(tmp_path / 'none').level == WARN


def test_a_message_goes_from_one_process_to_another_on_this_machine() -> None:
    assert check_dds(Layout()).level == OK


def test_an_environment_that_is_missing_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    assert check_dds(Layout(tmp_path)).level == FAIL
    assert check_rendering(Layout(tmp_path)).level == WARN
