"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.official_daemon import DaemonNotInstalled
from support.official_daemon import Mode
from support.official_daemon import OfficialDaemon


@pytest.fixture(scope='module')
def official_daemon() -> Iterator[OfficialDaemon]:
    """The official daemon in front of its mockup of a robot."""
    try:
        daemon = OfficialDaemon(Mode.MOCKUP)
    except DaemonNotInstalled as error:
        pytest.skip(str(error))
    with daemon:
        yield daemon
