"""What the detectors cost: time, CPU at 10 Hz and memory, MediaPipe against OpenCV. One line each.

Each detector is a leased model in a worker process, as in the vision node, and gets a portrait in
a frame of 640x480; those that see far get a small face as well. Time is that from the request to
the answer, with the way of the picture there. CPU is that of the worker and of the process that
asks. The hand is a drawing.

    ./bbia bench vision
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from bbia_sim_ros.models.limits import PoolLimits  # noqa: E402
from bbia_sim_ros.models.memory import tree_uss_b  # noqa: E402
from bbia_sim_ros.models.pool import ModelPool  # noqa: E402
from bbia_sim_ros.models.spec import ModelSpec  # noqa: E402
from support.hands import drawing  # noqa: E402
from support.hands import hand  # noqa: E402
from support.hands import placed  # noqa: E402
from support.photographs import astronaut  # noqa: E402
from support.photographs import in_frame  # noqa: E402
from support.photographs import with_faces  # noqa: E402

WIDTH, HEIGHT = 640, 480
PALM_PX = 110.0
FAR_FACE_PX = 30.0
WARM_UP = 10
CALLS = 200
RATE_HZ = 10.0
WATCHED_S = 8.0
DEADLINE_S = 60.0
FACES = 'bbia_sim_ros.vision.face_model:FaceModel'
LANDMARKS = 'bbia_sim_ros.vision.landmark_model:LandmarkModel'
OFF = {'mesh': False, 'hands': False, 'pose': False}
DETECTORS: dict[str, tuple[str, dict[str, Any]]] = {
    'faces, mediapipe, short range': (FACES, {'engine': 'mediapipe', 'model': 'short'}),
    'faces, opencv, short range': (FACES, {'engine': 'opencv', 'model': 'short'}),
    'faces, mediapipe, full range': (FACES, {'engine': 'mediapipe', 'model': 'full'}),
    'faces, opencv, short range, far': (
        FACES,
        {'engine': 'opencv', 'model': 'short', 'reach': 'far'},
    ),
    'faces, mediapipe, full range, far': (
        FACES,
        {'engine': 'mediapipe', 'model': 'full', 'reach': 'far'},
    ),
    'face mesh': (LANDMARKS, {**OFF, 'mesh': True}),
    'hands': (LANDMARKS, {**OFF, 'hands': True}),
    'posture': (LANDMARKS, {**OFF, 'pose': True}),
}


def report(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'{name:<60}{value:>10.3f} {unit}', flush=True)


@contextmanager
def pool_of_all() -> Iterator[ModelPool]:
    """Yield a pool of all detectors, none of them loaded."""
    pool = ModelPool(owner='bench', limits=PoolLimits())
    try:
        for name, (factory, options) in DETECTORS.items():
            pool.add(ModelSpec(name=name, engine='bench', factory=factory, options=options))
        yield pool
    finally:
        pool.close()


def detect(pool: ModelPool, name: str, picture: Any) -> Any:
    """Return what a detector finds."""
    request = pool.request(name, 'detect', {'image': picture}, deadline_s=DEADLINE_S)
    return request.result(DEADLINE_S)


def measure_load(pool: ModelPool, name: str) -> int:
    """Load a detector; return the id of its process."""
    begun = time.monotonic()
    pool.load(name).result(DEADLINE_S)
    report(f'{name}: loading', time.monotonic() - begun, 's')
    return next(model.pid for model in pool.snapshots() if model.name == name)


def measure_time(pool: ModelPool, name: str, picture: Any, label: str = '') -> None:
    """Ask as fast as it answers."""
    for _ in range(WARM_UP):
        detect(pool, name, picture)
    times_ms = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        detect(pool, name, picture)
        times_ms.append(1e3 * (time.perf_counter() - begun))
    for share in (50, 95):
        value = float(np.percentile(times_ms, share))
        report(f'{name}{label}: request to answer, p{share}', value, 'ms')


def measure_load_at_rate(pool: ModelPool, name: str, picture: Any, pid: int) -> None:
    """Ask ten times a second."""
    pause = threading.Event()
    processes = {'worker': psutil.Process(pid), 'asking': psutil.Process()}
    before = {who: sum(process.cpu_times()[:2]) for who, process in processes.items()}
    begun = time.monotonic()
    for number in range(int(WATCHED_S * RATE_HZ)):
        detect(pool, name, picture)
        pause.wait(max(0.0, begun + (number + 1) / RATE_HZ - time.monotonic()))
    elapsed = time.monotonic() - begun
    for who, process in processes.items():
        share = (sum(process.cpu_times()[:2]) - before[who]) / elapsed
        report(f'{name}: CPU at {RATE_HZ:.0f} Hz, {who}', 100.0 * share, '% of a core')


def main() -> None:
    """Measure one detector after the other."""
    portrait = in_frame(astronaut(), WIDTH, HEIGHT)
    distant = with_faces((160.0, 120.0, FAR_FACE_PX))
    palm = drawing(placed(hand(), PALM_PX), PALM_PX)
    with pool_of_all() as pool:
        for name in DETECTORS:
            picture = palm if name == 'hands' else portrait
            pid = measure_load(pool, name)
            measure_time(pool, name, picture)
            if DETECTORS[name][1].get('reach') == 'far':
                measure_time(pool, name, distant, ', far face')
            measure_load_at_rate(pool, name, picture, pid)
            report(f'{name}: memory', tree_uss_b(pid) / 1e6, 'MB')
            pool.unload(name).result(DEADLINE_S)
            report(f'{name}: memory when unloaded', tree_uss_b(pid) / 1e6, 'MB')


if __name__ == '__main__':
    main()
