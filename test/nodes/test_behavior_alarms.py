"""Alarms of the node `behavior`: a file that is broken, and whose time it is."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import CLOCK
from bbia_sim_ros.behaviors.alarms import AlarmBook
from support.behaving import Behaving
from support.behaving import behaving
from support.ros import Probe
from support.waiting import wait_until


def level_of(stage: Behaving, name: str) -> bytes:
    part = stage.part(name)
    return DiagnosticStatus.STALE if part is None else part.level


def test_a_broken_file_of_alarms_is_told_until_alarms_are_written_again(
    ros_probe: Probe, tmp_path: Path
) -> None:
    path = tmp_path / 'storage' / CLOCK / ALARMS_FILE
    path.parent.mkdir(parents=True)
    path.write_text('{', encoding='utf-8')
    with behaving(ros_probe, tmp_path) as own:
        wait_until(lambda: level_of(own, 'alarms') == DiagnosticStatus.WARN, 'a warning')
        assert 'could not be used' in own.part('alarms').message
        assert 'no alarm is set' in own.part('alarms').message
        now = datetime.now(UTC)
        AlarmBook(path).add((now - timedelta(hours=1)).time(), 'UTC', now)
        wait_until(lambda: level_of(own, 'alarms') == DiagnosticStatus.OK, 'all is well')
        path.write_text('[', encoding='utf-8')
        wait_until(lambda: level_of(own, 'alarms') == DiagnosticStatus.WARN, 'a warning again')
        assert own.process.stop() == 0
        told = [line for line in own.process.output.splitlines() if 'could not be used' in line]
        assert len(told) == 2, told


def test_the_time_that_an_alarm_tells_is_that_of_the_robot_wherever_it_was_set(
    ros_probe: Probe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('TZ', 'Asia/Tokyo')
    book = AlarmBook(tmp_path / 'storage' / CLOCK / ALARMS_FILE)
    with behaving(ros_probe, tmp_path) as tokyo:
        assert tokyo.sensed('zone') == 'Asia/Tokyo'
        begun = datetime.now(UTC)
        due = (begun - timedelta(seconds=30)).astimezone(ZoneInfo('America/New_York'))
        book.add(due.time().replace(microsecond=0), due.tzinfo.key, begun - timedelta(seconds=60))
        stage = wait_until(
            lambda: [one.stage for one in tokyo.statuses if one.name == 'alarm_ring' and one.stage],
            'it rings',
        )[0]
        moments = (one.astimezone(ZoneInfo('Asia/Tokyo')) for one in (begun, datetime.now(UTC)))
        assert stage in {f'ringing: the alarm of {one:%H:%M}' for one in moments}
