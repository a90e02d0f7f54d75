"""Daemons that are none: servers on a free port of this host that answer what no daemon answers.

Each is a context manager that gives its port. Threads; a connection's thread ends with it.
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve

from support.ports import HOST

Garbage = Callable[[], AbstractContextManager[int]]
_PERIOD_S = 0.02


def says(*frames: str) -> Garbage:
    """Return a WebSocket server that says these frames again and again, at the daemon's rate."""
    return partial(_websocket, partial(_repeat, frames=frames, period_s=_PERIOD_S))


def floods(frame: str) -> Garbage:
    """Return a WebSocket server that says this frame as often as it can."""
    return partial(_websocket, partial(_repeat, frames=(frame,), period_s=0.0))


def closes(code: int, reason: str) -> Garbage:
    """Return a WebSocket server that closes every connection with this code."""
    return partial(_websocket, lambda connection: connection.close(code, reason))


@contextmanager
def plain_http() -> Iterator[int]:
    """A web server that knows neither WebSockets nor the daemon's pages."""
    with _serving(ThreadingHTTPServer((HOST, 0), _NotFound)) as port:
        yield port


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes every connection and says nothing."""
    with _serving(socketserver.ThreadingTCPServer((HOST, 0), _Silent)) as port:
        yield port


class _NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the test's output clean."""


class _Silent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while self.request.recv(4096):
                pass


@contextmanager
def _serving(server: socketserver.ThreadingMixIn) -> Iterator[int]:
    assert isinstance(server, socketserver.TCPServer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _websocket(handler: Callable[[ServerConnection], None]) -> Iterator[int]:
    with serve(handler, HOST, 0, compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.socket.getsockname()[1])
        finally:
            server.shutdown()
            thread.join()


def _repeat(connection: ServerConnection, *, frames: tuple[str, ...], period_s: float) -> None:
    pause = threading.Event()
    with contextlib.suppress(ConnectionClosed):
        while True:
            for frame in frames:
                connection.send(frame)
            if period_s:
                pause.wait(period_s)
