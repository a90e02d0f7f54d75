"""Our rosbridge server beside rosbridge_suite and any other: rate, latency, processor, memory.

Each server, what publishes, and the clients are processes of their own in one ROS domain. The
servers run at the same time and are measured in turn, round by round; printed is the median of the
rounds (of the growth of memory: the most), one line a figure, and ours as a share of the others'.
Latency is from the stamp, made just before publishing, to where a client has the message; a rate is
the slowest client's. "clients" is the processor time of the program that holds them all.

rosbridge_suite is not among what this project installs: name the setup file of a ROS installation
or overlay that holds it. Another server that runs already is measured from outside only; it must be
in this program's ROS_DOMAIN_ID.

    ./bbia bench bridge [--quick] [--rounds 3] [--rosbridge SETUP] [--server ws://HOST:PORT ...]
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from _bridge_servers import Server
from _bridge_servers import clients
from _bridge_servers import our_bridge
from _bridge_servers import rosbridge_suite
from _bridge_servers import source
from _bridge_servers import watch
from _bridge_source import JOINTS
from _bridge_source import JOINTS_HZ
from _bridge_source import PICTURE
from _bridge_source import PICTURE_HZ
from _bridge_source import TRIGGER

DOMAIN = '96'
GROWTH = 'RSS growth'
SETTLE_S = 2.0
STALLED = 2
LOADED = 10
JOINT_CLIENTS = {False: (1, 10, 50), True: (1, 10)}
ENCODINGS = {'JSON': 'none', 'CBOR': 'cbor'}
WINDOW_S = {False: 3.0, True: 1.5}
STALL_S = {False: 8.0, True: 3.0}
_JOINTS = (JOINTS, 'sensor_msgs/msg/JointState')
_PICTURE = (PICTURE, 'sensor_msgs/msg/CompressedImage')
_TRIGGER = (TRIGGER, 'std_srvs/srv/Trigger')
_LABEL_WIDTH = 48

Figures = dict[str, float]
Measure = Callable[[Server], Figures]


class Comparison:
    """Measures every server and prints the figures of all."""

    def __init__(self, servers: list[Server], rounds: int) -> None:
        self._servers = servers
        self._rounds = rounds
        ours, *others = [server.name for server in servers]
        print(
            f'{"":{_LABEL_WIDTH}}{ours:>10s}'
            + ''.join(f'{name:>12s} {"ratio":>8s}' for name in others)
        )

    def __call__(self, measure: Measure) -> None:
        """Take a measurement and print a line for each of its figures."""
        taken: list[list[Figures]] = [[] for _ in self._servers]
        for _ in range(self._rounds):
            for rounds, server in zip(taken, self._servers, strict=True):
                rounds.append(measure(server))
        for what in taken[0][0]:
            # Memory that one round took and gave back to itself is there for the next.
            typical = max if GROWTH in what else statistics.median
            ours, *others = [typical(one[what] for one in rounds) for rounds in taken]
            line = f'{what:{_LABEL_WIDTH}}{ours:10.2f}'
            for value in others:
                ratio = f'x {ours / value:6.2f}' if value > 0.0 else ''
                line += f'{"-" if math.isnan(value) else f"{value:.2f}":>12s} {ratio:>8s}'
            print(line, flush=True)


def idle(when: str, seconds: float) -> Measure:
    """Return what measures a server that nobody is connected to."""

    def measure(server: Server) -> Figures:
        begun, used = time.monotonic(), server.cpu_s()
        time.sleep(seconds)
        load = 100.0 * (server.cpu_s() - used) / (time.monotonic() - begun)
        return {f'idle {when}, % of a core': load, f'idle {when}, RSS, MB': server.rss_mb()}

    return measure


def streams(title: str, topic: tuple[str, str], count: int, encoding: str, s: float) -> Measure:
    """Return what measures a topic to some clients."""
    label = f'{title} to {count}, {encoding}'

    def measure(server: Server) -> Figures:
        seen = watch(
            server,
            *('subscribe', *topic),
            *('--clients', str(count), '--compression', ENCODINGS[encoding]),
            seconds=s,
        )
        return {
            f'{label}: rate, Hz': seen.rate_hz,
            f'{label}: latency p50, ms': seen.p50_ms,
            f'{label}: latency p99, ms': seen.p99_ms,
            f'{label}: server, % of a core': seen.server_percent,
            f'{label}: clients, % of a core': seen.client_percent,
            f'{label}: {GROWTH}, MB': seen.growth_mb,
        }

    return measure


def calls(load: int, seconds: float) -> Measure:
    """Return what measures the round trip of a service, some subscribers beside it."""
    label = f'service, {load} clients of joint states' if load else 'service alone'

    def measure(server: Server) -> Figures:
        with ExitStack() as running:
            if load:
                beside = clients(
                    server, *('subscribe', *_JOINTS), '--clients', str(load), seconds=math.inf
                )
                next(running.enter_context(beside))
            seen = watch(server, *('call', *_TRIGGER), seconds=seconds)
        return {f'{label}: p50, ms': seen.p50_ms, f'{label}: p99, ms': seen.p99_ms}

    return measure


def stall(seconds: float) -> Measure:
    """Return what measures pictures to one client, while others do not read theirs."""
    label = f'{STALLED} of 3 stop reading'

    def measure(server: Server) -> Figures:
        seen = watch(server, *('subscribe', *_PICTURE), '--stalled', str(STALLED), seconds=seconds)
        return {
            f'{label}: rate of the third, Hz': seen.rate_hz,
            f'{label}: latency p99, ms': seen.p99_ms,
            f'{label}: {GROWTH}, {seconds:g} s, MB': seen.growth_mb,
        }

    return measure


def compare(servers: list[Server], *, rounds: int, quick: bool) -> None:
    """Take all measurements."""
    compared = Comparison(servers, rounds)
    seconds = WINDOW_S[quick]
    time.sleep(SETTLE_S)
    compared(idle('before the first client', seconds))
    for encoding in ENCODINGS:
        for count in JOINT_CLIENTS[quick]:
            compared(streams(f'joints {JOINTS_HZ:g} Hz', _JOINTS, count, encoding, seconds))
    for encoding in ENCODINGS:
        compared(streams(f'30 kB {PICTURE_HZ:g} Hz', _PICTURE, LOADED, encoding, seconds))
    for load in (0, LOADED):
        compared(calls(load, seconds))
    compared(stall(STALL_S[quick]))
    time.sleep(SETTLE_S)
    compared(idle('after the last client', seconds))


def main() -> None:
    """Start the servers and compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--quick', action='store_true', help='shorter, not to 50 clients')
    parser.add_argument('--rounds', type=int, default=1, help='printed is their median')
    parser.add_argument(
        '--rosbridge',
        metavar='SETUP',
        default=os.environ.get('ROSBRIDGE_SETUP'),
        help='setup file of what holds rosbridge_suite (or in ROSBRIDGE_SETUP)',
    )
    parser.add_argument('--server', metavar='URL', action='append', default=[])
    options = parser.parse_args()
    # A signal ends this as an error would, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended by a signal'))
    os.environ.setdefault('ROS_DOMAIN_ID', DOMAIN)
    with ExitStack() as running:
        running.enter_context(source())
        servers = [running.enter_context(our_bridge())]
        if options.rosbridge:
            servers.append(running.enter_context(rosbridge_suite(options.rosbridge)))
        else:
            print('rosbridge_suite is left out: no --rosbridge, no ROSBRIDGE_SETUP')
        servers += [Server(f':{url.rpartition(":")[2]}', url) for url in options.server]
        compare(servers, rounds=options.rounds, quick=options.quick)


if __name__ == '__main__':
    main()
