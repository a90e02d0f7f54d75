"""Pictures of the simulated world, rendered in a process of their own.

Contract
    `CameraWorker` starts the process at the first `render` and ends it with `close`: then all its
    memory is back. One thread owns a worker; `render` blocks that thread (not the interpreter)
    until the picture is there, at most five seconds. The process has a lower priority than
    its parent and ends with it, even if the parent is killed. Positions go in and pixels come out
    through shared memory that has no name, so nothing can be left behind.

    OpenGL runs off-screen: EGL, else OSMesa; a MUJOCO_GL set by the user is the only one tried.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.camera_link import CameraProcess
from bbia_sim_ros.simulation.errors import CameraUnavailable
from bbia_sim_ros.simulation.intrinsics import from_fovy
from bbia_sim_ros.simulation.pictures import EYE_CAMERA
from bbia_sim_ros.simulation.pictures import STUDIO_CAMERA
from bbia_sim_ros.simulation.pictures import CameraSettings
from bbia_sim_ros.simulation.pictures import Frame

__all__ = ['EYE_CAMERA', 'STUDIO_CAMERA', 'CameraSettings', 'CameraWorker', 'Frame']

BACKENDS: Final = ('egl', 'osmesa')

_FIX = 'install one with: sudo apt install libegl1 libegl-mesa0 libgl1-mesa-dri (or libosmesa6)'


class CameraWorker:
    """Renders one camera of a scene.

    Attributes
    ----------
    starts:
        How often a process was started.

    """

    def __init__(
        self,
        scene: str,
        assets: Assets,
        settings: CameraSettings | None = None,
        *,
        backends: tuple[str, ...] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or CameraSettings()
        self.starts = 0
        self._scene = scene
        self._assets = assets
        chosen = os.environ.get('MUJOCO_GL')
        self._backends = backends or ((chosen,) if chosen else BACKENDS)
        self._clock = clock
        self._last_use = -math.inf
        self._worker: CameraProcess | None = None

    @property
    def backend(self) -> str:
        """The OpenGL in use, '' while no process runs."""
        return self._worker.backend if self._worker else ''

    @property
    def pid(self) -> int | None:
        """The process id, None while no process runs."""
        return self._worker.pid if self._worker else None

    @property
    def running(self) -> bool:
        """Whether a process runs."""
        return self._worker is not None

    def start(self) -> Intrinsics:
        """Start the process if it does not run, and return the picture's intrinsics.

        Raises
        ------
        CameraUnavailable
            There is no off-screen OpenGL, or the process failed.
        SceneError
            MuJoCo refuses the scene, or the scene has no such camera.

        """
        fovy = self._running_worker().fovy_deg
        settings = self.settings
        return from_fovy(fovy_deg=fovy, width=settings.width, height=settings.height)

    def render(
        self,
        qpos: FloatArray,
        mocap: FloatArray | None = None,
        *,
        rgb: bool = True,
        jpeg: bool = False,
    ) -> Frame:
        """Render the world at `qpos` (nq,), the `Physics.qpos` of the same scene.

        Bodies that paths move are shown at `mocap` (nmocap, 7), the `Physics.mocap`; with None
        where the scene puts them.

        Raises
        ------
        CameraUnavailable
            No OpenGL, or the process died or hung; the next call starts a fresh one.
        SceneError
            MuJoCo refuses the scene, or the scene has no such camera.
        ValueError
            `qpos` or `mocap` has the wrong shape or is not finite.

        """
        worker = self._running_worker()
        values = np.asarray(qpos, dtype=np.float64)
        if values.shape != (worker.nq,):
            raise ValueError(
                f'qpos of scene {self._scene!r} has {worker.nq} numbers, not shape {values.shape}'
            )
        bodies = worker.mocap if mocap is None else np.asarray(mocap, dtype=np.float64)
        if bodies.shape != worker.mocap.shape:
            raise ValueError(
                f'mocap of scene {self._scene!r} has shape {worker.mocap.shape}, not {bodies.shape}'
            )
        if not (np.isfinite(values).all() and np.isfinite(bodies).all()):
            raise ValueError('qpos or mocap holds a NaN or infinite number')
        self._last_use = self._clock()
        try:
            return worker.render(values, bodies, rgb=rgb, jpeg=jpeg)
        except CameraUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """End the process. May be called twice; the next `render` starts a fresh one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def close_if_idle(self, idle_s: float) -> bool:
        """End the process if it was not used for `idle_s` seconds, and say whether it was ended."""
        if self._worker is None or self._clock() - self._last_use < idle_s:
            return False
        self.close()
        return True

    def _running_worker(self) -> CameraProcess:
        if self._worker is None:
            self._worker = self._start()
            self._last_use = self._clock()
        return self._worker

    def _start(self) -> CameraProcess:
        refusals = []
        for backend in self._backends:
            try:
                worker = CameraProcess(self._scene, self._assets, self.settings, backend)
            except CameraUnavailable as error:
                refusals.append(f'{backend}: {error}')
                continue
            self.starts += 1
            return worker
        raise CameraUnavailable(f'no off-screen OpenGL ({"; ".join(refusals)}); {_FIX}')
