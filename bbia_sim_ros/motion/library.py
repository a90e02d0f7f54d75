"""Moves by name or by path: choreographies in YAML, recordings in the official JSON.

Contract
    ``MoveLibrary`` looks into its folders each time it is asked, so that a file put there can be
    played at once. A name is a file's stem; earlier folders win. ``load`` raises GoalError for an
    unknown name, listing the known ones, and FileError for a broken file. Nothing is kept in
    memory. ``wake_up`` and ``go_to_sleep`` are always known.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.marked_yaml import load
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.choreography import Choreography
from bbia_sim_ros.motion.choreography import ChoreographyMove
from bbia_sim_ros.motion.choreography_file import CHOREOGRAPHY_KEYS
from bbia_sim_ros.motion.choreography_file import parse_choreography
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import PLAY_MOVE
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.motion.recorded import RecordingMove
from bbia_sim_ros.motion.recorded_file import load_recorded
from bbia_sim_ros.motion.rest import GO_TO_SLEEP
from bbia_sim_ros.motion.rest import WAKE_UP
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import wake_up

SUFFIXES: Final = ('.yaml', '.yml', '.json')
_BUILT_IN: Final = {WAKE_UP: wake_up, GO_TO_SLEEP: go_to_sleep}


def user_move_folder() -> Path:
    """Return the folder of a person's own moves, by the XDG base directory specification."""
    data = os.environ.get('XDG_DATA_HOME') or '~/.local/share'
    return Path(data, 'bbia_sim_ros', 'moves').expanduser()


class MoveLibrary:
    """The moves in some folders; see the module docstring."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Take the folders; ones that do not exist count as empty."""
        self._folders = tuple(folders)

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted({*_BUILT_IN, *self._files()}))

    def _files(self) -> dict[str, Path]:
        files: dict[str, Path] = {}
        for folder in self._folders:
            if not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                if path.suffix in SUFFIXES and not path.name.startswith('.'):
                    files.setdefault(path.stem, path)
        return files

    def find(self, name: str) -> Path:
        """Return the file of ``name``, a library name or the path of a file; GoalError if none."""
        known = self._files().get(name)
        if known is not None:
            return known
        path = Path(name).expanduser()
        if path.suffix in SUFFIXES and path.is_file():
            return path
        if path.suffix or len(path.parts) > 1:
            raise GoalError(f'no move file {name!r}; give a .json or .yaml file that exists')
        raise GoalError(f'unknown move {name!r}; known: {", ".join(self.names())}')

    def plan(
        self, name: str, *, limits: MotionLimits, lead: float = 0.0, priority: int | None = None
    ) -> Move:
        """Return the move ``name``, ready to start; GoalError or FileError say why not.

        ``lead``: s by which recordings are played ahead of time, see ``RecordingMove``.
        """
        if name in _BUILT_IN and name not in self._files():
            return _BUILT_IN[name](limits, priority=priority)
        path = self.find(name)
        if path.suffix == '.json':
            return RecordingMove(load_recorded(path), limits=limits, lead=lead, priority=priority)
        return ChoreographyMove(
            load_choreography(path),
            source=PLAY_MOVE,
            limits=limits,
            keep_heading=False,
            priority=priority,
        )


def load_choreography(path: Path) -> Choreography:
    """Read a YAML file that holds one choreography; FileError says file, line and reason."""
    root = load(path)
    return parse_choreography(path.stem, root.mapping(known=CHOREOGRAPHY_KEYS), root)


def as_recording(choreography: Choreography, rate: float = 50.0) -> Recording:
    """Return a choreography as samples, so that it can be written in the official format."""
    count = max(2, round(choreography.duration * rate) + 1)
    times = np.linspace(0.0, choreography.duration, count)
    values = np.array([choreography.posture(t) for t in times.tolist()])
    return Recording(choreography.name, choreography.description, times, values)
