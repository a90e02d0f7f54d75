"""The folders that the stack writes to, as the doctor sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import runtime_of
from bbia_sim_ros.cli.storage_checkup import check_lasting_state
from bbia_sim_ros.cli.storage_checkup import check_private
from bbia_sim_ros.cli.storage_checkup import check_store
from bbia_sim_ros.cli.storage_checkup import data_folder
from bbia_sim_ros.cli.storage_checkup import stores
from bbia_sim_ros.motion.library import user_move_folder
from bbia_sim_ros.private_files import private_folder
from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE
from bbia_sim_ros.robot.lasting_state import LastingState
from bbia_sim_ros.simulation.assets import default_cache_dir

HOME = {'HOME': '/home/ada'}
XDG = {**HOME, 'XDG_CACHE_HOME': '/fast/cache', 'XDG_DATA_HOME': '/big/data'}


def folders(variables: dict[str, str]) -> dict[str, str]:
    return {store.name: str(store.folder) for store in stores(variables, Path('/here'))}


def test_the_folders_follow_from_the_home_or_are_named_by_variables() -> None:
    assert folders(HOME) == {
        'cache': '/home/ada/.cache/bbia_sim_ros',
        'logs': '/home/ada/.ros/log',
        'data': '/home/ada/.local/share/bbia_sim_ros',
        'models': '/home/ada/.cache/huggingface/hub',
        'recordings': '/here',
    }
    named = {
        'BBIA_CACHE_DIR': '/a',
        'ROS_LOG_DIR': '/b',
        'HF_HUB_CACHE': '/c',
        'XDG_DATA_HOME': '/d',
    }
    assert folders({**HOME, **named}) == {
        'cache': '/a',
        'logs': '/b',
        'models': '/c',
        'data': '/d/bbia_sim_ros',
        'recordings': '/here',
    }


@pytest.mark.parametrize('variables', [HOME, XDG])
def test_they_are_those_that_the_nodes_use(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ('BBIA_CACHE_DIR', 'XDG_CACHE_HOME', 'XDG_DATA_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert folders(variables)['cache'] == str(default_cache_dir())
    assert data_folder(variables) == user_move_folder().parent


def test_a_folder_is_checked_where_it_would_be_made_and_nothing_stays(tmp_path: Path) -> None:
    for store in stores({'HOME': str(tmp_path)}, tmp_path):
        finding = check_store(replace(store, need_b=0))
        assert finding.level == OK
        assert str(store.folder) in finding.text
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_disk_is_a_warning_with_the_way_to_another(tmp_path: Path) -> None:
    for store in stores({'HOME': str(tmp_path)}, tmp_path):
        finding = check_store(replace(store, need_b=2**60))
        assert finding.level == WARN
        assert 'are wanted' in finding.text
        assert finding.fix == store.fix


def test_a_cache_or_a_log_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    found = {
        store.name: check_store(store)
        for store in stores({'HOME': str(tmp_path / 'file')}, tmp_path / 'file')
    }
    assert {name: finding.level for name, finding in found.items()} == {
        'cache': FAIL,
        'logs': FAIL,
        'data': WARN,
        'models': WARN,
        'recordings': WARN,
    }
    assert 'BBIA_CACHE_DIR' in found['cache'].fix
    assert 'Not a directory' in found['logs'].text


def test_what_the_robot_keeps_is_private_as_it_is_made_and_others_are_noticed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / 'share' / 'bbia_sim_ros'
    assert check_private(folder).level == NOT_APPLICABLE
    private_folder(folder)
    assert check_private(folder).level == OK
    folder.chmod(0o750)
    finding = check_private(folder)
    assert finding.level == WARN
    assert '(mode 750)' in finding.text
    assert finding.fix.startswith(f'chmod go= "{folder}"')


def kept_in(folder: Path) -> Finding:
    runtime = runtime_of(Layout())
    variables = {**runtime.variables, FOLDER_VARIABLE: str(folder)}
    return check_lasting_state(replace(runtime, variables=variables))


def test_a_folder_for_what_outlives_a_crash_is_refused_when_others_may_write_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / 'run'
    assert kept_in(folder).level == OK
    assert not folder.exists()
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    LastingState(0, 'robot').save({'stopped': True})
    assert kept_in(folder).level == OK
    folder.chmod(0o777)
    finding = kept_in(folder)
    assert finding.level == WARN
    assert 'this user alone' in finding.text
    assert FOLDER_VARIABLE in finding.fix


def test_a_folder_that_cannot_be_made_is_no_place_for_what_outlives_a_crash(
    tmp_path: Path,
) -> None:
    (tmp_path / 'file').touch()
    finding = kept_in(tmp_path / 'file' / 'run')
    assert finding.level == WARN
    assert 'Not a directory' in finding.text


def test_without_an_environment_nothing_is_said_of_what_outlives_a_crash(tmp_path: Path) -> None:
    finding = check_lasting_state(runtime_of(Layout(tmp_path)))
    assert finding.level == WARN
    assert finding.fix == './bbia setup'
