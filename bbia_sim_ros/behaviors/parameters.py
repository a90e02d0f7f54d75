"""Parameters of `behavior_node`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.models.parameters import ModelParameters
from bbia_sim_ros.parameters import parameter

_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class BehaviorNodeParameters(ModelParameters):
    """Parameters of `behavior_node`."""

    language: str = parameter('en', 'Language in which behaviors speak.', choices=('en', 'fr'))
    network: bool = parameter(
        False, 'Let behaviors fetch from other computers; without it only from this one.'
    )
    storage_folder: str = parameter(
        '',
        'Folder in which behaviors keep things over restarts, such as alarms; empty: the user data'
        ' folder.',
        read_only=True,
    )
    pictures_folder: str = parameter(
        '', 'Folder for pictures that are taken; empty: pictures in the user data folder.'
    )
    queue_size: int = parameter(
        4,
        'Behaviors that may wait for one of the same or a higher priority; one more is refused.',
        minimum=0,
        maximum=100,
    )
    time_limit_max: float = parameter(
        4.0 * 3600.0,
        'Seconds after which any behavior is ended, whatever limit it gives itself.',
        minimum=1.0,
        maximum=7.0 * _DAY_S,
    )
    hang_timeout: float = parameter(
        2.0,
        'Seconds that a behavior may compute without a wait before it is ended.',
        minimum=0.2,
        maximum=60.0,
    )
    calls_per_second: int = parameter(
        100,
        'Calls of the robot that a behavior may make within a second before it is ended.',
        minimum=10,
        maximum=10_000,
    )
    lost_threads_max: int = parameter(
        3,
        'Behaviors that could not be ended and still compute in vain; with as many, no further'
        ' behavior is begun until the node is started again.',
        minimum=1,
        maximum=100,
    )
    idle_life: bool = parameter(True, 'Live a little when nothing is asked of the robot.')
    idle_after: float = parameter(
        30.0,
        'Seconds after the last command of anyone until idle life begins.',
        minimum=0.5,
        maximum=_DAY_S,
    )
    glances: bool = parameter(True, 'Idle life: look somewhere now and then.')
    antenna_moves: bool = parameter(True, 'Idle life: move the antennas now and then.')
    idle_pause: float = parameter(
        12.0,
        'Idle life: mean seconds between two small moves; each pause is between half and one and a'
        ' half of it.',
        minimum=1.0,
        maximum=3600.0,
    )
    drowsy_after: float = parameter(
        300.0,
        'Idle life: seconds without a voice or a face until the robot becomes drowsy; 0: never.',
        minimum=0.0,
        maximum=_DAY_S,
    )
    sleep_after: float = parameter(
        900.0,
        'Idle life: seconds without a voice or a face until the robot goes to sleep; 0: never.',
        minimum=0.0,
        maximum=_DAY_S,
    )
    wake_at_voice: bool = parameter(
        True, 'Idle life: a voice ends drowsiness and sleep, where hearing is there.'
    )
    watch_faces: bool = parameter(
        False,
        'Idle life: a face ends drowsiness and sleep. Looking for faces needs a vision model all'
        ' the time.',
    )

    def conflicts(self) -> Iterable[str]:
        """Yield what does not go together."""
        yield from super().conflicts()
        if 0.0 < self.sleep_after <= self.drowsy_after:
            yield (
                f'sleep_after is {self.sleep_after:g} s; it must be longer than drowsy_after,'
                f' {self.drowsy_after:g} s, or 0'
            )
        for name, folder in (
            ('storage_folder', self.storage()),
            ('pictures_folder', self.pictures()),
        ):
            if str(folder).startswith('~'):
                yield (
                    f'{name} is {str(folder)!r}, but there is no such home folder; give the whole'
                    ' path'
                )

    def storage(self) -> Path:
        """Return the folder that is kept over restarts; each behavior has one of its own in it."""
        return _folder(self.storage_folder, 'behaviors')

    def pictures(self) -> Path:
        """Return the folder for pictures."""
        return _folder(self.pictures_folder, 'pictures')


def _folder(given: str, name: str) -> Path:
    """Return a folder, or the one of a name in the user data folder (XDG base directories)."""
    data = os.environ.get('XDG_DATA_HOME') or '~/.local/share'
    # Unlike Path.expanduser it leaves an unknown home as it is, which `conflicts` then tells.
    return Path(os.path.expanduser(given or os.path.join(data, 'bbia_sim_ros', name)))
