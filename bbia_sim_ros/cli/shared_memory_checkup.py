"""The checks of shared memory, which other ROS programs beside the stack use.

The stack itself does without (config/fastdds.xml says why); with Fast DDS's own settings programs
hand their messages to each other through it.

Contract: nothing is changed but a probe file, removed again, and a lock held for an instant on
files of processes that are dead. Each participant of Fast DDS has a segment `fastdds_<16 digits>`
and a file `<segment>_el`, which it keeps locked (flock) while it lives; what a killed one leaves is
freed by nobody until the next boot.
"""

import fcntl
import re
import shutil
import time
from pathlib import Path

from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.storage_checkup import writing_problem

SHARED_MEMORY = Path('/dev/shm')
NEEDED_B = 64 * 2**20  # what Docker gives; Fast DDS takes 512 kB a process, a browser more
SEGMENT = re.compile(r'fastdds_[0-9a-z]{16}')
LOCK_SUFFIX = '_el'
# Another process makes a segment's lock file an instant before it locks it.
YOUNG_S = 10.0
BLOCK_B = 512  # what st_blocks counts


def check_shared_memory(folder: Path = SHARED_MEMORY) -> Finding:
    """There is room for the segments of the stack, and they can be made."""
    try:
        free_b = shutil.disk_usage(folder).free
    except FileNotFoundError:
        fix = f'sudo mount -t tmpfs -o size=1G tmpfs {folder}'
        return Finding(
            WARN, 'shm', f'{folder} does not exist: other ROS programs may not start', fix
        )
    problem = writing_problem(folder)
    if problem:
        fix = f'sudo chmod 1777 {folder}'
        return Finding(WARN, 'shm', f'{problem}: other ROS programs may not start', fix)
    text = f'{free_b / 2**20:.0f} MiB free in {folder}'
    if free_b >= NEEDED_B:
        return Finding(OK, 'shm', text)
    fix = f'sudo mount -o remount,size=1G {folder} (in a container: --shm-size=1g)'
    return Finding(WARN, 'shm', f'{text}: messages of other ROS programs may get lost', fix)


def check_segments(prefix: str, folder: Path = SHARED_MEMORY) -> Finding:
    """No dead process has left its shared memory behind."""
    if not folder.is_dir():
        return Finding(NOT_APPLICABLE, 'segments', f'{folder} does not exist')
    dead = dead_segments(folder)
    if not dead:
        return Finding(OK, 'segments', 'none of a dead process')
    held_b = sum(_held_b(segment) for segment in dead)
    text = f'{len(dead)} of dead processes hold {held_b / 2**20:.0f} MiB in {folder}'
    fix = f'{prefix}fastdds shm clean (leaves alone what a living process owns)'
    return Finding(WARN, 'segments', text, fix)


def dead_segments(folder: Path) -> list[Path]:
    """Return the segments whose owner is dead; those that others keep from us do not count."""
    return [
        segment
        for segment in sorted(folder.glob('fastdds_*'))
        if SEGMENT.fullmatch(segment.name) and _is_dead(Path(f'{segment}{LOCK_SUFFIX}'))
    ]


def _is_dead(lock: Path) -> bool:
    try:
        with lock.open('rb') as file:
            if time.time() - lock.stat().st_mtime < YOUNG_S:
                return False
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # locked, gone meanwhile, or another user's
        return False
    return True


def _held_b(segment: Path) -> int:
    try:
        return segment.stat().st_blocks * BLOCK_B
    except FileNotFoundError:  # it was cleaned up meanwhile
        return 0
