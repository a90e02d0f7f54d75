"""Our simulator beside the official daemon in `--sim`. One line per figure, ours over theirs.

    ./bbia run python bench/simulator_vs_daemon.py [--seconds 10] [--steps 30]

Both run at the same time and are measured in the same seconds, so that whatever else the machine
does hits both. The daemon's environment is named by BBIA_DAEMON_VENV (see requirements/daemon.in).

Real-time factor: ours from the physics steps counted in `robot_status`, the daemon's from its
stream, which carries one state per 20 ms of simulated time. Jitter: distance of the time between
two arrivals from the nominal period. Latency: an antenna step is sent at a random moment; what
counts is the arrival of the first state in which the antenna has moved by more than 0.5 mrad.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import psutil
from _peers import OfficialPeer
from _peers import OurPeer
from _peers import Peer

from support.official_daemon import OfficialDaemon
from support.ros import StackProcess

SETTLE_S = 3.0
COMMAND_RATE_HZ = 100.0
HEAD_YAW_RAD = 0.17
HEAD_RATE_HZ = 0.5
STEP_RAD = 0.2
MOVED_RAD = 5e-4
REACTION_DEADLINE_S = 2.0
STEP_PAUSE_S = (0.4, 0.6)
MB = 1e6


def report(name: str, unit: str, ours: float, theirs: float) -> None:
    """Print one figure."""
    print(f'{name:44s} {ours:9.2f} {theirs:9.2f} {unit:4s} x {ours / theirs:5.2f}', flush=True)


def report_each(name: str, unit: str, figures: Sequence[float]) -> None:
    """Print one figure of (ours, theirs)."""
    report(name, unit, figures[0], figures[1])


def tree(peer: Peer) -> list[psutil.Process]:
    """Return the process of a simulator and all its children."""
    process = psutil.Process(peer.pid)
    return [process, *process.children(recursive=True)]


def cpu_s(peer: Peer) -> float:
    """Return the processor time that a simulator has used so far, s."""
    return sum(sum(process.cpu_times()[:2]) for process in tree(peer))


def watch(peers: Sequence[Peer], seconds: float, *, stream: bool = False) -> list[float]:
    """Let time pass, streaming to both if asked to; return the load of each, % of a core."""
    used = [cpu_s(peer) for peer in peers]
    start = time.monotonic()
    due = 0.0
    while (now := time.monotonic() - start) < seconds:
        if not stream:
            time.sleep(seconds - now)
            continue
        wave = np.sin(2 * np.pi * HEAD_RATE_HZ * now)
        for peer in peers:
            peer.send(antenna=STEP_RAD * float(wave), head_yaw=HEAD_YAW_RAD * float(wave))
        due += 1.0 / COMMAND_RATE_HZ
        time.sleep(max(0.0, start + due - time.monotonic()))
    wall = time.monotonic() - start
    return [100 * (cpu_s(peer) - before) / wall for peer, before in zip(peers, used, strict=True)]


def measure_stream(peers: Sequence[Peer], seconds: float, *, stream: bool) -> None:
    """Measure rate, jitter, real-time factor and load with one client."""
    what = 'client streams 100 Hz' if stream else 'client only listens'
    since = time.monotonic()
    load = watch(peers, seconds, stream=stream)
    rates, jitters = [], []
    for peer in peers:
        periods = np.diff([a.time for a in list(peer.arrivals) if a.time >= since])
        rates.append(1 / float(periods.mean()))
        jitters.append(1e3 * float(np.quantile(np.abs(periods - 1 / peer.nominal_rate), 0.99)))
    report_each(f'real-time factor, {what}', '', [peer.real_time_factor(since) for peer in peers])
    report_each(f'joint states, {what}', 'Hz', rates)
    report_each(f'period jitter p99, {what}', 'ms', jitters)
    report_each(f'load, {what}', '%', load)


def reaction_s(peer: Peer, antenna: float) -> float:
    """Send an antenna step; return the time until the first state in which it shows, s."""
    seen = len(peer.arrivals)
    before = peer.arrivals[-1].antenna
    sent = time.monotonic()
    peer.send(antenna=antenna)
    while time.monotonic() - sent < REACTION_DEADLINE_S:
        for arrival in peer.arrivals[seen:]:
            if abs(arrival.antenna - before) > MOVED_RAD:
                return arrival.time - sent
        time.sleep(5e-4)
    raise SystemExit(f'{peer.name} did not react to an antenna step in {REACTION_DEADLINE_S} s')


def measure_latency(peers: Sequence[Peer], steps: int) -> None:
    """Measure the time from command to first measured change."""
    moment = random.Random(1)
    taken: list[list[float]] = [[] for _ in peers]
    for step in range(steps):
        for times, peer in zip(taken, peers, strict=True):
            time.sleep(moment.uniform(*STEP_PAUSE_S))
            times.append(1e3 * reaction_s(peer, STEP_RAD if step % 2 else -STEP_RAD))
    report_each('command to first change, median', 'ms', [float(np.median(t)) for t in taken])
    report_each('command to first change, p95', 'ms', [float(np.quantile(t, 0.95)) for t in taken])


def measure_memory(peers: Sequence[Peer]) -> None:
    """Measure memory, children included."""
    for name in ('rss', 'pss', 'uss'):
        sizes = [
            sum(getattr(process.memory_full_info(), name) for process in tree(peer)) / MB
            for peer in peers
        ]
        report_each(f'memory, {name.upper()}', 'MB', sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--seconds', type=float, default=10.0, help='length of each measurement')
    parser.add_argument('--steps', type=int, default=30, help='antenna steps for the latency')
    arguments = parser.parse_args()
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with ExitStack() as running:
        daemon = running.enter_context(OfficialDaemon())
        started = time.monotonic()
        process = running.enter_context(StackProcess('simulator_node'))
        ours, theirs = OurPeer(process, started), OfficialPeer(daemon)
        running.callback(process.stop)
        peers: list[Peer] = [ours, theirs]
        print(f'{"":44s} {"ours":>9s} {"official":>9s}      ratio')
        report_each('start to first joint state / to running', 's', [p.start_s for p in peers])
        ours.disconnect()
        watch(peers, SETTLE_S)
        report_each('load, no client', '%', watch(peers, arguments.seconds))
        for peer in peers:
            peer.connect()
            running.callback(peer.disconnect)
        watch(peers, SETTLE_S)
        measure_stream(peers, arguments.seconds, stream=False)
        measure_stream(peers, arguments.seconds, stream=True)
        measure_latency(peers, arguments.steps)
        measure_memory(peers)


if __name__ == '__main__':
    main()
