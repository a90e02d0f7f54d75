"""The file that only a killed process leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver import Safeguards
from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE
from bbia_sim_ros.robot.lasting_state import MAX_FILE_B
from bbia_sim_ros.robot.lasting_state import LastingState
from bbia_sim_ros.robot.lasting_state import LastingStateError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all such files."""
    made = tmp_path / 'run'
    monkeypatch.setenv(FOLDER_VARIABLE, str(made))
    return made


def test_what_was_saved_is_there_for_the_same_node_in_the_same_domain_alone(folder: Path) -> None:
    LastingState(7, '/left/robot').save({'stopped': True})
    assert LastingState(7, '/left/robot').load() == {'stopped': True}
    assert LastingState(8, '/left/robot').load() is None
    assert LastingState(7, '/right/robot').load() is None
    assert [path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())] == [0, 0]


def test_what_was_forgotten_is_gone(folder: Path) -> None:
    kept = LastingState(7, '/robot')
    kept.save({'a': 1})
    kept.forget()
    assert kept.load() is None
    kept.forget()
    kept.save({'a': 1})
    assert kept.load() == {'a': 1}


@pytest.mark.parametrize('text', ['', '{"a":', '[1]', '"a"', '\x00', ' ' * (MAX_FILE_B + 1)])
def test_a_file_that_is_none_of_ours_is_an_error_that_names_it(folder: Path, text: str) -> None:
    kept = LastingState(7, '/robot')
    kept.save({})
    kept.path.write_text(text)
    with pytest.raises(LastingStateError, match=str(kept.path)):
        kept.load()


def test_what_could_not_be_written_is_known_to_be_missing(folder: Path) -> None:
    kept = LastingState(7, '/robot')
    kept.save({'stopped': False})
    kept.path.with_suffix('.new').mkdir()
    with pytest.raises(LastingStateError, match='cannot be written'):
        kept.save({'stopped': True})
    with pytest.raises(LastingStateError, match='cannot be read'):
        LastingState(7, '/robot').load()
    kept.path.with_suffix('.new').rmdir()
    kept.save({'stopped': False})
    assert LastingState(7, '/robot').load() == {'stopped': False}


def test_a_folder_that_others_can_write_into_is_not_used(folder: Path) -> None:
    kept = LastingState(7, '/robot')
    kept.save({'stopped': False})
    folder.chmod(0o777)
    with pytest.raises(LastingStateError, match='this user alone'):
        kept.save({'stopped': True})
    with pytest.raises(LastingStateError, match='this user alone'):
        kept.load()


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give a folder away')
def test_a_folder_that_somebody_else_made_before_is_not_believed(folder: Path) -> None:
    kept = LastingState(7, '/robot')
    kept.save({'stopped': False})
    os.chown(folder, 12345, 12345)
    with pytest.raises(LastingStateError, match=FOLDER_VARIABLE):
        kept.load()


def test_links_in_place_of_its_files_are_refused_and_their_targets_stay(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / 'precious'
    target.write_text('{"precious": 1}', encoding='utf-8')
    kept = LastingState(7, '/robot')
    kept.save({})
    kept.path.with_suffix('.new').symlink_to(target)
    with pytest.raises(LastingStateError, match='cannot be written'):
        kept.save({'stopped': True})
    kept.path.unlink()
    kept.path.symlink_to(target)
    with pytest.raises(LastingStateError, match='cannot be read'):
        kept.load()
    assert target.read_text(encoding='utf-8') == '{"precious": 1}'


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(folder: Path) -> None:
    folder.write_text('in the way')
    with pytest.raises(LastingStateError, match=FOLDER_VARIABLE):
        LastingState(7, '/robot').save({})


@pytest.mark.parametrize('motors', Motors)
@pytest.mark.parametrize('stopped', [False, True])
def test_safeguards_come_back_as_they_were(stopped: bool, motors: Motors) -> None:
    kept = Safeguards(emergency_stopped=stopped, motors=motors)
    assert Safeguards.from_plain(kept.plain) == kept


@pytest.mark.parametrize(
    'plain', [{}, {'emergency_stopped': 1, 'motors': 'on'}, {'emergency_stopped': True}]
)
def test_other_content_is_no_safeguards(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r'emergency_stopped|Motors'):
        Safeguards.from_plain(plain)
