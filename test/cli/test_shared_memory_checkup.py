"""Shared memory as the doctor sees it: room, and what killed processes of Fast DDS left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bbia_sim_ros.cli import shared_memory_checkup
from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.shared_memory_checkup import SHARED_MEMORY
from bbia_sim_ros.cli.shared_memory_checkup import YOUNG_S
from bbia_sim_ros.cli.shared_memory_checkup import check_segments
from bbia_sim_ros.cli.shared_memory_checkup import check_shared_memory
from bbia_sim_ros.cli.shared_memory_checkup import dead_segments

PARTICIPANT = """
import sys, rclpy
rclpy.init()
node = rclpy.create_node('bbia_doctor_test')
print('up', flush=True)
sys.stdin.read()
"""


@contextmanager
def participant() -> Iterator[subprocess.Popen[str]]:
    """A process with a participant that has made its segment; of Fast DDS without a profile."""
    variables = {**os.environ}
    variables.pop('FASTDDS_DEFAULT_PROFILES_FILE', None)
    with subprocess.Popen(
        [sys.executable, '-c', PARTICIPANT],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == 'up\n'
        try:
            yield process
        finally:
            process.kill()


def owned_by(pid: int) -> Path:
    """Return the segment whose lock file a process has open."""
    (lock,) = {
        Path(os.readlink(descriptor))
        for descriptor in Path(f'/proc/{pid}/fd').iterdir()
        if os.readlink(descriptor).startswith(f'{SHARED_MEMORY}/fastdds_')
        and os.readlink(descriptor).endswith('_el')
        and 'port' not in os.readlink(descriptor)
    }
    return Path(str(lock).removesuffix('_el'))


def grow_old(segment: Path) -> None:
    old = time.time() - 2 * YOUNG_S
    os.utime(f'{segment}_el', (old, old))


def test_the_segment_of_a_killed_process_is_found_and_that_of_a_living_one_is_not(
    ros_domain: int,
) -> None:
    with participant() as process:
        segment = owned_by(process.pid)
        grow_old(segment)
        assert segment not in dead_segments(SHARED_MEMORY)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert segment in dead_segments(SHARED_MEMORY)
    segment.unlink()
    Path(f'{segment}_el').unlink()


def test_what_dead_processes_hold_is_counted_and_freed_by_a_command(tmp_path: Path) -> None:
    assert check_segments('', tmp_path).level == OK
    for name in ('fastdds_0123456789abcdef', 'fastdds_port7411', 'fastdds_fresh56789abcdef'):
        (tmp_path / name).write_bytes(bytes(3 * 2**20))
        (tmp_path / f'{name}_el').touch()
    grow_old(tmp_path / 'fastdds_0123456789abcdef')
    grow_old(tmp_path / 'fastdds_port7411')
    finding = check_segments('./bbia run ', tmp_path)
    assert finding.level == WARN
    assert finding.text.startswith('1 of dead processes hold 3 MiB')
    assert finding.fix.startswith('./bbia run fastdds shm clean')
    assert check_segments('', tmp_path / 'none').level == NOT_APPLICABLE


def test_missing_shared_memory_is_a_warning(tmp_path: Path) -> None:
    finding = check_shared_memory(tmp_path / 'none')
    assert finding.level == WARN
    assert finding.fix.startswith('sudo mount -t tmpfs')


def test_shared_memory_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / 'shm').touch()
    finding = check_shared_memory(tmp_path / 'shm')
    assert finding.level == WARN
    assert 'cannot be written' in finding.text


def test_too_little_shared_memory_comes_with_the_option_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_memory_checkup, 'NEEDED_B', 2**60)
    finding = check_shared_memory(tmp_path)
    assert finding.level == WARN
    assert '--shm-size' in finding.fix
