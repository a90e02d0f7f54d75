"""The driver of the real robot beside the official Python client. One line per figure.

    ./bbia bench hardware [--mockup] [--rounds 3] [--seconds 10] [--steps 20]

Both drive the same official daemon, in turn, each in a process of its own and each along the same
path at 100 Hz; printed are medians over the rounds: ours, theirs and the ratio. CPU and memory are
those of the process of `hardware_node`, and of the client's process, which makes its path itself.
Latency: an antenna step is given at a random moment; what counts is the arrival, over DDS or in the
client, of the first state in which it shows by more than 0.5 mrad.

Then what a fault costs: the time from the daemon's return (its status `running`, SIGCONT, the
mended network) until the robot moves and is where the path has it. `inf`: not within ten seconds.
Cutting a network needs root and is left out without.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import _path
import numpy as np
import psutil
from _drivers import Peer
from _drivers import our_driver
from _drivers import their_client

from support.lasting_daemon import ROBOT
from support.lasting_daemon import LastingDaemon
from support.netns import Namespaces
from support.official_daemon import Mode
from support.waiting import wait_until

Side = Callable[[LastingDaemon], AbstractContextManager[Peer]]
SETTLE_S = 2.0
STEP_RAD = 0.2
MOVED_RAD = 5e-4
IN_MOTION_RAD = 0.03
LAG_RAD = 0.25
REACTION_DEADLINE_S = 2.0
RETURN_DEADLINE_S = 10.0
STOPPED_S = 3.0
CUT_S = 5.0
SIDES: tuple[Side, ...] = (our_driver, their_client)


def measure(peer: Peer, seconds: float, steps: int) -> dict[str, float]:
    """Return the figures of one round."""
    figures = {'process start to first state, s': peer.first_state_s}
    time.sleep(SETTLE_S)
    figures['CPU, connected, % of a core'] = load(peer, seconds / 2)
    peer.stream(on=True)
    time.sleep(SETTLE_S)
    since = time.monotonic()
    figures['CPU, streaming 100 Hz, % of a core'] = load(peer, seconds)
    periods = 1e3 * np.diff([when for when, _ in peer.arrivals(since)])
    peer.stream(on=False)
    figures['joint states, Hz'] = 1e3 / float(periods.mean())
    figures['period of joint states, median, ms'] = float(np.median(periods))
    figures['period of joint states, p99, ms'] = float(np.quantile(periods, 0.99))
    moment = random.Random(steps)
    reactions = []
    for number in range(steps):
        time.sleep(moment.uniform(0.4, 0.6))
        reactions.append(1e3 * reaction_s(peer, STEP_RAD if number % 2 else -STEP_RAD))
    figures['command to first change, median, ms'] = float(np.median(reactions))
    figures['command to first change, p95, ms'] = float(np.quantile(reactions, 0.95))
    figures['memory, RSS, MB'] = psutil.Process(peer.pid).memory_info().rss / 1e6
    figures['memory, USS, MB'] = psutil.Process(peer.pid).memory_full_info().uss / 1e6
    return figures


def load(peer: Peer, seconds: float) -> float:
    """Let time pass; return the CPU time of a peer's process, % of a core."""
    process = psutil.Process(peer.pid)
    before, started = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return 100.0 * used / (time.monotonic() - started)


def reaction_s(peer: Peer, antenna: float) -> float:
    """Give an antenna step; return the time until it shows in a state, s; infinite for never."""
    before = wait_until(lambda: peer.arrivals(time.monotonic() - 1.0), 'a joint state')[-1][1]
    given = time.monotonic()
    peer.step(antenna)
    while time.monotonic() < given + REACTION_DEADLINE_S:
        time.sleep(0.05)
        for when, position in peer.arrivals(given):
            if abs(position - before) > MOVED_RAD:
                return when - given
    return float('inf')


def motion_after_s(peer: Peer, returned: float) -> float:
    """Return how long after `returned` the robot moves along the path, s; infinite for never."""
    while time.monotonic() < returned + RETURN_DEADLINE_S:
        time.sleep(0.05)
        came = peer.arrivals(returned)
        for when, position in came:
            lag = abs(position - _path.target(when).antennas[0])
            if abs(position - came[0][1]) > IN_MOTION_RAD and lag < LAG_RAD:
                return when - returned
    return float('inf')


def killed(daemon: LastingDaemon) -> float:
    """Kill the daemon and start it again; return when it was `running`."""
    daemon.stop(signal.SIGKILL)
    daemon.start()
    return time.monotonic()


def halted(daemon: LastingDaemon) -> float:
    """Stop the daemon's process for `STOPPED_S`; return when it went on."""
    os.kill(daemon.pid, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    os.kill(daemon.pid, signal.SIGCONT)
    return time.monotonic()


FAULTS = {
    'SIGKILL and restart to motion, s': killed,
    f'SIGSTOP for {STOPPED_S:g} s and SIGCONT to motion, s': halted,
}


def recover(mode: Mode, side: Side, rounds: int) -> dict[str, list[float]]:
    """Return the times from the daemon's return to motion, s, of each round."""
    taken: dict[str, list[float]] = {name: [] for name in FAULTS}
    with LastingDaemon(mode) as daemon:
        for _ in range(rounds):
            for name, fault in FAULTS.items():
                with side(daemon) as peer:
                    peer.stream(on=True)
                    time.sleep(SETTLE_S)
                    taken[name].append(motion_after_s(peer, fault(daemon)))
                    peer.stream(on=False)
    return taken


def mend(mode: Mode, rounds: int) -> list[float]:
    """Return the times from the mending of a network that was cut for `CUT_S` to motion, s."""
    taken = []
    with (
        Namespaces(ROBOT, this_host=True) as network,
        LastingDaemon(mode, network=network) as daemon,
        our_driver(daemon) as peer,
    ):
        peer.stream(on=True)
        for number in range(rounds):
            time.sleep(SETTLE_S)
            network.cut()
            time.sleep(CUT_S + number / rounds)
            network.mend()
            taken.append(motion_after_s(peer, time.monotonic()))
        peer.stream(on=False)
    return taken


def report(name: str, ours: list[float], theirs: list[float]) -> None:
    """Print one figure: medians and the ratio."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    ratio = f'x {mine / other:5.2f}' if np.isfinite(other) else ''
    print(f'{name:46s} {mine:9.2f} {other:9.2f}  {ratio}', flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--mockup', action='store_true', help='without physics')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=10.0, help='length of each measurement')
    parser.add_argument('--steps', type=int, default=20, help='antenna steps for the latency')
    arguments = parser.parse_args()
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    mode = Mode.MOCKUP if arguments.mockup else Mode.SIMULATION
    print(f'{"official daemon " + mode.value:46s} {"ours":>9s} {"client":>9s}   ratio')
    rounds: list[list[dict[str, float]]] = [[] for _ in SIDES]
    with LastingDaemon(mode) as daemon:
        for _ in range(arguments.rounds):
            for taken, side in zip(rounds, SIDES, strict=True):
                with side(daemon) as peer:
                    taken.append(measure(peer, arguments.seconds, arguments.steps))
    for name in rounds[0][0]:
        report(name, *([one[name] for one in taken] for taken in rounds))
    ours, theirs = (recover(mode, side, arguments.rounds) for side in SIDES)
    for name in FAULTS:
        report(name, ours[name], theirs[name])
    if os.geteuid() == 0:
        times = mend(mode, arguments.rounds)
        print(
            f'{f"network cut for {CUT_S:g} s and mended to motion, s":46s} {max(times):9.2f}  worst'
        )


if __name__ == '__main__':
    main()
