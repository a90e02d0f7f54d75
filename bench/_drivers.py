"""Who drives the official daemon, behind one face: our driver over DDS, the official Python client.

Contract: each is in a process of its own (`pid`) and keeps the arrival of every joint state, with
its time (`time.monotonic`, s) and the right antenna's position (rad, MJCF sign). `stream` begins or
ends to send the path of `_path` at its rate, whatever becomes of the targets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import Protocol

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import _path  # noqa: E402
import numpy as np  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_msgs.msg import BodyTarget  # noqa: E402
from support.lasting_daemon import LastingDaemon  # noqa: E402
from support.official_daemon import executable  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.ros import probe  # noqa: E402
from support.simulator import target  # noqa: E402
from support.waiting import wait_until  # noqa: E402

_RIGHT_ANTENNA = 7  # place in joint_states, fixed by the contract
Arrivals = list[tuple[float, float]]


class Peer(Protocol):
    """Who drives: `arrivals` are [time s, right antenna rad] of every joint state after a time."""

    pid: int
    first_state_s: float

    def stream(self, *, on: bool) -> None: ...

    def step(self, antenna: float) -> None: ...

    def arrivals(self, since: float) -> Arrivals: ...


class OurDriver:
    """`hardware_node`, commanded and watched over DDS by this process."""

    def __init__(self, process: StackProcess, node: Any, publish: Callable[..., None]) -> None:
        self.pid = process.process.pid
        self.first_state_s = 0.0
        self._publish = publish
        self._arrivals: Arrivals = []
        self._stop = threading.Event()
        self._thread = threading.Thread()
        node.create_subscription(JointState, 'joint_states', self._keep, qos_profile_sensor_data)

    def stream(self, *, on: bool) -> None:
        if on:
            self._stop.clear()
            self._thread = threading.Thread(target=self._send, daemon=True)
            self._thread.start()
        else:
            self._stop.set()
            if self._thread.ident is not None:
                self._thread.join()

    def step(self, antenna: float) -> None:
        self._publish(antennas=(antenna, -antenna), stamp_s=time.time())

    def arrivals(self, since: float) -> Arrivals:
        return [one for one in list(self._arrivals) if one[0] > since]

    def _send(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1.0 / _path.RATE_HZ, time.monotonic() - 1.0 / _path.RATE_HZ)
            wanted = _path.target(time.monotonic())
            self._publish(
                head=np.array(wanted.head),
                antennas=wanted.antennas,
                body_yaw=wanted.body_yaw,
                stamp_s=time.time(),
            )

    def _keep(self, message: JointState) -> None:
        self._arrivals.append((time.monotonic(), message.position[_RIGHT_ANTENNA]))


class TheirClient:
    """The official client, told what to do over its standard input; see `_sdk_client.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.pid = process.pid
        self.first_state_s = 0.0
        self._process = process

    def stream(self, *, on: bool) -> None:
        self._order(stream=on)

    def step(self, antenna: float) -> None:
        self._order(antenna=antenna)

    def arrivals(self, since: float) -> Arrivals:
        self._order(since=since)
        return [(when, antenna) for when, antenna in json.loads(self.read())]

    def read(self) -> str:
        """Return the next line that it says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _order(self, **order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + '\n')
        self._process.stdin.flush()


@contextmanager
def our_driver(daemon: LastingDaemon) -> Iterator[Peer]:
    """Start `hardware_node` and wait until it has told a state."""
    started = time.monotonic()
    arguments = ('-p', f'host:={daemon.host}', '-p', f'port:={daemon.port}')
    with StackProcess('hardware_node', ros_arguments=arguments) as process, probe() as seen:
        publisher = seen.publisher(BodyTarget, 'body_target')
        peer = OurDriver(process, seen.node, lambda **fields: publisher.publish(target(**fields)))
        first = wait_until(lambda: peer.arrivals(0.0), f'joint states:\n{process.output}')[0]
        peer.first_state_s = first[0] - started
        try:
            yield peer
        finally:
            peer.stream(on=False)
            process.stop()


@contextmanager
def their_client(daemon: LastingDaemon) -> Iterator[Peer]:
    """Start the official client and wait until it has told a state."""
    python = executable().with_name('python')
    script = Path(__file__).with_name('_sdk_client.py')
    kept_out = ('PYTHONPATH', 'LD_LIBRARY_PATH', 'VIRTUAL_ENV')
    environment = {name: value for name, value in os.environ.items() if name not in kept_out}
    environment |= {'REACHY_MINI_TELEMETRY': '0', 'HF_HUB_OFFLINE': '1'}
    started = time.monotonic()
    with subprocess.Popen(
        [python, script, daemon.host, str(daemon.port)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        peer = TheirClient(process)
        try:
            if peer.read() != 'ready\n':
                raise SystemExit('the official client does not start')
            first = wait_until(lambda: peer.arrivals(0.0), 'joint states')[0]
            peer.first_state_s = first[0] - started
            yield peer
        finally:
            process.kill()
