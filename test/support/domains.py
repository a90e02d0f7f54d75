"""A ROS domain for each test, or for each module whose tests share a robot."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Domains above 101 collide with the ephemeral ports of Linux; 0 is everybody's.
_DOMAINS = range(1, 102)


@contextmanager
def reserved_domain() -> Iterator[int]:
    """Reserve a ROS domain that no other test of this computer uses, and set ROS_DOMAIN_ID."""
    folder = Path(tempfile.gettempdir()) / f'bbia_test_domains_{os.getuid()}'
    folder.mkdir(exist_ok=True)
    for domain in _DOMAINS:
        with (folder / str(domain)).open('w') as handle, pytest.MonkeyPatch.context() as patch:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            patch.setenv('ROS_DOMAIN_ID', str(domain))
            patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
            yield domain
            return
    pytest.fail(f'all ROS domains {_DOMAINS.start} to {_DOMAINS.stop - 1} are in use by tests')
