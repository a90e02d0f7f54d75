"""Random faults in the running stack: how soon each process is back, and what the robot does.

    ./bbia bench faults [--faults 20] [--seed 1]

Runs `./bbia up` without the large models. Each process in turn, in a random order, is killed
(SIGKILL) or stopped (SIGSTOP); it is back when all of its nodes answer a service call again. While
the robot idles, every joint's way from each fault until a second after the recovery is compared
with its way when it only breathes; the simulator's own restarts are apart, because they put the
simulated body back to its initial pose. One line per figure.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from rcl_interfaces.srv import ListParameters  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_msgs.msg import MotionStatus  # noqa: E402
from bbia_sim_ros import stack  # noqa: E402
from bbia_sim_ros import stack_nodes  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE  # noqa: E402
from bbia_sim_ros.robot.limits import GateLimits  # noqa: E402
from support.ros import ROOT  # noqa: E402
from support.ros import Probe  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402
from support.whole_stack import LIGHT  # noqa: E402

START_S = 60.0
BREATHING_S = 15.0
AFTER_S = 1.0
BACK_DEADLINE_S = 20.0
ASK_PERIOD_S = 0.1
JOINTS = 9


class Sample(NamedTuple):
    """One joint state: when it came (s), positions (9,) rad and velocities (9,) rad/s."""

    time: float
    positions: np.ndarray
    velocities: np.ndarray


class Fault(NamedTuple):
    """One fault: what was done to which process, when, and after how long it answered (s)."""

    kind: str
    name: str
    at: float
    back_after: float


class Watcher:
    """What is seen of the stack from outside."""

    def __init__(self, eyes: Probe) -> None:
        self._eyes = eyes
        self.samples: list[Sample] = []
        eyes.node.create_subscription(JointState, 'joint_states', self._on_joints, qos.SENSOR_DATA)

    def _on_joints(self, message: JointState) -> None:
        positions = np.array(message.position[:JOINTS])
        self.samples.append(
            Sample(time.monotonic(), positions, np.array(message.velocity[:JOINTS]))
        )

    def way(self, begin: float, end: float) -> np.ndarray:
        """Return how far each joint (9,) went between its extremes, rad."""
        seen = [sample.positions for sample in self.samples if begin <= sample.time <= end]
        return np.ptp(seen, axis=0) if seen else np.zeros(JOINTS)

    def wait_answers(self, nodes: tuple[str, ...], alive: Callable[[], bool]) -> None:
        """Wait until each node answers a request made since; `alive`: the process is there."""
        wait_until(alive, 'the process is there', BACK_DEADLINE_S)
        for name in nodes:
            service = f'{stack_nodes.node_entry(name).name}/list_parameters'
            wait_until(lambda service=service: self._answers(service), service, BACK_DEADLINE_S)

    def _answers(self, service: str) -> bool:
        future = self._eyes.ask(ListParameters, service)
        end = time.monotonic() + ASK_PERIOD_S
        while not future.done() and time.monotonic() < end:
            time.sleep(0.005)
        return bool(future.done())


@contextmanager
def running_stack(log: IO[bytes]) -> Iterator[psutil.Process]:
    """Run `./bbia up`; end it as Ctrl-C does, and tell the exit code."""
    arguments = [f'{name}:={value}' for name, value in LIGHT.items()]
    up = subprocess.Popen([str(ROOT / 'bbia'), 'up', *arguments], stdout=log, stderr=log)
    try:
        yield psutil.Process(up.pid)
    finally:
        up.send_signal(signal.SIGINT)
        print(f'exit code after Ctrl-C: {up.wait(START_S)}')


def pid_of(root: psutil.Process, process: stack.Process) -> int:
    """Return the number of a process of the table, 0 when it does not run."""
    for child in root.children():
        try:
            command = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        if process.nodes[0] in command and child.status() != psutil.STATUS_ZOMBIE:
            return child.pid
    return 0


def inflict(
    watcher: Watcher, root: psutil.Process, process: stack.Process, number: signal.Signals
) -> Fault:
    """Do it, and wait until the process answers again."""
    before = pid_of(root, process)
    at = time.monotonic()
    os.kill(before, number)
    watcher.wait_answers(process.nodes, lambda: pid_of(root, process) not in (0, before))
    return Fault(number.name, process.name, at, time.monotonic() - at)


def report(watcher: Watcher, faults: list[Fault], breathing: np.ndarray) -> None:
    """Print the figures."""
    for kind in sorted({fault.kind for fault in faults}):
        times = [fault.back_after for fault in faults if fault.kind == kind]
        slowest = max((fault for fault in faults if fault.kind == kind), key=lambda f: f.back_after)
        print(
            f'{kind}: {len(times)} times, back after p50 {statistics.median(times):.2f} s,'
            f' max {max(times):.2f} s ({slowest.name})'
        )
    others = [fault for fault in faults if fault.name != 'robot']
    ways = [watcher.way(fault.at, fault.at + fault.back_after + AFTER_S) for fault in others]
    if ways:
        print(f'farthest way of a joint in a recovery: {np.max(ways):.3f} rad')
    print(f'farthest way of a joint in {BREATHING_S:g} s of breathing: {breathing.max():.3f} rad')
    speeds = np.abs([sample.velocities for sample in watcher.samples]).max(axis=0)
    share = (speeds / np.array(GateLimits().velocities())).max()
    print(f'load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')
    print(f'fastest joint: {speeds.max():.2f} rad/s, {100 * share:.0f} % of its limit')


def main() -> None:
    """Inflict faults and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--faults', type=int, default=20)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    os.environ.setdefault('ROS_DOMAIN_ID', '98')
    processes = list(stack.plan(LIGHT))
    faults: list[Fault] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as log,
        probe() as eyes,
    ):
        os.environ[FOLDER_VARIABLE] = folder
        watcher = Watcher(eyes)
        with running_stack(log) as root:
            motion = eyes.collect(MotionStatus, 'motion/status', qos.LATCHED)
            for process in processes:
                watcher.wait_answers(process.nodes, lambda p=process: bool(pid_of(root, p)))
            wait_until(lambda: motion and motion[-1].layers, 'it breathes', START_S)
            begun = time.monotonic()
            time.sleep(BREATHING_S)
            breathing = watcher.way(begun, time.monotonic())
            while len(faults) < options.faults:
                if len(faults) % len(processes) == 0:
                    chance.shuffle(processes)
                process = processes[len(faults) % len(processes)]
                number = chance.choice((signal.SIGKILL, signal.SIGSTOP))
                faults.append(inflict(watcher, root, process, number))
                time.sleep(AFTER_S)
            lost = [process.name for process in processes if not pid_of(root, process)]
            print(f'processes lost: {len(lost)} of {len(processes)} {" ".join(lost)}')
            report(watcher, faults, breathing)
        log.seek(0)
        text = log.read().decode(errors='replace')
        print(f'given up: {text.count("not started again")}, restarts: {text.count("(restart ")}')


if __name__ == '__main__':
    main()
