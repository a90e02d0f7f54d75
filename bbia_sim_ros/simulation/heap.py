"""Giving memory back to the operating system that MuJoCo and the C library would keep."""

from __future__ import annotations

import ctypes
import gc

from bbia_sim_ros.simulation.windowless import mujoco


def give_back() -> None:
    """Return what is not in use: call it after a model was compiled or dropped.

    MuJoCo caches every mesh and texture it ever read, and the C library keeps freed pages.
    """
    gc.collect()
    mujoco.mj_clearCache(mujoco.mj_getCache())
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:  # glibc alone has it
        trim(0)
