"""Runs a test suite in several processes, and the few tests that failed once more, by themselves.

The tests talk over real networks and clocks: on a machine that is busy with other things one may
miss a deadline. A test that fails and then passes is named as unsteady, never silently counted;
what fails twice fails, and after more failures than `MOST_RETRIED` nothing is tried again. When
pytest or one of its processes is killed by a fault, which takes results along, everything is run
once more.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bbia_sim_ros.cli.child import die_with_parent

MOST_RETRIED = 8
TESTS_FAILED = 1  # pytest.ExitCode
_FAULTS = {128 + number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)}
_CACHE = '.pytest_cache/v/cache/lastfailed'
_PARALLEL = ('--dist', 'loadfile', '--max-worker-restart', '2')
_FAILED_ALONE = ('--last-failed', '--last-failed-no-failures', 'none')


def run_twice(
    command: Sequence[str], variables: Mapping[str, str], *, cwd: Path, processes: int = 1
) -> int:
    """Run pytest by `command`; return its exit code, 0 also when all failures pass by themselves.

    With several `processes` of pytest-xdist the tests of a file still run in one of them.

    Ctrl-C and SIGTERM are pytest's; nothing is run again after them.
    """
    parallel = ['-n', str(processes), *_PARALLEL] if processes > 1 else []
    everything = [*command, *parallel]
    status = _run(everything, variables, cwd)
    # A process of pytest-xdist that a fault ends fails a test, which another one may pass then.
    if status in _FAULTS or (status == TESTS_FAILED and not _failed(cwd)):
        print('\nA fault ended pytest; everything once more:', flush=True)
        status = _run(everything, variables, cwd)
    if status != TESTS_FAILED:
        return status
    failed = _failed(cwd)
    if not 0 < len(failed) <= MOST_RETRIED:
        return status
    print(f'\n{len(failed)} failed; once more, by themselves:', flush=True)
    status = _run([*command, *_FAILED_ALONE], variables, cwd)
    again = _failed(cwd) if status else []
    for test in failed:
        print(f'{"FAILED AGAIN" if test in again else "UNSTEADY"} {test}', flush=True)
    return status


def _failed(cwd: Path) -> list[str]:
    try:
        failed = json.loads((cwd / _CACHE).read_text(encoding='utf-8'))
    except FileNotFoundError:
        return []
    return sorted(failed)


def _run(command: Sequence[str], variables: Mapping[str, str], cwd: Path) -> int:
    process = subprocess.Popen(
        command,
        env=dict(variables),
        cwd=cwd,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - we have no threads
    )

    def pass_on(number: int, frame: FrameType | None) -> None:
        # The terminal sends its Ctrl-C to both of us.
        if number != signal.SIGINT:
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if status < 0:
        print(f'pytest was ended by signal {-status}', file=sys.stderr)
        return 128 - status
    return status
