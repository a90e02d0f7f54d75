"""The checks of device files that belong to a group: sound cards, and the serial port of a robot.

Contract: asks the kernel for the permissions; opens nothing. Cameras are opened to learn what they
are, so `media_checkup.py` says when that is not allowed.
"""

import grp
import os
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding

SOUND_DEVICES = Path('/dev/snd')
DEVICES = Path('/dev')
SERIAL_PATTERNS = ('ttyACM*', 'ttyUSB*')


def may_use(device: Path) -> bool:
    """Whether this account may read and write it."""
    return os.access(device, os.R_OK | os.W_OK)


def check_sound_access(
    folder: Path = SOUND_DEVICES, *, usable: Callable[[Path], bool] = may_use
) -> Finding:
    """The sound cards are open to this account."""
    return _check('sound', folder.glob('*C[0-9]*'), 'no sound card on this computer', usable)


def check_serial_access(
    folder: Path = DEVICES, *, usable: Callable[[Path], bool] = may_use
) -> Finding:
    """The serial port of a Reachy Mini Lite is open to this account, which runs its daemon."""
    found = [device for pattern in SERIAL_PATTERNS for device in folder.glob(pattern)]
    return _check('serial', found, 'no robot is plugged into this computer', usable)


def _check(
    name: str, devices: Iterable[Path], none: str, usable: Callable[[Path], bool]
) -> Finding:
    groups = _groups(devices)
    if not groups:
        return Finding(NOT_APPLICABLE, name, none)
    refused = [device for device in groups if not usable(device)]
    if not refused:
        return Finding(OK, name, f'{len(groups)} devices may be used, {next(iter(groups))} first')
    text = f'no permission to use {len(refused)} of {len(groups)} devices, {refused[0]} first'
    return Finding(WARN, name, text, _fix(groups[refused[0]]))


def _groups(devices: Iterable[Path]) -> dict[Path, int]:
    """Return the group id of each device, sorted by path."""
    found = {}
    for device in sorted(devices):
        with suppress(FileNotFoundError):  # unplugged meanwhile
            found[device] = device.stat().st_gid
    return found


def _fix(group_id: int) -> str:
    try:
        group = grp.getgrgid(group_id).gr_name
    except KeyError:  # in a container it has none
        return f'start the container with --group-add {group_id}'
    return f'sudo usermod -aG {group} "$USER", then log in again'
