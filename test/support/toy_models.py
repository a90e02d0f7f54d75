"""Models for the tests of the pool; they run in worker processes."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from collections.abc import Generator
from pathlib import Path
from typing import Any

from bbia_sim_ros.models.context import Context

_POLL_S = 0.005


class Toy:
    """Does small things; options say what happens while it is loaded."""

    device = 'cpu'

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        note: str = '',
        wait_for: str = '',
        fails: str = '',
        allocate_b: int = 0,
        steps: int = 0,
    ) -> None:
        progress(0.5, 'halfway')
        for step in range(steps):
            progress(step / steps, f'step {step}')
        if note:
            with Path(note).open('a', encoding='utf-8') as file:
                file.write(f'{os.getpid()}\n')
        while wait_for and not Path(wait_for).exists():
            time.sleep(_POLL_S)
        if fails == 'memory':
            raise MemoryError
        if fails == 'exit':
            sys.stderr.write('the weights are damaged\n')
            os._exit(3)
        if fails and not Path(fails).exists():
            raise ValueError(f'{fails} is not a model')
        self._weights = bytearray(b'w') * allocate_b

    def pid(self, context: Context) -> int:
        """Return the process id."""
        return os.getpid()

    def echo(self, context: Context, value: Any) -> Any:
        """Return what is given."""
        return value

    def total(self, context: Context, array: Any) -> tuple[float, bool]:
        """Return the sum of an array, and whether it is a view of other memory."""
        return float(array.sum()), array.base is not None

    def zeros(self, context: Context, count: int) -> Any:
        """Return an array of bytes."""
        import numpy as np

        return np.zeros(count, np.uint8)

    def count(self, context: Context, to: int) -> Generator[int, None, str]:
        """Yield numbers from 0."""
        yield from range(to)
        return f'{to} numbers'

    def drip(self, context: Context) -> Generator[int, None, None]:
        """Yield numbers until cancelled."""
        number = 0
        while not context.cancelled.wait(_POLL_S):
            yield number
            number += 1
        context.check()

    def until(self, context: Context, path: str) -> str:
        """Work until a file exists, or the request is over."""
        while not Path(path).exists():
            context.check()
            time.sleep(_POLL_S)
        return path

    def deaf(self, context: Context) -> None:
        """Notice nothing, with Python's lock held for ages."""
        re.match('(a+)+$', 'a' * 60 + 'b')

    def touch_then_be_deaf(self, context: Context, path: str) -> None:
        """Tell by a file that it begins, then notice nothing."""
        Path(path).touch()
        self.deaf(context)

    def refuse(self, context: Context) -> None:
        """Fail as a model does."""
        raise ValueError('too hot')

    def break_down(self, context: Context) -> None:
        """Fail as a bug does."""
        raise KeyError('nothing')

    def unsendable(self, context: Context) -> Any:
        """Return what pickle cannot carry."""
        return lambda: None

    def foreign(self, context: Context) -> Any:
        """Return an object of a class whose module the asker has not imported."""
        module = types.ModuleType('module_of_the_worker')
        module.Foreign = type('Foreign', (), {'__module__': module.__name__})  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
        return module.Foreign()

    def die(self, context: Context) -> None:
        """Be killed while working."""
        os.kill(os.getpid(), signal.SIGKILL)

    def leave(self, context: Context, complaint: str) -> None:
        """End the process while working."""
        sys.stderr.write(f'first\n{complaint}\n')
        os._exit(7)

    def chatter(self, context: Context, lines: int) -> int:
        """Write a lot to the standard output and error."""
        for number in range(lines):
            print(f'{number:060d}')
            print(f'{number:060d}', file=sys.stderr)
        return lines

    def crash(self, context: Context) -> None:
        """Reach for memory that is not there."""
        ctypes.string_at(0)

    def start_child(self, context: Context) -> int:
        """Start a process that would outlive this one, and return its id."""
        return subprocess.Popen(['sleep', '600']).pid

    def environment(self, context: Context, name: str) -> str | None:
        """Return an environment variable."""
        return os.environ.get(name)

    def modules(self, context: Context) -> list[str]:
        """Return the names of the imported modules."""
        return sorted(sys.modules)


class Needy:
    """Cannot be made here."""

    def __init__(self, progress: Callable[[float, str], None]) -> None:
        import a_library_that_nobody_has  # type: ignore[import-not-found]  # noqa: F401
