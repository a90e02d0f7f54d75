"""Moves by name and by path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.library import MoveLibrary
from bbia_sim_ros.motion.library import as_recording
from bbia_sim_ros.motion.library import load_choreography
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.recorded import RecordingMove
from bbia_sim_ros.motion.recorded_file import save_recorded
from support.stage import Stage

MOVES = ('groove', 'nod', 'robot_pop', 'shake_head', 'waltz')
LIMITS = MotionLimits()


@pytest.fixture
def library(config: Path, tmp_path: Path) -> MoveLibrary:
    """The package's moves and a folder of one's own."""
    return MoveLibrary([config / 'moves', tmp_path, tmp_path / 'not there'])


def test_all_moves_are_listed_by_name(library: MoveLibrary) -> None:
    assert set(library.names()) == {*MOVES, 'go_to_sleep', 'wake_up'}


@pytest.mark.parametrize('name', MOVES)
def test_a_move_is_played_exactly_and_within_limits(
    stage: Stage, library: MoveLibrary, config: Path, name: str
) -> None:
    dance = load_choreography(config / 'moves' / f'{name}.yaml')
    move = library.plan(name, limits=LIMITS)
    stage.mixer.start(move)
    for k in range(int(dance.duration * 100)):
        output = stage.step()
        assert np.abs(output.body.values - dance.posture((k + 1) * 0.01)).max() < 2e-3
    stage.run(0.1)
    assert move.state is MoveState.DONE
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 1e-6
    stage.assert_smooth()


def test_a_file_put_into_a_folder_is_found_at_once(
    library: MoveLibrary, config: Path, tmp_path: Path
) -> None:
    recording = as_recording(load_choreography(config / 'moves' / 'waltz.yaml'))
    save_recorded(recording, tmp_path / 'slow_waltz.json')
    assert 'slow_waltz' in library.names()
    move = library.plan('slow_waltz', limits=LIMITS)
    assert isinstance(move, RecordingMove)
    assert str(move) == 'play_move slow_waltz'


def test_a_move_can_be_given_by_the_path_of_its_file(config: Path) -> None:
    move = MoveLibrary([]).plan(str(config / 'moves' / 'groove.yaml'), limits=LIMITS)
    assert move.label == 'groove'


def test_an_unknown_name_is_answered_with_the_known_ones(library: MoveLibrary) -> None:
    with pytest.raises(GoalError, match=r"unknown move 'tango'; known: go_to_sleep, groove"):
        library.plan('tango', limits=LIMITS)


@pytest.mark.parametrize('name', ['/no/such/file.json', 'no_such.yaml', '../x'])
def test_a_path_that_is_not_there_is_named(library: MoveLibrary, name: str) -> None:
    with pytest.raises(GoalError, match=rf"no move file '{name}'"):
        library.plan(name, limits=LIMITS)


def test_a_broken_file_is_refused_with_its_line(library: MoveLibrary, tmp_path: Path) -> None:
    (tmp_path / 'broken.yaml').write_text('description: x\nkeys:\n  - {at: 1, pitch: high}\n')
    with pytest.raises(FileError, match=r'broken.yaml:3: pitch must be a number'):
        library.plan('broken', limits=LIMITS)
