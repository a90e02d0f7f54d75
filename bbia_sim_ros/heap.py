"""Memory that is free goes back to the system, also in a process that runs for weeks.

glibc's `malloc` learns from what is freed: after one block of some megabytes, such blocks come from
the heap, where a small block above them keeps all that is free below; and each of the threads that
Fast DDS starts may have a heap of its own. A bridge that is sent pictures and long messages grew so
by half a kilobyte a frame, without losing anything. Fixed thresholds end both (mallopt(3)).

Contract: `keep_heap_small` is called once, before threads start; it changes nothing but the memory
that a process keeps, and does nothing where the C library is not glibc.
"""

from __future__ import annotations

import ctypes
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
