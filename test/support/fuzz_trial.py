"""A robot with its bridge under fuzzed frames, and a client with manners who must not notice."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait
from contextlib import contextmanager

import psutil
from websockets.sync.client import connect

from bbia_sim_ros.bridge.parameters import BridgeParameters
from support.bridge import RawClient
from support.bridge_hammer import BridgeHammer
from support.fuzzed_frames import Names
from support.joint_watch import JointWatch
from support.ros import probe
from support.stack_processes import LIGHT_ENGINES
from support.stack_processes import StackProcesses
from support.stack_processes import running_processes
from support.waiting import wait_until

# It writes files wherever it is told to.
NEVER = frozenset({'/record_move'})
MOVING = (
    *('/cmd_body', '/cmd_body', '/body_target', '/joint_commands', '/cmd_gaze'),
    *('/head_controller/joint_trajectory', '/emotion'),
)
PROCESSES = ('robot', 'motion', 'bridge')
_POLL_S = 0.05
_START_S = 90.0
_STATE = 'sensor_msgs/JointState'


class FuzzTrial:
    """See the module's docstring."""

    def __init__(self, stack: StackProcesses, watch: JointWatch, seed: int) -> None:
        self.stack = stack
        self.watch = watch
        self.port, _ = stack.ports()
        self.trips_s: list[float] = []
        """Round trips of the well-behaved client's calls, s."""
        self.last_message_s: list[float] = []
        """How long it waited for each joint state that it asked for, s."""
        longest = BridgeParameters().max_message_size
        self.hammer = BridgeHammer(self.port, seed, self._names(), longest_B=longest)

    def _names(self) -> Names:
        with self.client() as client:
            wait_until(lambda: '/go_to' in self._actions(client), 'motion is up')
            wait_until(lambda: self._topics(client).keys() >= set(MOVING), 'all topics')
            services = client.call('/rosapi/services')['values']['services']
            kinds = {
                name: client.call('/rosapi/service_type', service=name)['values']['type']
                for name in services
            }
            types = {
                name: client.call('/rosapi/action_type', action=name)['values']['type']
                for name in self._actions(client)
            }
            topics = self._topics(client)
        return Names(
            topics=topics,
            services=kinds,
            actions=types,
            favoured=MOVING,
            never=NEVER,
        )

    @staticmethod
    def _topics(client: RawClient) -> dict[str, str]:
        values = client.call('/rosapi/topics')['values']
        return dict(zip(values['topics'], values['types'], strict=True))

    @staticmethod
    def _actions(client: RawClient) -> list[str]:
        return list(client.call('/rosapi/action_servers')['values']['action_servers'])

    @contextmanager
    def client(self) -> Iterator[RawClient]:
        """Connect a client with manners."""
        url = f'ws://127.0.0.1:{self.port}'
        with connect(url, compression=None, max_size=None, proxy=None) as socket:
            yield RawClient(socket)

    def send(self, count: int) -> None:
        """Send fuzzed frames, while the client with manners goes on as always."""
        with ThreadPoolExecutor(1) as pool, self.client() as client:
            hammering = pool.submit(asyncio.run, self.hammer.send(count))
            while not hammering.done():
                self._be_served(client)
                wait({hammering}, timeout=_POLL_S)
            hammering.result()
            self._be_served(client)

    def _be_served(self, client: RawClient) -> None:
        """Call a service and get a message of a topic; release the robot if it was stopped."""
        begun = time.monotonic()
        client.done()
        self.trips_s.append(time.monotonic() - begun)
        begun = time.monotonic()
        client.send(op='subscribe', topic='/joint_states', type=_STATE, id='mine')
        client.wait_for(op='publish', topic='/joint_states')
        client.send(op='unsubscribe', topic='/joint_states', id='mine')
        self.last_message_s.append(time.monotonic() - begun)
        for service, arguments in (
            ('/simulator/set_pause', {'data': False}),
            ('/rearm', {}),
            ('/set_motors', {'mode': 'on'}),
        ):
            assert client.call(service, **arguments)['result'], service

    def latency_ms(self) -> tuple[float, float]:
        """Return median and greatest round trip since the last call, ms."""
        trips, self.trips_s = self.trips_s, []
        return 1e3 * statistics.median(trips), 1e3 * max(trips)

    def wait_alone(self) -> None:
        """Wait until the bridge has no client."""
        wait_until(self._is_alone, 'the bridge has let go of all clients')

    def _is_alone(self) -> bool:
        bridge = psutil.Process(self.stack.processes['bridge'].process.pid)
        states = [one.status for one in bridge.net_connections('tcp')]
        return psutil.CONN_ESTABLISHED not in states


@contextmanager
def running_trial(seed: int) -> Iterator[FuzzTrial]:
    """Run robot, motion and bridge of the stack in the domain that is set."""
    with running_processes(LIGHT_ENGINES, only=PROCESSES) as stack, probe() as made:
        watch = JointWatch(made)
        wait_until(lambda: watch.states, 'joint states', _START_S)
        yield FuzzTrial(stack, watch, seed)
