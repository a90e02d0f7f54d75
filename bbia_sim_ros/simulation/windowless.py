"""MuJoCo for physics alone: `from bbia_sim_ros.simulation.windowless import mujoco`.

MuJoCo's package imports a library for windows, GLFW, which physics never use: 3 MB and 0.1 s of
each start of the driver, unless MUJOCO_GL names something else while it is imported. The process of
the camera has MUJOCO_GL set, and so it gets the OpenGL that it asks for.
"""

from __future__ import annotations

import os

_VARIABLE = 'MUJOCO_GL'

_asked_for = os.environ.get(_VARIABLE, '')
if not _asked_for:
    os.environ[_VARIABLE] = 'disabled'
try:
    import mujoco
finally:
    if not _asked_for:
        del os.environ[_VARIABLE]

__all__ = ['mujoco']
