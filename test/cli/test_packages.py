"""The locks, and where packages come from."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.packages import ai_pins
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.uv import find_links
from bbia_sim_ros.cli.uv import local_wheel
from bbia_sim_ros.cli.uv import uv_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def full() -> dict[str, str]:
    return pins(ROOT / 'requirements.lock')


@pytest.fixture(scope='module')
def core() -> dict[str, str]:
    return pins(ROOT / 'requirements-core.lock')


def direct_pins(name: str) -> dict[str, str]:
    """Return the packages that a requirements/*.in asks for."""
    text = (ROOT / 'requirements' / name).read_text(encoding='utf-8')
    lines = [line.partition('#')[0].strip() for line in text.splitlines()]
    return dict(line.split('==') for line in lines if '==' in line)


def test_the_core_lock_is_a_true_part_of_the_full_lock(
    core: dict[str, str], full: dict[str, str]
) -> None:
    assert core.items() < full.items()


def test_the_locks_hold_what_the_sources_ask_for(
    core: dict[str, str], full: dict[str, str]
) -> None:
    assert direct_pins('core.in').items() <= core.items()
    assert direct_pins('full.in').items() <= full.items()


def test_the_lock_of_the_official_daemon_holds_what_its_source_asks_for() -> None:
    asked = {name.partition('[')[0]: pin for name, pin in direct_pins('daemon.in').items()}
    assert asked.items() < pins(ROOT / 'requirements' / 'daemon.lock').items()


def test_the_official_daemon_is_of_the_release_whose_model_we_use(core: dict[str, str]) -> None:
    daemon = pins(ROOT / 'requirements' / 'daemon.lock')
    assert daemon['reachy-mini'] == core['reachy-mini']


def test_the_core_lock_has_no_large_ai_package(core: dict[str, str]) -> None:
    large = {'torch', 'transformers', 'openai-whisper', 'mediapipe', 'llvmlite', 'playwright'}
    assert not large & core.keys()


def test_the_lock_has_no_gpu_package_and_exactly_one_opencv(full: dict[str, str]) -> None:
    gpu = [name for name in full if re.match(r'nvidia-|cuda-|triton|jax', name)]
    assert gpu == []
    assert [name for name in full if name.startswith('opencv')] == [
        'opencv-contrib-python-headless'
    ]
    assert '+' not in full['torch']


def test_the_official_robot_package_brings_none_of_its_dependencies(full: dict[str, str]) -> None:
    assert 'reachy-mini' in full
    assert not {'pygobject', 'rustypot', 'fastapi', 'reachy-mini-motor-controller'} & full.keys()


@pytest.mark.parametrize('line', ['numpy', 'numpy>=2', 'numpy==2.*', 'a b==1'])
def test_a_line_that_is_no_pin_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / 'bad.lock'
    lock.write_text(f'# comment\nscipy==1.17.1\n{line}\n', encoding='utf-8')
    with pytest.raises(CommandError, match=r'bad\.lock:3'):
        pins(lock)


def test_wheel_folders_configured_for_pip_are_passed_on_to_uv(tmp_path: Path) -> None:
    given = {
        'PIP_CONFIG_FILE': os.devnull,
        'PIP_FIND_LINKS': '/a /b',
        'PIP_INDEX_URL': 'file:///index',
        'VIRTUAL_ENV': '/other',
    }
    variables = uv_environment(given, state=tmp_path)
    assert variables['UV_FIND_LINKS'] == '/a,/b'
    assert variables['UV_DEFAULT_INDEX'] == 'file:///index'
    assert 'VIRTUAL_ENV' not in variables


def test_uvs_own_settings_win_over_those_of_pip(tmp_path: Path) -> None:
    given = {
        'PIP_FIND_LINKS': '/a',
        'UV_FIND_LINKS': '/u',
        'PIP_INDEX_URL': 'file:///pip',
        'UV_DEFAULT_INDEX': 'file:///uv',
    }
    variables = uv_environment(given, state=tmp_path)
    assert (variables['UV_FIND_LINKS'], variables['UV_DEFAULT_INDEX']) == ('/u', 'file:///uv')


def test_wheel_folders_in_pips_configuration_file_are_found(tmp_path: Path) -> None:
    config = tmp_path / 'pip.conf'
    config.write_text('[global]\nfind-links = /from/file\n', encoding='utf-8')
    assert find_links({'PIP_CONFIG_FILE': str(config)}) == ['/from/file']


def test_a_local_wheel_is_chosen_by_name_version_and_python(tmp_path: Path) -> None:
    wheel = tmp_path / 'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'
    wheel.touch()
    environ = {'UV_FIND_LINKS': f'/nowhere,{tmp_path}'}
    assert local_wheel('torch-2.13.0', tag='cp311', environ=environ) == wheel
    assert local_wheel('torch-2.13.0', tag='cp312', environ=environ) is None
    assert local_wheel('torch-2.12.0', tag='cp311', environ=environ) is None


def test_without_a_home_uv_keeps_its_cache_in_the_state_folder(tmp_path: Path) -> None:
    variables = uv_environment({}, state=tmp_path)
    assert Path(variables['UV_CACHE_DIR']).is_relative_to(tmp_path)


def test_the_ai_step_touches_no_package_of_the_core(core: dict[str, str]) -> None:
    added = ai_pins(Layout())
    assert 'openai-whisper' in added
    assert not added.keys() & core.keys()
