"""A ROS domain for each test, or for each module whose tests share a robot."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE

# Domains above 101 collide with the ephemeral ports of Linux; 0 is everybody's.
_DOMAINS = tuple(range(1, 102))
_turn = deque(_DOMAINS)
# Processes that run parts of the suite at the same time begin far from each other.
_turn.rotate(-25 * int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')))


@contextmanager
def reserved_domain() -> Iterator[int]:
    """Reserve a ROS domain that no other test of this computer uses, and set ROS_DOMAIN_ID.

    It is the one that was not used for longest: what a test leaves behind may take a while to go.
    """
    folder = Path(tempfile.gettempdir()) / f'bbia_test_domains_{os.getuid()}'
    folder.mkdir(exist_ok=True)
    for _ in _DOMAINS:
        domain = _turn[0]
        _turn.rotate(-1)
        with (
            (folder / str(domain)).open('w') as handle,
            pytest.MonkeyPatch.context() as patch,
            tempfile.TemporaryDirectory() as lasting,
        ):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            patch.setenv('ROS_DOMAIN_ID', str(domain))
            # What a killed node leaves behind is not for the next test in this domain.
            patch.setenv(FOLDER_VARIABLE, lasting)
            if 'ROS_AUTOMATIC_DISCOVERY_RANGE' not in os.environ:
                patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
            yield domain
            return
    pytest.fail(f'all ROS domains {_DOMAINS[0]} to {_DOMAINS[-1]} are in use by tests')
