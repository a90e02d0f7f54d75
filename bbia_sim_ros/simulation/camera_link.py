"""The parent's end of the process that renders: what is asked of it and what it answers.

Contract
    Used by `camera.CameraWorker` alone. Every wait has a deadline. How the process is started and
    ended: `bbia_sim_ros.camera.worker`.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Final

import numpy as np

from bbia_sim_ros.camera.errors import WorkerError
from bbia_sim_ros.camera.worker import WorkerProcess
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import CameraUnavailable
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.pictures import MOCAP_OFFSET
from bbia_sim_ros.simulation.pictures import PIXELS_OFFSET
from bbia_sim_ros.simulation.pictures import CameraSettings
from bbia_sim_ros.simulation.pictures import Frame

FRAME_TIMEOUT_S: Final = 5.0
NICENESS: Final = 5
PROCESS_MODULE: Final = 'bbia_sim_ros.simulation.camera_process'


class CameraProcess:
    """A running process that is ready to render.

    Attributes
    ----------
    backend:
        The OpenGL it uses.
    nq:
        Length of the scene's qpos.
    mocap:
        Where the scene puts the bodies that paths move (nmocap, 7), as `Physics.mocap`.
    fovy_deg:
        Vertical field of view of the camera, degrees.

    """

    def __init__(self, scene: str, assets: Assets, settings: CameraSettings, backend: str) -> None:
        """Start the process and wait until it is ready.

        Raises
        ------
        CameraUnavailable
            It could not be started, or its OpenGL failed.
        SceneError
            MuJoCo refuses the scene, or the scene has no such camera.

        """
        self.backend = backend
        self._shape = (settings.height, settings.width, 3)
        config = {
            'scene': scene,
            'assets': str(assets.root),
            'settings': asdict(settings),
            'niceness': NICENESS,
        }
        try:
            self._worker = WorkerProcess(
                PROCESS_MODULE,
                config,
                memory_b=PIXELS_OFFSET + math.prod(self._shape),
                environment={'MUJOCO_GL': backend},
            )
        except WorkerError as error:
            raise CameraUnavailable(str(error)) from error
        ready = self._worker.ready
        if 'scene_error' in ready:
            self.close()
            raise SceneError(ready['scene_error'])
        self.nq = int(ready['nq'])
        self.mocap: FloatArray = ready['mocap']
        self.fovy_deg = float(ready['fovy'])

    @property
    def pid(self) -> int:
        """The process id."""
        return self._worker.process.pid

    def render(self, qpos: FloatArray, mocap: FloatArray, *, rgb: bool, jpeg: bool) -> Frame:
        """Return the picture at `qpos` (nq,), `mocap` (nmocap, 7); raises `CameraUnavailable`."""
        memory = self._worker.memory
        np.frombuffer(memory, np.float64, qpos.size)[:] = qpos
        np.frombuffer(memory, np.float64, mocap.size, MOCAP_OFFSET)[:] = mocap.ravel()
        try:
            answer = self._worker.ask(jpeg, FRAME_TIMEOUT_S)
        except WorkerError as error:
            raise CameraUnavailable(str(error)) from error
        pixels = None
        if rgb:
            view = np.frombuffer(memory, np.uint8, math.prod(self._shape), PIXELS_OFFSET)
            pixels = view.reshape(self._shape).copy()
        return Frame(pixels, answer['jpeg'])

    def close(self) -> None:
        """End the process and free everything."""
        self._worker.close()
