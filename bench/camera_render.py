"""Pictures per second of the head camera, beside the official model. One line per figure.

    ./bbia run python bench/camera_render.py

Ours is measured from request to picture in the caller's hands, so the round trip between the two
processes is in it. The official model is rendered directly, with MuJoCo's defaults, and with
shadows and reflections off.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
import psutil

from bbia_sim_ros.simulation.assets import find_source
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.camera import STUDIO_CAMERA
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.physics import Physics

WIDTH, HEIGHT = 640, 480
WARM_UP = 5
FRAMES = 60
OFFICIAL_FRAMES = 20
EYE = 'eye_camera'


def seconds_each(render: Callable[[], object], frames: int) -> Any:
    """Return the seconds that each picture takes (frames,)."""
    for _ in range(WARM_UP):
        render()
    taken = []
    for _ in range(frames):
        start = time.perf_counter()
        render()
        taken.append(time.perf_counter() - start)
    return np.array(taken)


def report(name: str, taken: Any, rss_mb: float, first_s: float | None = None) -> None:
    """Print one line."""
    start = '' if first_s is None else f'  first picture after {first_s:.2f} s'
    print(
        f'{name:46s} {1 / np.median(taken):5.1f} fps  '
        f'(p95 {1e3 * np.quantile(taken, 0.95):5.1f} ms)  RSS {rss_mb:4.0f} MB{start}',
        flush=True,
    )


def measure_ours(scene: str, camera: str, *, jpeg: bool, samples: int = 0) -> None:
    """Measure the camera process."""
    assets = prepare()
    physics = Physics.load(scene, assets)
    settings = CameraSettings(WIDTH, HEIGHT, camera, samples=samples)
    worker = CameraWorker(scene, assets, settings)
    start = time.perf_counter()
    worker.render(physics.qpos)
    first = time.perf_counter() - start

    def render() -> None:
        physics.step(5)
        worker.render(physics.qpos, jpeg=jpeg)

    taken = seconds_each(render, FRAMES)
    rss = psutil.Process(worker.pid).memory_info().rss / 1e6
    extras = (', JPEG' if jpeg else '') + (f', {samples} samples' if samples else '')
    report(f'ours, {scene}, {camera}{extras} ({worker.backend})', taken, rss, first)
    worker.close()
    physics.close()


def measure_official(scene: str, camera: str, *, plain: bool) -> None:
    """Measure the official model in this process; `plain` is without shadows and reflections."""
    path = find_source().mjcf / 'scenes' / f'{scene}.xml'
    model = mujoco.MjModel.from_xml_path(str(path))
    data = mujoco.MjData(model)
    renderer = mujoco.Renderer(model, HEIGHT, WIDTH)

    def render() -> None:
        mujoco.mj_step(model, data, 5)
        renderer.update_scene(data, camera)
        if plain:
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
        renderer.render()

    taken = seconds_each(render, OFFICIAL_FRAMES)
    how = 'no shadows, no reflections' if plain else 'defaults'
    rss = psutil.Process().memory_info().rss / 1e6
    report(f'official, {scene}, {camera}, {how}', taken, rss)
    renderer.close()


def main() -> None:
    """Measure ours and the official model by turns, each in a process of its own."""
    # Read when the measuring process imports MuJoCo.
    os.environ.setdefault('MUJOCO_GL', 'egl')
    context = multiprocessing.get_context('spawn')
    cases: list[tuple[Callable[..., None], tuple[str, str], dict[str, Any]]] = [
        (measure_ours, ('empty', EYE), {'jpeg': False}),
        (measure_official, ('empty', EYE), {'plain': False}),
        (measure_official, ('empty', EYE), {'plain': True}),
        (measure_ours, ('empty', EYE), {'jpeg': True}),
        (measure_ours, ('empty', EYE), {'jpeg': False, 'samples': 4}),
        (measure_ours, ('table', EYE), {'jpeg': False}),
        (measure_official, ('minimal', EYE), {'plain': False}),
        (measure_ours, ('empty', STUDIO_CAMERA), {'jpeg': False}),
        (measure_official, ('empty', STUDIO_CAMERA), {'plain': False}),
    ]
    for target, arguments, options in cases:
        process = context.Process(target=target, args=arguments, kwargs=options)
        process.start()
        process.join()


if __name__ == '__main__':
    main()
