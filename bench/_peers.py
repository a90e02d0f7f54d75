"""The simulators that are compared, behind one face: ours over DDS, theirs over its socket.

Contract: a peer has its simulator in a process of its own (`pid`). `connect` starts a thread that
receives joint and head states; the arrival of every joint state is kept with its time
(`time.monotonic`) and the right antenna's position (rad, MJCF sign), in a list that grows until the
end. `send` blocks no longer than a write. Nothing is received or sent while not connected.
"""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from pathlib import Path
from typing import Any
from typing import NamedTuple
from typing import Protocol

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from geometry_msgs.msg import PoseStamped  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402
from websockets.sync.client import ClientConnection  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

from bbia_msgs.msg import BodyTarget  # noqa: E402
from bbia_msgs.msg import RobotStatus  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.simulation.parameters import SimulatorParameters  # noqa: E402
from support.official_daemon import OfficialDaemon  # noqa: E402
from support.ros import Probe  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.ros import wait_until  # noqa: E402

_RIGHT_ANTENNA = 7  # place in joint_states, fixed by the contract
_DAEMON_RATE_HZ = 50.0  # ten physics steps of 2 ms each


class Arrival(NamedTuple):
    """One joint state: when it came (s) and the right antenna in it (rad)."""

    time: float
    antenna: float


class Peer(Protocol):
    """What the comparison needs of a simulator."""

    name: str
    nominal_rate: float
    start_s: float
    arrivals: list[Arrival]

    @property
    def pid(self) -> int: ...

    def connect(self) -> None: ...

    def disconnect(self) -> None: ...

    def send(self, *, antenna: float, head_yaw: float | None = None) -> None: ...

    def real_time_factor(self, since: float) -> float: ...


class OfficialPeer:
    """The official daemon in `--sim`, with a plain client on the socket that its SDK uses."""

    name = 'official daemon'
    nominal_rate = _DAEMON_RATE_HZ

    def __init__(self, daemon: OfficialDaemon) -> None:
        self._daemon = daemon
        self.start_s = daemon.start_s
        self.arrivals: list[Arrival] = []
        self._socket: ClientConnection | None = None
        self._thread = threading.Thread(target=self._receive, daemon=True)

    @property
    def pid(self) -> int:
        return self._daemon.pid

    def connect(self) -> None:
        self._socket = connect(self._daemon.websocket_url, compression=None, proxy=None)
        self._thread.start()

    def disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._thread.join()

    def send(self, *, antenna: float, head_yaw: float | None = None) -> None:
        assert self._socket is not None
        # Its antennas turn against the joints of its own model.
        target: dict[str, Any] = {'type': 'set_full_target', 'antennas': [-antenna, antenna]}
        if head_yaw is not None:
            c, s = math.cos(head_yaw), math.sin(head_yaw)
            target['head'] = [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
        self._socket.send(json.dumps(target, allow_nan=False))

    def real_time_factor(self, since: float) -> float:
        """Its states have no time stamps; it sends one every 20 ms of simulated time."""
        times = [arrival.time for arrival in self.arrivals if arrival.time >= since]
        return (len(times) - 1) / (times[-1] - times[0]) / self.nominal_rate

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            for frame in self._socket:
                now = time.monotonic()
                message = json.loads(frame)
                if message['type'] == 'joint_positions':
                    self.arrivals.append(Arrival(now, -message['antennas_joint_positions'][0]))
        except ConnectionClosed:
            return


class OurPeer:
    """`simulator_node`, with a node that subscribes to `joint_states` and `head_pose`."""

    name = 'simulator_node'

    def __init__(self, process: StackProcess, started: float) -> None:
        self._process = process
        self.nominal_rate = SimulatorParameters().rate
        self.arrivals: list[Arrival] = []
        self._statuses: list[tuple[float, RobotStatus]] = []
        self.connect()
        wait_until(lambda: self.arrivals, f'joint states; it says:\n{process.output}')
        self.start_s = self.arrivals[0].time - started

    @property
    def pid(self) -> int:
        return self._process.process.pid

    def connect(self) -> None:
        self._probe = Probe()
        node = self._probe.node
        node.create_subscription(JointState, 'joint_states', self._keep, qos_profile_sensor_data)
        node.create_subscription(PoseStamped, 'head_pose', lambda _: None, qos_profile_sensor_data)
        node.create_subscription(RobotStatus, 'robot_status', self._keep_status, qos.LATCHED)
        self._publisher = self._probe.publisher(BodyTarget, 'body_target')

    def disconnect(self) -> None:
        self._probe.close()

    def send(self, *, antenna: float, head_yaw: float | None = None) -> None:
        target = BodyTarget(has_antennas=True, right_antenna=antenna, left_antenna=-antenna)
        target.header.frame_id = 'head_neutral'
        target.header.stamp = self._probe.node.get_clock().now().to_msg()
        if head_yaw is not None:
            target.has_head = True
            target.head.orientation.z = math.sin(head_yaw / 2)
            target.head.orientation.w = math.cos(head_yaw / 2)
        self._publisher.publish(target)

    def real_time_factor(self, since: float) -> float:
        """Physics steps that were done, over the time of the statuses that count them."""
        counted = [
            (status.header.stamp.sec + status.header.stamp.nanosec * 1e-9, status.steps)
            for arrived, status in self._statuses
            if arrived >= since
        ]
        (first_time, first_steps), (last_time, last_steps) = counted[0], counted[-1]
        step_s = SimulatorParameters().timestep
        return float(step_s * (last_steps - first_steps) / (last_time - first_time))

    def _keep(self, message: JointState) -> None:
        self.arrivals.append(Arrival(time.monotonic(), message.position[_RIGHT_ANTENNA]))

    def _keep_status(self, message: RobotStatus) -> None:
        self._statuses.append((time.monotonic(), message))
