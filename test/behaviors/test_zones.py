"""The time of day where the robot is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bbia_sim_ros.behaviors.zones import local_time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment, whose TZ sets the clock of this process after `time.tzset`."""
    with monkeypatch.context() as changed:
        yield changed
    time.tzset()


def test_the_time_of_day_has_the_name_of_its_zone(clock: pytest.MonkeyPatch) -> None:
    clock.setenv('TZ', 'Asia/Tokyo')
    time.tzset()
    assert local_time().tzinfo == ZoneInfo('Asia/Tokyo')
    assert abs(local_time() - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_zone_without_a_name_has_its_offset(clock: pytest.MonkeyPatch) -> None:
    clock.setenv('TZ', 'ODD-03:17')
    time.tzset()
    assert local_time().utcoffset() == timedelta(hours=3, minutes=17)
    assert not isinstance(local_time().tzinfo, ZoneInfo)
