"""Robot and mind on two hosts: each way to find each other, and a link that is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bbia_sim_ros import stack
from support.netns import Namespaces
from support.ros import StackProcess

TEST_FOLDER = Path(__file__).resolve().parents[1]
SERVER_PORT = 11811


@dataclass(frozen=True)
class Way:
    """How the hosts find each other: the variables of both, with {robot} for its address."""

    robot: Mapping[str, str]
    mind: Mapping[str, str]
    multicast: bool = False
    server: bool = False


_SUBNET = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
_PEER = {**_SUBNET, 'ROS_STATIC_PEERS': '{robot}'}
_SERVER = {**_SUBNET, 'ROS_DISCOVERY_SERVER': f'{{robot}}:{SERVER_PORT}'}
WAYS = {
    'multicast': Way(robot=_SUBNET, mind=_SUBNET, multicast=True),
    'static peer': Way(robot=_SUBNET, mind=_PEER),
    'discovery server': Way(robot=_SERVER, mind=_SERVER, server=True),
}


class TwoHosts:
    """The part `robot` on one host, the part `mind` on the other."""

    def __init__(self, network: Namespaces, way: Way, cleanup: ExitStack) -> None:
        self.network = network
        self._way = way
        self._cleanup = cleanup

    @contextmanager
    def on(self, host: str) -> Iterator[None]:
        """Be on a host, with the variables that a person would have set there."""
        variables = self._way.robot if host == 'robot' else self._way.mind
        address = self.network.address('robot')
        with self.network.entered(host), pytest.MonkeyPatch.context() as patch:
            patch.delenv('ROS_AUTOMATIC_DISCOVERY_RANGE')
            patch.delenv('FASTDDS_DEFAULT_PROFILES_FILE', raising=False)
            for name, value in variables.items():
                patch.setenv(name, value.format(robot=address))
            for name, value in stack.environment(os.environ).items():
                patch.setenv(name, value)
            yield

    def start(self, part: str, **arguments: str) -> None:
        """Start the processes of a part on its host."""
        with self.on(part):
            for process in stack.plan({'part': part, **arguments}):
                self._cleanup.enter_context(
                    StackProcess(*process.nodes, ros_arguments=process.ros_arguments)
                )

    def client(self, host: str, *task: str) -> subprocess.Popen[str]:
        """Start a task of `support/host_client.py` on a host."""
        with self.on(host):
            process = subprocess.Popen(
                [sys.executable, '-m', 'support.host_client', *task],
                cwd=TEST_FOLDER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._cleanup.enter_context(process)

    def run(self, host: str, *task: str) -> None:
        """Do a task of `support/host_client.py` on a host."""
        assert self.client(host, *task).wait() == 0


@contextmanager
def two_hosts(way: Way) -> Iterator[TwoHosts]:
    with Namespaces('robot', 'mind', multicast=way.multicast) as network, ExitStack() as cleanup:
        hosts = TwoHosts(network, way, cleanup)
        if way.server:
            with hosts.on('robot'):
                server = subprocess.Popen(['fastdds', 'discovery', '-p', str(SERVER_PORT)])
            cleanup.callback(server.wait)
            cleanup.callback(server.kill)
        hosts.start('robot')
        quiet = dict.fromkeys(('chat', 'hearing', 'speech', 'vision'), 'none')
        hosts.start(
            'mind', state_publisher='state_node', bridge='false', behaviors='false', **quiet
        )
        yield hosts


@pytest.mark.parametrize('way', WAYS.values(), ids=WAYS)
def test_the_mind_moves_a_robot_on_another_host(way: Way, ros_domain: int) -> None:
    with two_hosts(way) as hosts:
        hosts.run('mind', 'move', '15')
        hosts.run('mind', 'listen', '10')


def test_without_being_told_to_nothing_leaves_the_host(ros_domain: int) -> None:
    with two_hosts(Way(robot={}, mind={}, multicast=True)) as hosts:
        looking = hosts.client('mind', 'look')
        assert looking.stdout is not None
        assert looking.stdout.readline() == 'ready\n'
        # Three seconds; where they may, the hosts find each other within one.
        hosts.run('robot', 'listen', '300')
        seen = looking.communicate()[0].split()
        assert sorted(seen) == ['monitor', 'motion', 'probe', 'state']


def test_a_stranger_who_knows_the_address_is_not_let_in(ros_domain: int) -> None:
    with two_hosts(Way(robot={}, mind=_PEER)) as hosts:
        looking = hosts.client('mind', 'look')
        assert looking.stdout is not None
        assert looking.stdout.readline() == 'ready\n'
        hosts.run('robot', 'listen', '300')
        seen = looking.communicate()[0].split()
        assert sorted(seen) == ['monitor', 'motion', 'probe', 'state']


def test_a_cut_link_stops_the_mind_and_a_mended_one_lets_it_go_on(ros_domain: int) -> None:
    with two_hosts(WAYS['static peer']) as hosts:
        hosts.run('mind', 'move', '15')
        hosts.network.cut()
        hosts.run('mind', 'miss')
        hosts.network.mend()
        hosts.run('mind', 'move', '-15')
