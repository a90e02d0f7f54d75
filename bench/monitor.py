"""What the monitor costs: CPU and memory of the bridge's process with and without its samples.

    ./bbia bench monitor

The bridge and the monitor run in one process, as in the full stack, beside a simulator and the
nodes that do not need sound, all idle. In turn, `ROUNDS` times: with a sample a second, and with
one a minute and no watched topic. CPU is that of the process in `MEASURED_S`, in ms of a core a
second; medians. What a sample takes is asked of the monitor itself (`bbia_sample_duration_seconds`
on `/metrics`), what the kernel takes to add up a unique set size is measured here.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

from support.bridge import Bridge  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402

ROUNDS = 3
SETTLE_S = 6.0
MEASURED_S = 20.0
OTHERS = (
    ('simulator_node',),
    ('motion_node', 'state_node'),
    ('vision_node',),
    ('chat_node',),
    ('behavior_node',),
)
FREE_PORTS = ('-p', 'port:=0', '-p', 'web_port:=0')
AT_REST = ('-p', 'sample_period:=60.0', '-p', "watched_topics:=['']")


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def sample_duration_s(bridge: Bridge) -> float:
    """Return what the newest sample of the monitor took."""
    _, _, body = bridge.get('/metrics')
    for family in text_string_to_metric_families(body.decode()):
        if family.name == 'bbia_sample_duration_seconds':
            return float(family.samples[0].value)
    raise LookupError('the monitor does not answer')


def run_once(*arguments: str) -> tuple[float, float, list[float]]:
    """Return CPU (ms a second), USS (MB) and what samples took (s)."""
    with (
        StackProcess(
            'bridge_node', 'monitor_node', ros_arguments=(*FREE_PORTS, *arguments)
        ) as started,
        probe() as made,
    ):
        bridge = Bridge(started, made)
        process = psutil.Process(bridge.pid)
        time.sleep(SETTLE_S)
        before, begun = cpu_s(process), time.monotonic()
        time.sleep(MEASURED_S)
        load = 1000.0 * (cpu_s(process) - before) / (time.monotonic() - begun)
        uss_mb = process.memory_full_info().uss / 1e6
        durations = []
        if not arguments:
            for _ in range(10):
                durations.append(sample_duration_s(bridge))
                time.sleep(1.0)
        return load, uss_mb, durations


def uss_cost_ms() -> tuple[float, float]:
    """Return what adding up the USS of one of our processes takes: median and worst."""
    taken = []
    for process in psutil.Process().children():
        begun = time.perf_counter()
        process.memory_full_info()
        taken.append(1000.0 * (time.perf_counter() - begun))
    return statistics.median(taken), max(taken)


def main() -> None:
    """Measure and print."""
    os.environ.setdefault('ROS_DOMAIN_ID', '97')
    with ExitStack() as cleanup:
        others = [cleanup.enter_context(StackProcess(*nodes)) for nodes in OTHERS]
        wait_until(lambda: 'simulating' in others[0].output, 'the simulator')
        time.sleep(SETTLE_S)
        rounds = [(run_once(), run_once(*AT_REST)) for _ in range(ROUNDS)]
        uss_median_ms, uss_worst_ms = uss_cost_ms()
    with_it = [one for one, _ in rounds]
    without = [other for _, other in rounds]
    load, rest = (statistics.median(one[0] for one in side) for side in (with_it, without))
    print(f'bridge and monitor, a sample a second: {load:.1f} ms of a core a second')
    print(f'bridge and monitor, no samples:        {rest:.1f} ms of a core a second')
    print(f'difference:                            {(load - rest) / 10.0:.2f} % of a core')
    uss, uss_rest = (statistics.median(one[1] for one in side) for side in (with_it, without))
    print(f'memory, USS: {uss:.1f} MB with samples, {uss_rest:.1f} MB without')
    durations = [1000.0 * duration for one in with_it for duration in one[2]]
    print(
        f'a sample of {len(OTHERS) + 1} processes: {statistics.median(durations):.1f} ms'
        f' (median of {len(durations)}), {max(durations):.1f} ms the longest'
    )
    print(f'USS of one process: {uss_median_ms:.1f} ms, {uss_worst_ms:.1f} ms the worst')


if __name__ == '__main__':
    main()
