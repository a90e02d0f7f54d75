"""Several simulated robots on one computer, and as many stacks of one robot. One line a figure.

    ./bbia bench robots [--counts 1,2,4,8,16] [--separate 4] [--seconds 10]

`./bbia up robots:=N` for each N, and N times `./bbia up` with a namespace each for `--separate`;
nothing that hears, sees, speaks or chats runs in either, and every robot breathes. The real-time
factor is the simulated time over the time of the stamps of `robot_status`, of the slowest robot.
`joint_states` are counted of the last robot alone: to listen to all would cost more than a robot.
CPU and memory (USS) are those of all processes, bridge, monitor and `./bbia` included, over the
number of robots. On a machine that is too busy to keep up, robots need less CPU because they do
less; CPU over simulated time can still be compared.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_msgs.msg import RobotStatus  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.nodes.messages import seconds  # noqa: E402
from support.ros import ROOT  # noqa: E402
from support.ros import Probe  # noqa: E402
from support.ros import probe  # noqa: E402
from support.simulator import STEP_S  # noqa: E402
from support.waiting import wait_until  # noqa: E402

SETTLE_S = 6.0
DEADLINE_S = 180.0
WITHOUT_MIND = (
    *('audio:=none', 'hearing:=none', 'speech:=none', 'chat:=none', 'vision:=none'),
    *('behaviors:=false', 'bridge_port:=0', 'web_port:=0', 'log_level:=error'),
)
Stacks = Sequence[subprocess.Popen[bytes]]


@dataclass(kw_only=True)
class Seen:
    """What is heard of a robot; joint states are only counted, and only where that is asked for."""

    statuses: list[RobotStatus]
    joint_states: int = 0

    def count(self, _: bytes) -> None:
        """Count a joint state."""
        self.joint_states += 1

    @property
    def clocks(self) -> tuple[float, float]:
        """Time of the newest status and simulated time in it, s."""
        newest = self.statuses[-1]
        return seconds(newest.header.stamp) or 0.0, newest.steps * STEP_S


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is printed of a run; CPU in % of a core, sizes in MB.

    `cpu_simulated` is the CPU that a simulated second takes, in % of a second.
    """

    start_s: float
    real_time_factor: float
    joint_rate: float
    cpu: float
    cpu_simulated: float
    uss: float
    processes: int


def listen(watcher: Probe, namespace: str) -> Seen:
    """Return what will be heard of a robot, joint states left out."""
    return Seen(statuses=watcher.collect(RobotStatus, f'{namespace}/robot_status', qos.LATCHED))


@contextmanager
def running(*starts: Sequence[str]) -> Iterator[Stacks]:
    """Run `./bbia up` with each of these arguments, all at the same time."""
    stacks = [
        subprocess.Popen(
            [str(ROOT / 'bbia'), 'up', *WITHOUT_MIND, *arguments],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        for arguments in starts
    ]
    try:
        yield stacks
    finally:
        for stack in stacks:
            stack.send_signal(signal.SIGINT)
        for stack in stacks:
            stack.wait(DEADLINE_S)


def processes(stacks: Stacks) -> list[psutil.Process]:
    """Return the supervisors and everything below them."""
    roots = [psutil.Process(stack.pid) for stack in stacks]
    return [*roots, *(child for root in roots for child in root.children(recursive=True))]


def measure(namespaces: Sequence[str], starts: Sequence[Sequence[str]], window_s: float) -> Figures:
    """Start the stacks, let them settle, and measure."""
    with probe() as watcher:
        robots = [listen(watcher, namespace) for namespace in namespaces]
        topic = f'{namespaces[-1]}/joint_states'
        last = robots[-1]
        watcher.node.create_subscription(
            JointState, topic, last.count, qos_profile_sensor_data, raw=True
        )
        begun = time.monotonic()
        with running(*starts) as stacks:
            wait_until(
                lambda: last.joint_states and all(seen.statuses for seen in robots),
                'all robots are up',
                DEADLINE_S,
            )
            start_s = time.monotonic() - begun
            time.sleep(SETTLE_S)
            members = processes(stacks)
            clocks = [seen.clocks for seen in robots]
            counted = last.joint_states
            before, begun = sum(map(cpu_s, members)), time.monotonic()
            time.sleep(window_s)
            elapsed_s = time.monotonic() - begun
            used_s = sum(map(cpu_s, members)) - before
            after = [seen.clocks for seen in robots]
            simulated_s = sum(now[1] - then[1] for then, now in zip(clocks, after, strict=True))
            return Figures(
                start_s=start_s,
                real_time_factor=min(map(factor, clocks, after)),
                joint_rate=(last.joint_states - counted) / elapsed_s,
                cpu=100.0 * used_s / elapsed_s / len(robots),
                cpu_simulated=100.0 * used_s / simulated_s,
                uss=sum(member.memory_full_info().uss for member in members) / 1e6 / len(robots),
                processes=len(members),
            )


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds that a process has used."""
    return float(sum(process.cpu_times()[:2]))


def factor(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return simulated seconds per second between two readings of `Seen.clocks`."""
    return (after[1] - before[1]) / (after[0] - before[0])


def report(what: str, figures: Figures) -> None:
    """Print the figures of a run."""
    print(f'{what}, start of the last: {figures.start_s:.1f} s')
    print(f'{what}, real-time factor of the slowest: {figures.real_time_factor:.3f}')
    print(f'{what}, joint states of the last: {figures.joint_rate:.1f} Hz')
    print(f'{what}, CPU a robot: {figures.cpu:.1f} % of a core')
    print(f'{what}, CPU a simulated second of a robot: {figures.cpu_simulated:.1f} %')
    print(f'{what}, USS a robot: {figures.uss:.1f} MB')
    print(f'{what}, processes: {figures.processes}', flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--counts', default='1,2,4,8,16', help='numbers of robots, one run each')
    parser.add_argument('--separate', type=int, default=4, help='stacks of one robot; 0: none')
    parser.add_argument('--seconds', type=float, default=10.0, help='length of a measurement')
    options = parser.parse_args()
    os.environ.setdefault('ROS_DOMAIN_ID', '97')
    print(f'load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')
    together: dict[int, Figures] = {}
    counts = {int(count) for count in options.counts.split(',')}
    for count in sorted(counts | ({options.separate} - {0})):
        names = [f'/robot_{number}' for number in range(1, count + 1)] if count > 1 else ['']
        together[count] = measure(names, [[f'robots:={count}']], options.seconds)
        report(f'{count} together', together[count])
    if options.separate:
        compare(options.separate, together[options.separate], options.seconds)


def compare(count: int, together: Figures, window_s: float) -> None:
    """Measure separate stacks and print how the same robots together compare."""
    names = [f'/alone_{number}' for number in range(1, count + 1)]
    apart = measure(names, [[f'namespace:={name}'] for name in names], window_s)
    report(f'{count} stacks', apart)
    for what, ours, theirs in (
        ('CPU a simulated second', together.cpu_simulated, apart.cpu_simulated),
        ('USS a robot', together.uss, apart.uss),
        ('start', together.start_s, apart.start_s),
    ):
        print(f'{count} together / {count} stacks, {what}: x {ours / theirs:.2f}')


if __name__ == '__main__':
    main()
