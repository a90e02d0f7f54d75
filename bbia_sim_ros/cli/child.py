"""Child processes that cannot outlive us, and one way to run a command with a log.

Contract: `run_logged` may be called from several threads at once. What it runs, and all that this
starts in turn, ends when we do, even when we are killed (Linux; elsewhere only through `stop_all`).
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bbia_sim_ros.cli.errors import CommandError

PR_SET_PDEATHSIG = 1  # prctl(2)
TAIL_LINES = 25
GUARD = 'from bbia_sim_ros.cli.guard import main; raise SystemExit(main())'

_running: set[subprocess.Popen[str]] = set()
_running_lock = threading.Lock()


def ask_for_signal_at_parents_death(number: signal.Signals) -> None:
    """Have the kernel send us `number` when the thread that started us ends (Linux only)."""
    if sys.platform.startswith('linux'):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def die_with_parent() -> Callable[[], None]:
    """Return a function for the child side of a fork: SIGKILL it when the forking thread ends.

    The C library is loaded here, before the fork, because loading is not safe after it.
    """
    if not sys.platform.startswith('linux'):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return in_child


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to the process group that `leader` leads; nothing happens if it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def run_logged(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    cwd: Path,
    on_line: Callable[[str], None] = lambda line: None,
) -> None:
    """Run `command` to its end; its output goes to the file `log`, line by line to `on_line`.

    Raises CommandError with the last lines and the path of the log when it is missing or fails.
    """
    arguments = [str(part) for part in command]
    if shutil.which(arguments[0], path=environment.get('PATH')) is None:
        raise CommandError(f'{arguments[0]} is not there or cannot be run')
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    root = Path(__file__).resolve().parents[2]
    guard = f'import sys; sys.path.insert(0, {str(root)!r}); {GUARD}'
    with log.open('a', encoding='utf-8') as file:
        file.write(f'$ {" ".join(arguments)}\n')
        file.flush()
        process = subprocess.Popen(
            [sys.executable, '-I', '-S', '-c', guard, str(os.getpid()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(environment),
            text=True,
            errors='replace',
            start_new_session=True,
        )
        with _running_lock:
            _running.add(process)
        try:
            with process:
                for line in process.stdout or ():
                    file.write(line)
                    tail.append(line.rstrip())
                    on_line(line.rstrip())
        finally:
            with _running_lock:
                _running.discard(process)
    if process.returncode != 0:
        shown = '\n'.join(f'    {line}' for line in tail)
        raise CommandError(
            f'{arguments[0]} failed with status {process.returncode}:\n{shown}\n  full log: {log}'
        )


def stop_all() -> None:
    """End every command that `run_logged` has under way, and all that it started."""
    with _running_lock:
        processes = list(_running)
    for process in processes:
        process.terminate()
