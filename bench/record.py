"""What recording costs: CPU, memory, disk, and messages that were lost. One line per figure.

Three times `SECONDS` of `./bbia record`: the simulator's states at 100 Hz, these with
its compressed camera, and the whole idle stack without camera and vision, which sleep
while nobody listens.

    ./bbia bench record
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402

from bbia_msgs.msg import MotionStatus  # noqa: E402
from bbia_msgs.msg import RobotStatus  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.recording.reader import inspect  # noqa: E402
from support.recorder import Recorder  # noqa: E402
from support.ros import ROOT  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402

SECONDS = 15.0
DEADLINE_S = 60.0
CAMERA = ('camera/*', 'vision/*')
STATES = ('joint_states', 'head_pose', 'robot_status')
COUNTS = re.compile(r'(\d+) dropped, (\d+) lost on the way')


def report(scene: str, name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'{scene + ", " + name:<60}{value:>10.2f} {unit}', flush=True)


def measure(scene: str, folder: Path, arguments: tuple[str, ...]) -> None:
    """Record for `SECONDS` and print what it took."""
    file = folder / f'{len(list(folder.iterdir()))}.mcap'
    with Recorder('--output', str(file), *arguments) as recorder:
        recorder.wait_for(file, '/joint_states', 100)
        process = psutil.Process(recorder.process.pid)
        before, begun = sum(process.cpu_times()[:2]), time.monotonic()
        time.sleep(SECONDS)
        load = 100.0 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - begun)
        memory = process.memory_full_info()
        recorder.stop()
        dropped, lost = (int(count) for count in COUNTS.findall(recorder.output)[-1])
    contents = inspect(file)
    report(scene, 'CPU', load, '% of a core')
    report(scene, 'memory, USS', memory.uss / 1e6, 'MB')
    report(scene, 'topics', len(contents.channels), '')
    report(scene, 'messages', contents.message_count / contents.duration_s, '1/s')
    report(scene, 'file', contents.size_b / 1e6 / contents.duration_s * 60.0, 'MB/min')
    report(scene, 'dropped for the disk', dropped, 'messages')
    report(scene, 'lost before they came', lost, 'messages')


@contextmanager
def whole_stack() -> Iterator[None]:
    """Run `./bbia up` and wait until its nodes are there."""
    stack = subprocess.Popen(
        [str(ROOT / 'bbia'), 'up'],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with probe() as watcher:
            motion = watcher.collect(MotionStatus, 'motion/status', qos.LATCHED)
            wait_until(lambda: motion and watcher.node.count_publishers('/tf'), 'all', DEADLINE_S)
        yield
    finally:
        stack.send_signal(signal.SIGINT)
        stack.wait(DEADLINE_S)


@contextmanager
def simulator() -> Iterator[None]:
    """Run the simulator alone."""
    with StackProcess('simulator_node') as process:
        with probe() as watcher:
            statuses = watcher.collect(RobotStatus, 'robot_status', qos.LATCHED)
            wait_until(lambda: statuses, 'the simulator', DEADLINE_S)
        yield
        process.stop()


def main() -> None:
    """Measure and print."""
    os.environ.setdefault('ROS_DOMAIN_ID', '99')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with simulator():
            measure('states at 100 Hz', folder, ('--topics', *STATES))
            compressed = 'camera/image_raw/compressed'
            measure('states and camera', folder, ('--topics', *STATES, compressed))
        with whole_stack():
            measure('idle stack', folder, ('--exclude', *CAMERA))


if __name__ == '__main__':
    main()
