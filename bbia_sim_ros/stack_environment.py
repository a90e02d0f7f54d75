"""What the stack takes from and adds to the environment: its folders, packages, and DDS profiles.

Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PACKAGE = 'bbia_sim_ros'
_RANGE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
_PROFILES = 'FASTDDS_DEFAULT_PROFILES_FILE'
_HERE = frozenset({'', 'LOCALHOST', 'SYSTEM_DEFAULT'})


def share_directory() -> Path:
    """Return the folder that holds launch/, config/ and urdf/.

    That is the source tree when the package is imported from one, else the package's folder under
    an installed prefix. Raises `FileNotFoundError` when neither has them.
    """
    source = Path(__file__).resolve().parent.parent
    if (source / 'package.xml').is_file():
        return source
    for prefix in _prefixes():
        share = prefix / 'share' / PACKAGE
        if (share / 'package.xml').is_file():
            return share
    raise FileNotFoundError(
        f'share/{PACKAGE} is in none of the prefixes of AMENT_PREFIX_PATH; source the setup file of'
        ' your colcon workspace, or start through ./bbia'
    )


def environment(current: Mapping[str, str], share: Path | None = None) -> dict[str, str]:
    """Return the environment variables that the stack needs and `current` leaves open.

    `share` is the folder that holds config/, by default `share_directory()`. Every socket stays on
    this computer unless the person asked for more, and messages go by UDP alone, for the reasons in
    config/fastdds.xml. A profile of the person's own is left alone.
    """
    config = (share or share_directory()) / 'config'
    here, anywhere = str(config / 'fastdds_local.xml'), str(config / 'fastdds.xml')
    discovery = current.get(_RANGE, '')
    profiles = current.get(_PROFILES, '')
    if profiles not in {'', here, anywhere}:
        return {} if discovery else {_RANGE: 'LOCALHOST'}
    if discovery in _HERE:
        # With LOCALHOST, ROS would bind to every interface: who knows the address would get in.
        return {_RANGE: 'SYSTEM_DEFAULT', _PROFILES: here}
    return {_PROFILES: anywhere}


def is_installed(package: str) -> bool:
    """Return whether an ament package is in one of the prefixes of AMENT_PREFIX_PATH."""
    marker = Path('share', 'ament_index', 'resource_index', 'packages', package)
    return any((prefix / marker).is_file() for prefix in _prefixes())


def _prefixes() -> tuple[Path, ...]:
    return tuple(
        Path(entry) for entry in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if entry
    )
