"""The whole stack as `./bbia up` runs it: start-up, memory and CPU at rest. One line each.

    ./bbia bench stack

Start-up counts from the call of `./bbia up` on a checkout that is set up; medians of `ROUNDS`.
Memory is the sum of what each process has for itself (USS); CPU is that of all processes without
any subscriber of the camera.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_msgs.msg import MotionStatus  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from support.ros import ROOT  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402

ROUNDS = 5
SETTLE_S = 4.0
IDLE_S = 10.0
DEADLINE_S = 60.0


def processes(root: int) -> list[psutil.Process]:
    """Return the supervisor and everything below it."""
    process = psutil.Process(root)
    return [process, *process.children(recursive=True)]


def cpu_s(root: int) -> float:
    """Return the CPU seconds used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes(root))


def run_once(*, measure_idle: bool) -> tuple[float, float]:
    """Start and stop the stack; return seconds to the first joint state and to all nodes ready."""
    with probe() as watcher:
        joints = watcher.collect(JointState, 'joint_states')
        motion = watcher.collect(MotionStatus, 'motion/status', qos.LATCHED)
        begun = time.monotonic()
        stack = subprocess.Popen(
            [str(ROOT / 'bbia'), 'up'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: joints, 'joint states', DEADLINE_S)
            first = time.monotonic() - begun
            wait_until(lambda: motion and watcher.node.count_publishers('/tf'), 'all', DEADLINE_S)
            ready = time.monotonic() - begun
            if measure_idle:
                report_idle(stack.pid)
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(DEADLINE_S)
    return first, ready


def report_idle(root: int) -> None:
    """Print memory and CPU of the idle stack."""
    time.sleep(SETTLE_S)
    before, begun = cpu_s(root), time.monotonic()
    time.sleep(IDLE_S)
    load = 100.0 * (cpu_s(root) - before) / (time.monotonic() - begun)
    sizes = [process.memory_full_info() for process in processes(root)]
    print(f'idle stack, processes: {len(sizes)}')
    print(f'idle stack, USS: {sum(size.uss for size in sizes) / 1e6:.0f} MB')
    print(f'idle stack, RSS: {sum(size.rss for size in sizes) / 1e6:.0f} MB')
    print(f'idle stack, CPU: {load:.1f} % of a core')


def main() -> None:
    """Measure and print."""
    os.environ.setdefault('ROS_DOMAIN_ID', '98')
    times = [run_once(measure_idle=index == 0) for index in range(ROUNDS)]
    firsts, readies = zip(*times, strict=True)
    print(f'first joint state: {statistics.median(firsts):.2f} s (median of {ROUNDS})')
    print(f'all nodes ready: {statistics.median(readies):.2f} s (median of {ROUNDS})')


if __name__ == '__main__':
    main()
