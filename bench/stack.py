"""The whole stack as `./bbia up` runs it: start-up, memory and CPU at rest. One line each.

    ./bbia bench stack

Start-up counts from the call of `./bbia up` on a checkout that is set up; medians of `ROUNDS`.
Memory is what each process has for itself (USS), and the sum, the most of `LOOKS`: while a process
starts another it shares all with that for a moment. CPU is that of all processes from `SETTLE_S`
after the start on, while nobody else is there and no model is loaded.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from contextlib import suppress
from functools import cache
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_sim_ros import stack  # noqa: E402
from bbia_sim_ros import stack_nodes  # noqa: E402
from bbia_sim_ros.monitor.membership import label  # noqa: E402
from bbia_sim_ros.monitor.membership import membership  # noqa: E402
from support.ros import ROOT  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402

ROUNDS = 5
SETTLE_S = 10.0
IDLE_S = 20.0
LOOKS = 5
DEADLINE_S = 60.0


def processes(root: int) -> list[psutil.Process]:
    """Return the supervisor and everything below it."""
    process = psutil.Process(root)
    return [process, *process.children(recursive=True)]


def cpu_s(root: int) -> dict[int, float]:
    """Return process number -> CPU seconds used so far, with those of children that ended."""
    used = {}
    for process in processes(root):
        with suppress(psutil.NoSuchProcess):
            used[process.pid] = sum(process.cpu_times()[:4])
    return used


def name_of(process: psutil.Process, root: int) -> str:
    """Return the name of a process in the stack's table, or of its program."""
    if process.pid == root:
        return 'bbia'
    arguments = process.cmdline()
    found = membership(arguments)
    return label(arguments) if found is None else found.name


def run_once(*, measure_idle: bool) -> tuple[float, float]:
    """Start and stop the stack; return seconds to the first joint state and to all nodes ready."""
    with ExitStack() as cleanup:
        watcher = cleanup.enter_context(probe())
        joints = watcher.collect(JointState, 'joint_states')
        begun = time.monotonic()
        up = subprocess.Popen(
            [str(ROOT / 'bbia'), 'up', 'bridge_port:=0', 'web_port:=0'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: joints, 'joint states', DEADLINE_S)
            first = time.monotonic() - begun
            wait_until(
                lambda: expected_nodes() <= set(watcher.node.get_node_names()),
                'all nodes',
                DEADLINE_S,
            )
            ready = time.monotonic() - begun
            if measure_idle:
                cleanup.close()
                report_idle(up.pid)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(DEADLINE_S)
    return first, ready


@cache
def expected_nodes() -> frozenset[str]:
    """Return the names of the nodes of the whole stack."""
    return frozenset(
        stack_nodes.node_entry(executable).name
        for process in stack.plan({})
        for executable in process.nodes
    )


def report_idle(root: int) -> None:
    """Print memory and CPU of the idle stack, by process and in all."""
    time.sleep(SETTLE_S)
    before, begun = cpu_s(root), time.monotonic()
    names: dict[int, str] = {}
    uss, rss = Counter[int](), Counter[int]()
    for _ in range(LOOKS):
        time.sleep(IDLE_S / LOOKS)
        for process in processes(root):
            with suppress(psutil.NoSuchProcess):
                size = process.memory_full_info()
                names[process.pid] = name_of(process, root)
                uss[process.pid] = max(uss[process.pid], size.uss)
                rss[process.pid] = max(rss[process.pid], size.rss)
    after, duration = cpu_s(root), time.monotonic() - begun
    loads = {pid: 100.0 * (after[pid] - before[pid]) / duration for pid in before if pid in after}
    for pid, load in loads.items():
        print(f'idle stack, {names[pid]}: USS {uss[pid] / 1e6:.1f} MB, CPU {load:.1f} % of a core')
    print(f'idle stack, processes: {len(loads)}')
    print(f'idle stack, USS: {sum(uss[pid] for pid in loads) / 1e6:.0f} MB')
    print(f'idle stack, RSS: {sum(rss[pid] for pid in loads) / 1e6:.0f} MB')
    print(f'idle stack, CPU: {sum(loads.values()):.1f} % of a core')
    print(f'load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')


def main() -> None:
    """Measure and print."""
    os.environ.setdefault('ROS_DOMAIN_ID', '98')
    times = [run_once(measure_idle=index == 0) for index in range(ROUNDS)]
    firsts, readies = zip(*times, strict=True)
    print(f'first joint state: {statistics.median(firsts):.2f} s (median of {ROUNDS})')
    print(f'all nodes ready: {statistics.median(readies):.2f} s (median of {ROUNDS})')


if __name__ == '__main__':
    main()
