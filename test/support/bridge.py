"""A running bridge, and raw clients of it that see every frame."""

from __future__ import annotations

import contextlib
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect

from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.waiting import DEADLINE_S
from support.waiting import wait_until

_ADDRESSES = re.compile(r'rosbridge on wss?://\S+?:(\d+)(?:, dashboard on https?://\S+?:(\d+))?')
_RETRY_S = 0.2
Frame = dict[str, Any]


class RawClient:
    """A WebSocket client that speaks JSON by hand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, **message: Any) -> None:
        """Send an operation."""
        self.socket.send(json.dumps(message))

    def receive(self, timeout_s: float = DEADLINE_S) -> Frame:
        """Return the next JSON message."""
        found: Frame = json.loads(self.socket.recv(timeout_s))
        return found

    def wait_for(self, **fields: Any) -> Frame:
        """Return the next message that has these fields; others are passed over."""
        end = time.monotonic() + DEADLINE_S
        while True:
            message = self.receive(max(0.0, end - time.monotonic()))
            if all(message.get(name) == value for name, value in fields.items()):
                return message

    def ask(self, **message: Any) -> Frame:
        """Send an operation with an id and return the answer that carries it."""
        self.send(**message)
        return self.wait_for(id=message['id'])

    def call(self, service: str, /, **args: Any) -> Frame:
        """Call a service and return the answer."""
        return self.ask(op='call_service', service=service, args=args, id='call')

    def done(self) -> None:
        """Wait until everything that was sent has been done."""
        self.ask(op='call_service', service='/rosapi/get_time', id='done')


class Bridge:
    """A bridge in a process of its own."""

    def __init__(self, process: StackProcess, probe_: Probe) -> None:
        self.process = process
        self.probe = probe_
        found = wait_until(self._addresses, 'the bridge listens')
        self.port = int(found[1])
        self.web_port = int(found[2] or 0)

    def _addresses(self) -> re.Match[str] | None:
        if self.process.process.poll() is not None:
            raise AssertionError(f'the bridge ended:\n{self.process.output}')
        return _ADDRESSES.search(self.process.output)

    @property
    def pid(self) -> int:
        """Process id."""
        return int(self.process.process.pid)

    @contextmanager
    def client(self, path: str = '/', **options: Any) -> Iterator[RawClient]:
        """Connect for the time of the block."""
        with connect(
            f'ws://127.0.0.1:{self.port}{path}',
            **{'compression': None, 'max_size': None, 'proxy': None, **options},
        ) as socket:
            yield RawClient(socket)

    def get(self, path: str, **headers: str) -> tuple[int, Message, bytes]:
        """Return status, headers and body of a page."""
        request = urllib.request.Request(f'http://127.0.0.1:{self.web_port}{path}', headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def usage(self) -> tuple[int, int]:
        """Return the numbers of threads and of open files of the process."""
        process = Path(f'/proc/{self.pid}')
        return len(list((process / 'task').iterdir())), len(list((process / 'fd').iterdir()))


@contextmanager
def running_bridge(
    environment: dict[str, str] | None = None, **parameters: object
) -> Iterator[Bridge]:
    """Run a bridge on free ports, with a probe in the same domain."""
    values = {'port': 0, 'web_port': 0, **parameters}
    arguments = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
    with (
        StackProcess(
            'bridge_node', ros_arguments=tuple(arguments), **(environment or {})
        ) as process,
        probe() as made,
    ):
        yield Bridge(process, made)


def heard(publisher: Any, message: Any, client: RawClient) -> str | bytes:
    """Publish a message again and again until a frame comes; return the frame."""
    end = time.monotonic() + DEADLINE_S
    while True:
        publisher.publish(message)
        try:
            return client.socket.recv(_RETRY_S)
        except TimeoutError:
            assert time.monotonic() < end, f'nothing of {publisher.topic_name} comes'


def published(client: RawClient, topic: str) -> object:
    """Return the next message of a topic that a client subscribes to."""
    return client.wait_for(op='publish', topic=topic)['msg']


def close_of(bridge: Bridge, *frames: str | bytes) -> tuple[int, str]:
    """Send frames and return code and reason of the close that follows."""
    with bridge.client() as client:
        with contextlib.suppress(ConnectionClosed):
            for frame in frames:
                client.socket.send(frame)
        with pytest.raises(ConnectionClosed) as caught:
            list(iter(lambda: client.socket.recv(30.0), None))
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code, caught.value.rcvd.reason
