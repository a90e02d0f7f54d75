"""Hosts on one computer: network namespaces, joined by a link that can be slow, lossy or cut.

    with Namespaces('robot', 'mind') as network:
        process = subprocess.Popen(network.command('robot', [sys.executable, '-m', ...]))
        with network.entered('mind'):
            ...  # sockets, threads and processes made here are on that host
        network.delay(100.0, loss_percent=5.0)
        network.cut()
        network.mend()

Needs root, `ip` of iproute2 and /dev/net/tun; where one is missing the test is skipped with the
reason. The link is no `tc netem`, which many kernels lack: each host has a TAP device `eth0`, and a
thread of this process carries the Ethernet frames between them (`support/ethernet.py`). IPv4 only;
MTU 1500. Each host has its own loopback. What still runs in a namespace at the end is killed, and
namespaces and devices are removed, also when the test failed.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import ExitStack
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pytest

from support.ethernet import TUN_DEVICE
from support.ethernet import Hub
from support.ethernet import open_tap
from support.waiting import is_running
from support.waiting import wait_until

THIS_HOST = 'this host'
_OWN = '/proc/thread-self/ns/net'
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_LIBC = ctypes.CDLL(None, use_errno=True)


class Namespaces:
    """A network of the named hosts, and of this one too when `this_host` is set.

    Addresses are of 198.18.0.0/15, which RFC 2544 reserves for tests. `multicast` False drops
    multicast frames on the way, as many wireless access points and all routers do.
    """

    def __init__(self, *hosts: str, this_host: bool = False, multicast: bool = True) -> None:
        token = secrets.token_bytes(3)
        self.token = token.hex()
        self._subnet = f'198.{18 + token[0] % 2}.{token[1]}'
        self._hosts = (*((THIS_HOST,) if this_host else ()), *hosts)
        self._hub = Hub(multicast=multicast)
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        reason = _missing()
        if reason:
            pytest.skip(reason)
        try:
            with ExitStack() as cleanup:
                self._build(cleanup)
                self._cleanup = cleanup.pop_all()
        except subprocess.CalledProcessError as error:
            if error.cmd[:3] == ['ip', 'netns', 'add']:
                pytest.skip(f'no network namespace can be made here: {error.stderr.strip()}')
            raise AssertionError(f'{" ".join(error.cmd)}: {error.stderr.strip()}') from error
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def _build(self, cleanup: ExitStack) -> None:
        for host in self._hosts:
            if host != THIS_HOST:
                _ip('netns', 'add', self._name(host))
                cleanup.callback(self._remove, host)
        cleanup.callback(self._hub.close)
        for host in self._hosts:
            target: tuple[str, ...] = ()
            device = f'bb{self.token}'
            if host == THIS_HOST:
                self._hub.add(open_tap(device))
            else:
                target, device = ('-n', self._name(host)), 'eth0'
                # Made there, not moved there: a browser on this host would see its network change.
                with self.entered(host):
                    self._hub.add(open_tap(device))
                _ip(*target, 'link', 'set', 'lo', 'up')
            _ip(*target, 'address', 'add', f'{self.address(host)}/24', 'dev', device)
            _ip(*target, 'link', 'set', device, 'up')
            if host != THIS_HOST:
                # Multicast to any group leaves by eth0, as on a host with a default route.
                _ip(*target, 'route', 'add', 'default', 'dev', device)
        self._hub.start()

    def _name(self, host: str) -> str:
        return f'bbia-{self.token}-{host}'

    def address(self, host: str) -> str:
        """Return the IPv4 address of a host; `THIS_HOST` is the one that the test runs on."""
        return f'{self._subnet}.{1 + self._hosts.index(host)}'

    def command(self, host: str, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs `arguments` on a host, in the process that it is given."""
        if host == THIS_HOST:
            return list(arguments)
        return ['ip', 'netns', 'exec', self._name(host), *arguments]

    @contextmanager
    def entered(self, host: str) -> Iterator[None]:
        """Put this thread on a host: its new sockets, threads and processes are there for good.

        Make no DDS participant here but in a process of its own: Fast DDS remembers the interfaces
        that a process saw first.
        """
        with _namespace(f'/run/netns/{self._name(host)}') as there, _namespace(_OWN) as here:
            _set_namespace(there)
            try:
                yield
            finally:
                _set_namespace(here)

    def delay(self, ms: float, loss_percent: float = 0.0) -> None:
        """Hold every frame up by `ms` in each direction and lose some at random (fixed seed).

        Frames that are under way when this changes keep the delay that they had.
        """
        self._hub.delay_s = ms / 1000.0
        self._hub.loss = loss_percent / 100.0

    def cut(self) -> None:
        """Lose every frame from now on; no host is told, as when a router between them fails."""
        self._hub.loss = 1.0

    def mend(self) -> None:
        """Make the link whole again: no delay, no loss."""
        self.delay(0.0)

    def processes(self, host: str) -> list[int]:
        """Return the process numbers of all that runs on a host other than this one."""
        return [int(pid) for pid in _ip('netns', 'pids', self._name(host)).split()]

    def _remove(self, host: str) -> None:
        left = self.processes(host)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, left)), f'the processes of {host} end')
        _ip('netns', 'delete', self._name(host))

    @property
    def carried(self) -> int:
        """Frames that went over the link so far."""
        return self._hub.carried

    @property
    def lost(self) -> int:
        """Frames that `delay` or `cut` took so far."""
        return self._hub.lost


def _missing() -> str:
    if os.geteuid() != 0:
        return 'network namespaces need root'
    if shutil.which('ip') is None:
        return 'network namespaces need the program ip; install iproute2'
    if not os.access(TUN_DEVICE, os.R_OK | os.W_OK):
        return f'the link between the hosts needs {TUN_DEVICE}'
    return ''


@contextmanager
def _namespace(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _set_namespace(descriptor: int) -> None:
    # os.setns comes with Python 3.12.
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns failed')


def _ip(*arguments: str) -> str:
    command = ['ip', *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
