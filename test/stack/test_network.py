"""The network of the tests: what it promises about addresses, delay, loss, cuts and multicast."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pytest

from support.netns import THIS_HOST
from support.netns import Namespaces
from support.waiting import wait_until

ECHO_PORT = 7
GROUP = '239.255.0.7'
ECHO = f"""
import socket, struct
echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.bind(('', {ECHO_PORT}))
echo.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('{GROUP}') + bytes(4))
print('ready', flush=True)
while True:
    data, sender = echo.recvfrom(100)
    echo.sendto(data, sender)
"""


class Echo:
    """Numbered datagrams to the echo on another host, and when each came back."""

    def __init__(self, source: str, target: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
        self._socket.setblocking(False)
        self._target = target
        self._sent = 0
        self._delays_s: dict[int, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, *, to: str = '') -> int:
        """Send the next datagram, to the other host unless said otherwise; return its number."""
        self._sent += 1
        text = f'{self._sent} {time.monotonic()}'
        self._socket.sendto(text.encode(), (to or self._target, ECHO_PORT))
        return self._sent

    def receive(self) -> dict[int, float]:
        """Return number -> round trip, s, of all that came back so far."""
        while True:
            try:
                number, sent_at = self._socket.recv(100).split()
            except BlockingIOError:
                return self._delays_s
            self._delays_s[int(number)] = time.monotonic() - float(sent_at)

    def round_trip_s(self) -> float:
        """Send until one comes back; return how long that one took."""
        wanted = self.send()
        return wait_until(lambda: self.receive().get(wanted), 'the echo')


@contextmanager
def echo_on(network: Namespaces) -> Iterator[Echo]:
    """Run the echo on the robot, also for the multicast group, and return this end."""
    command = network.command('robot', [sys.executable, '-c', ECHO])
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        Echo(network.address(THIS_HOST), network.address('robot')) as echo,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == 'ready\n'
        try:
            yield echo
        finally:
            process.kill()


@pytest.fixture
def echo(network: Namespaces) -> Iterator[Echo]:
    with echo_on(network) as made:
        yield made


@pytest.fixture
def network() -> Iterator[Namespaces]:
    with Namespaces('robot', this_host=True) as made:
        yield made


def test_a_delay_holds_up_both_directions_until_the_link_is_mended(
    network: Namespaces, echo: Echo
) -> None:
    network.delay(200.0)
    assert echo.round_trip_s() >= 0.4
    network.mend()
    wait_until(lambda: echo.round_trip_s() < 0.2, 'the delay is gone')


def test_some_of_the_frames_are_lost_but_not_all(network: Namespaces, echo: Echo) -> None:
    echo.round_trip_s()  # from here on each knows the other's hardware address
    before = network.carried
    network.delay(0.0, loss_percent=30.0)
    sent = {echo.send() for _ in range(200)}
    wait_until(lambda: network.carried + network.lost >= before + 200, 'the hub saw them')
    network.mend()
    echo.round_trip_s()
    assert 20 < len(sent & set(echo.receive())) < 180
    assert network.lost > 20


def test_nothing_passes_a_cut_link(network: Namespaces, echo: Echo) -> None:
    echo.round_trip_s()
    network.cut()
    cut_off = echo.send()
    wait_until(lambda: network.lost, 'the hub loses it')
    network.mend()
    echo.round_trip_s()
    assert cut_off not in echo.receive()


@pytest.mark.parametrize('multicast', [True, False])
def test_multicast_passes_unless_it_is_blocked(multicast: bool) -> None:
    with (
        Namespaces('robot', this_host=True, multicast=multicast) as network,
        echo_on(network) as echo,
    ):
        echo.round_trip_s()
        number = echo.send(to=GROUP)
        echo.round_trip_s()
        assert (number in echo.receive()) == multicast


def test_two_hosts_reach_each_other_and_this_one_knows_neither() -> None:
    accept = (
        'import socket; server = socket.create_server(("", 7)); print("ready", flush=True);'
        'print(server.accept()[1][0])'
    )
    connect = 'import socket, sys; socket.create_connection((sys.argv[1], 7), 20.0)'
    with Namespaces('robot', 'mind') as network:
        server = network.command('robot', [sys.executable, '-c', accept])
        client = [sys.executable, '-c', connect, network.address('robot')]
        with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == 'ready\n'
            subprocess.run(network.command('mind', client), check=True)
            assert process.stdout.readline().strip() == network.address('mind')
        assert network.address('robot') not in subprocess.check_output(['ip', 'address'], text=True)


def test_what_a_failed_test_leaves_behind_is_removed() -> None:
    network = Namespaces('robot')

    def fail() -> None:
        with network:
            started.append(subprocess.Popen(network.command('robot', ['sleep', '1000'])))
            wait_until(lambda: network.processes('robot') == [started[0].pid], 'sleep runs')
            raise ZeroDivisionError

    started: list[subprocess.Popen[bytes]] = []
    with pytest.raises(ZeroDivisionError):
        fail()
    assert started[0].wait() == -signal.SIGKILL
    assert network.token not in subprocess.check_output(['ip', 'netns'], text=True)
    assert network.token not in subprocess.check_output(['ip', 'link'], text=True)
