"""A disk of a few megabytes for the stack, that can be filled up; and what it is to save there.

Contract
    Needs no root: the stack runs in a user and mount namespace of its own (unshare of util-linux),
    where a folder is a tmpfs. From outside that folder is looked into by way of /proc, so that
    nothing is to be cleaned up: it is gone when the last process of the stack is.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import CLOCK

_SIZE_MB = 8
_MOUNT = f'mount -t tmpfs -o size={_SIZE_MB}m,mode=700 none "$0" && exec "$@"'
_PROBE_S = 10.0
_CHUNKS_B = (1 << 16, 1 << 12)
_RECORD_S = 0.2
# Far from now: no alarm is to ring, not even an hour later.
_ALARM = {'action': 'set', 'time': '+600', 'label': 'faults'}


class SmallDisk:
    """See the module's docstring."""

    def command(self, folder: Path, command: Sequence[str]) -> list[str]:
        """Return the command that runs another with `folder` on the small disk."""
        return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', _MOUNT, str(folder),
                *command]  # fmt: skip

    def obstacle(self, folder: Path) -> str:
        """Return why there cannot be such a disk here, '' if there can."""
        if shutil.which('unshare') is None:
            return 'unshare is not installed: apt install util-linux'
        tried = subprocess.run(
            self.command(folder, ['true']),
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            check=False,
        )
        said = tried.stderr.strip().replace('\n', '; ')
        return f'no file system of its own can be made: {said}' if tried.returncode else ''


def from_outside(pid: int, folder: Path) -> Path:
    """Return where a folder of a process's mount namespace is found outside of it."""
    return Path(f'/proc/{pid}/root{folder}')


def fill(file: Path) -> None:
    """Write zeros to a file until not one block more fits."""
    with file.open('wb', buffering=0) as filling:
        for size_B in _CHUNKS_B:  # noqa: N806
            try:
                while True:
                    filling.write(bytes(size_B))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Something that is saved when an action of a client of the bridge asks for it."""

    path: Path
    """The file, from outside."""
    operation: dict[str, Any]

    def mark(self) -> tuple[int, int] | None:
        """Return what is another after each saving; None without a file that says something."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_mtime_ns) if status.st_size else None


def savings(inside: Path, outside: Path) -> list[Saving]:
    """Return everything to be saved in a folder; earlier recordings are removed."""
    alarms = outside / 'data' / 'bbia_sim_ros' / 'behaviors' / CLOCK / ALARMS_FILE
    are_set = alarms.is_file() and json.loads(alarms.read_text(encoding='utf-8'))
    domain = os.environ['ROS_DOMAIN_ID']
    recording = Path('recordings') / 'faults.json'
    (outside / recording).unlink(missing_ok=True)
    return [
        Saving(
            path=outside / 'conversation.json',
            operation=_goal('chat', 'Chat', text='look up', conversation='faults'),
        ),
        Saving(
            path=alarms,
            operation=_goal(
                'behave',
                'Behave',
                name=CLOCK,
                parameters=json.dumps({'action': 'stop'} if are_set else _ALARM),
            ),
        ),
        Saving(
            path=outside / recording,
            operation=_goal(
                'record_move', 'RecordMove', name=str(inside / recording), duration=_RECORD_S
            ),
        ),
        Saving(
            path=outside / 'runtime' / f'{domain}_motion.json',
            operation={
                'op': 'publish',
                'topic': '/emotion',
                'type': 'bbia_msgs/Emotion',
                'msg': {'header': {'stamp': 'now'}, 'name': 'neutral', 'intensity': 0.0},
            },
        ),
    ]


def _goal(action: str, kind: str, **goal: object) -> dict[str, Any]:
    return {
        'op': 'send_action_goal',
        'id': action,
        'action': f'/{action}',
        'action_type': f'bbia_msgs/action/{kind}',
        'args': goal,
    }
