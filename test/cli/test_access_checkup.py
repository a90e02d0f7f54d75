"""Device files that belong to a group, as the doctor sees them."""

from __future__ import annotations

import grp
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bbia_sim_ros.cli.access_checkup import check_serial_access
from bbia_sim_ros.cli.access_checkup import check_sound_access
from bbia_sim_ros.cli.access_checkup import may_use
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding


@pytest.mark.parametrize(
    ('check', 'device'), [(check_sound_access, 'pcmC0D0c'), (check_serial_access, 'ttyACM0')]
)
def test_a_device_that_may_not_be_used_comes_with_its_group(
    tmp_path: Path, check: Callable[..., Finding], device: str
) -> None:
    (tmp_path / 'null').touch()
    assert check(tmp_path).level == NOT_APPLICABLE
    (tmp_path / device).touch()
    assert check(tmp_path).level == OK
    refused = check(tmp_path, usable=lambda path: path.name != device)
    assert refused.level == WARN
    assert f'1 of 1 devices, {tmp_path / device} first' in refused.text
    group = grp.getgrgid(os.stat(tmp_path / device).st_gid).gr_name
    assert refused.fix.startswith(f'sudo usermod -aG {group} ')


def test_the_access_is_that_of_this_account(tmp_path: Path) -> None:
    device = tmp_path / 'ttyUSB0'
    assert not may_use(device)
    device.touch()
    assert may_use(device)
    device.chmod(0)
    assert may_use(device) == (os.geteuid() == 0)


def test_a_device_that_was_unplugged_is_none(tmp_path: Path) -> None:
    (tmp_path / 'ttyUSB0').symlink_to('gone')
    assert check_serial_access(tmp_path).level == NOT_APPLICABLE
