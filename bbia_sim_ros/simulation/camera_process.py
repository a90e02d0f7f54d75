"""The process that renders. Started by `camera.CameraWorker`, never by hand.

Contract
    Takes one JSON argument, writes pixels into the shared memory it was given, and ends when the
    other end of its connection is closed. A scene that is refused is sent as an answer; anything
    else that goes wrong ends the process with a traceback, whose last line the parent reports.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.heap import give_back
from bbia_sim_ros.simulation.pictures import MAX_MOCAP
from bbia_sim_ros.simulation.pictures import MAX_QPOS
from bbia_sim_ros.simulation.pictures import MOCAP_OFFSET
from bbia_sim_ros.simulation.pictures import PIXELS_OFFSET
from bbia_sim_ros.simulation.pictures import CameraSettings


class Studio:
    """A scene, a camera in it and an OpenGL context."""

    def __init__(self, scene: str, assets: Assets, settings: CameraSettings) -> None:
        # Imported here: the import fails when the OpenGL named by MUJOCO_GL is not installed.
        import mujoco  # noqa: PLC0415

        from bbia_sim_ros.simulation import model as models  # noqa: PLC0415
        from bbia_sim_ros.simulation.moving_bodies import placements  # noqa: PLC0415

        self._mujoco: Any = mujoco
        self._settings = settings
        self._model = models.load_camera_model(
            scene,
            assets,
            width=settings.width,
            height=settings.height,
            shadows=settings.shadows,
            samples=settings.samples,
            photographs=settings.photographs,
        )
        if self._model.nq > MAX_QPOS:
            raise SceneError(f'the scene has {self._model.nq} coordinates, at most {MAX_QPOS} fit')
        if self._model.nmocap > MAX_MOCAP:
            raise SceneError(
                f'the scene has {self._model.nmocap} mocap bodies, at most {MAX_MOCAP}'
            )
        self._camera = self._find_camera(models.PREFIX)
        self._data = mujoco.MjData(self._model)
        self._renderer = mujoco.Renderer(self._model, settings.height, settings.width)
        self.nq = self._model.nq
        self.mocap = placements(self._data)
        self.fovy = float(self._model.cam_fovy[self._camera])

    def render(self, qpos: Any, mocap: Any, out: Any) -> None:
        """Render the world at `qpos` (nq,), `mocap` (nmocap, 7) into `out` (height, width, 3)."""
        mujoco, model, data = self._mujoco, self._model, self._data
        data.qpos[:] = qpos
        data.mocap_pos[:] = mocap[:, :3]
        data.mocap_quat[:] = mocap[:, 3:]
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_camlight(model, data)
        self._renderer.update_scene(data, self._camera)
        flags = self._renderer.scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = self._settings.shadows
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = self._settings.reflections
        self._renderer.render(out=out)

    def _find_camera(self, prefix: str) -> int:
        wanted = self._settings.camera
        names = [self._model.camera(index).name for index in range(self._model.ncam)]
        for name in (prefix + wanted, wanted):
            if name in names:
                return names.index(name)
        known = ', '.join(name.removeprefix(prefix) for name in names)
        raise SceneError(f'the scene has no camera {wanted!r}; there are: {known}')


def serve(config: dict[str, Any]) -> None:
    """Render on request until the connection is closed."""
    connection = Connection(config['connection_fd'])
    memory = mmap.mmap(config['memory_fd'], 0)
    settings = CameraSettings(**config['settings'])
    os.nice(config['niceness'])
    try:
        studio = Studio(config['scene'], Assets(Path(config['assets'])), settings)
    except SceneError as error:
        connection.send({'scene_error': str(error)})
        return
    give_back()
    shape = (settings.height, settings.width, 3)
    qpos = np.frombuffer(memory, np.float64, studio.nq)
    pixels = np.frombuffer(memory, np.uint8, math.prod(shape), PIXELS_OFFSET).reshape(shape)
    mocap = np.frombuffer(memory, np.float64, studio.mocap.size, MOCAP_OFFSET)
    mocap = mocap.reshape(studio.mocap.shape)
    connection.send({'nq': studio.nq, 'mocap': studio.mocap, 'fovy': studio.fovy})
    while True:
        try:
            jpeg = connection.recv()
        except EOFError:
            return
        studio.render(qpos, mocap, pixels)
        connection.send({'jpeg': _encode(pixels, settings.jpeg_quality) if jpeg else None})


def _encode(pixels: Any, quality: int) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    encoded, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise RuntimeError('OpenCV cannot encode JPEG')
    return data.tobytes()


if __name__ == '__main__':
    # Ctrl-C reaches the whole process group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(json.loads(sys.argv[1]))
