"""Memory that is free goes back, also in a process that runs for weeks.

glibc's `malloc` learns from what is freed: after one block of some megabytes, such blocks come from
the heap, where a small block above them keeps all that is free below; and each of the threads that
Fast DDS starts may have a heap of its own. A bridge that is sent pictures and long messages grew so
by half a kilobyte a frame, without losing anything. Fixed thresholds end both (mallopt(3)).

Python frees what is in cycles, and the tuples that it keeps for later use (up to 2000 of each of 20
lengths), in a collection of the oldest generation. That one waits until a quarter of all objects
are new, modules and classes counted: hours, in a process that makes little garbage, and then it
stops all threads for a look at everything. `Sweeper` takes what was there at the start out of the
collections (gc.freeze), and has one every minute, which is then a short one.

Contract: `keep_heap_small` is called once, before threads start; it changes nothing but the memory
that a process keeps, and does nothing where the C library is not glibc. A `Sweeper` is made once,
when all is loaded, and turned by one thread.
"""

from __future__ import annotations

import ctypes
import gc
import time
from typing import Final

# <malloc.h>
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

OWN_PAGES_B: Final = 256 * 1024
"""Blocks of this size or more are pages of their own, which go back when they are freed."""
TRIMMED_B: Final = 1024 * 1024
"""So much may stay free at the end of the heap."""
ARENAS: Final = 2
SWEEP_EVERY_S: Final = 60.0


def keep_heap_small() -> bool:
    """Fix the thresholds of the C library's heap; return whether it has them."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    chosen = (
        (_M_ARENA_MAX, ARENAS),
        (_M_MMAP_THRESHOLD, OWN_PAGES_B),
        (_M_TRIM_THRESHOLD, TRIMMED_B),
    )
    return all([mallopt(parameter, value) == 1 for parameter, value in chosen])


class Sweeper:
    """Collects Python's garbage by the clock; see the module's docstring."""

    def __init__(self, every_s: float = SWEEP_EVERY_S) -> None:
        """Keep what is there now out of all collections from now on."""
        gc.collect()
        gc.freeze()
        self._every_s = every_s
        self._due = time.monotonic() + every_s

    def turn(self) -> None:
        """Collect if it is time to."""
        if time.monotonic() >= self._due:
            gc.collect()
            self._due = time.monotonic() + self._every_s
