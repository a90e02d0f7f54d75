"""Choosing the Python that `.venv` is made from.

The ROS wheels exist for CPython on x86-64 Linux; this project's pins hold for 3.11 and 3.12. A
candidate counts only when it runs and has Python.h, because the message packages are compiled:
a pyenv shim without a version behind it, or a Debian Python without its -dev package, does not.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSIONS = ((3, 11), (3, 12))
PROBE = (
    'import pathlib, sys, sysconfig;'
    'print(*sys.version_info[:2], sys.implementation.name,'
    " pathlib.Path(sysconfig.get_path('include'), 'Python.h').is_file())"
)
PROBE_TIMEOUT_S = 20


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine. `has_headers`: Python.h is installed for it."""

    path: str
    version: tuple[int, int]
    has_headers: bool

    @property
    def is_suitable(self) -> bool:
        return self.version in VERSIONS and self.has_headers


def probe(path: str) -> Interpreter | None:
    """Run the Python at `path` and ask it; None when it does not run or is not CPython."""
    try:
        answer = subprocess.run(
            [path, '-c', PROBE],
            check=False,
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) != 4 or words[2] != 'cpython':
        return None
    return Interpreter(path, (int(words[0]), int(words[1])), words[3] == 'True')


def running_python() -> str:
    """Return the Python that runs us; outside its virtual environment if it is in one."""
    major, minor = sys.version_info[:2]
    outside = Path(sys.base_prefix) / 'bin' / f'python{major}.{minor}'
    return str(outside) if outside.exists() else sys.executable


def candidates() -> Iterator[str]:
    """Yield Pythons to try: the one that runs us, then those on PATH."""
    yield running_python()
    for major, minor in VERSIONS:
        found = shutil.which(f'python{major}.{minor}')
        if found:
            yield found


def find_interpreters() -> list[Interpreter]:
    """Return every candidate that runs, suitable ones first, else in the order of `candidates`."""
    found = [interpreter for path in candidates() if (interpreter := probe(path)) is not None]
    return sorted(found, key=lambda interpreter: not interpreter.is_suitable)
