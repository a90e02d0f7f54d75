"""The parent's end of the camera process: start it, ask it for pictures, end it, bury it.

Contract
    Used by `camera.CameraWorker` alone. Every wait has a deadline. The process sees the end of its
    connection when this end is closed, by `close` or by the death of the parent, and ends.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import CameraUnavailable
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.pictures import PIXELS_OFFSET
from bbia_sim_ros.simulation.pictures import CameraSettings
from bbia_sim_ros.simulation.pictures import Frame

START_TIMEOUT_S: Final = 30.0
FRAME_TIMEOUT_S: Final = 5.0
EXIT_TIMEOUT_S: Final = 2.0
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
        # Without a name, so nothing is left behind whoever dies.
        memory_fd = os.memfd_create('bbia_camera')
        self._connection, theirs = Pipe(duplex=True)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        try:
            os.ftruncate(memory_fd, PIXELS_OFFSET + math.prod(self._shape))
            self._memory = mmap.mmap(memory_fd, 0)
            config = {
                'scene': scene,
                'assets': str(assets.root),
                'settings': asdict(settings),
                'memory_fd': memory_fd,
                'connection_fd': theirs.fileno(),
                'niceness': NICENESS,
            }
            self.process = subprocess.Popen(
                [sys.executable, '-m', PROCESS_MODULE, json.dumps(config)],
                env=_environment(backend),
                pass_fds=(memory_fd, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
            )
        finally:
            theirs.close()
            os.close(memory_fd)
        try:
            ready = self._receive(START_TIMEOUT_S)
        except BaseException:
            self.close()
            raise
        if 'scene_error' in ready:
            self.close()
            raise SceneError(ready['scene_error'])
        self.nq = int(ready['nq'])
        self.fovy_deg = float(ready['fovy'])

    def render(self, qpos: FloatArray, *, rgb: bool, jpeg: bool) -> Frame:
        """Return the picture at `qpos` (nq,). Raises `CameraUnavailable`."""
        np.frombuffer(self._memory, np.float64, len(qpos))[:] = qpos
        try:
            self._connection.send(jpeg)
        except OSError as error:
            raise CameraUnavailable(self._obituary()) from error
        answer = self._receive(FRAME_TIMEOUT_S)
        pixels = None
        if rgb:
            view = np.frombuffer(self._memory, np.uint8, math.prod(self._shape), PIXELS_OFFSET)
            pixels = view.reshape(self._shape).copy()
        return Frame(pixels, answer['jpeg'])

    def close(self) -> None:
        """End the process, by force if it does not end by itself, and free everything."""
        self._connection.close()
        try:
            self.process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._complaints.close()
        self._memory.close()

    def _receive(self, timeout: float) -> dict[str, Any]:
        try:
            if not self._connection.poll(timeout):
                raise CameraUnavailable(f'the camera process did not answer within {timeout} s')
            answer: dict[str, Any] = self._connection.recv()
        except (EOFError, OSError) as error:
            raise CameraUnavailable(self._obituary()) from error
        return answer

    def _obituary(self) -> str:
        """Say how the process ended, with the last line it wrote."""
        try:
            code = self.process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return 'the camera process closed its connection'
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors='replace').strip().splitlines()
        how = f'was killed by signal {-code}' if code < 0 else f'ended with exit code {code}'
        return f'the camera process {how}' + (f': {lines[-1]}' if lines else '')


def _environment(backend: str) -> dict[str, str]:
    environment = dict(os.environ)
    environment['MUJOCO_GL'] = backend
    # The package may have been found through sys.path alone (an editable checkout, a test run).
    package_parent = str(Path(__file__).resolve().parents[2])
    known = environment.get('PYTHONPATH')
    environment['PYTHONPATH'] = f'{package_parent}{os.pathsep}{known}' if known else package_parent
    return environment
