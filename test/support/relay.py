"""A TCP relay at a fixed port, whose far end can be changed while a client is connected.

Contract: what is behind it changes at once, by ending all connections; without anything behind it,
connections are taken and closed. One thread for each direction of each connection. Nothing is
kept in between: each thread holds at most `CHUNK_B`.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

HOST = '127.0.0.1'
CHUNK_B = 65536


class Relay:
    """See the module's docstring; use it in a `with` block."""

    def __init__(self) -> None:
        self._far_end: int | None = None
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        relay = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                relay._carry(self.request)

        self._server = socketserver.ThreadingTCPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def lead_to(self, port: int | None) -> None:
        """Lead to another port of this host, or nowhere, from now on."""
        with self._lock:
            self._far_end = port
            ended, self._sockets = self._sockets, set()
        for end in ended:
            with contextlib.suppress(OSError):  # it has ended by itself
                end.shutdown(socket.SHUT_RDWR)

    def _carry(self, near: socket.socket) -> None:
        with self._lock:
            far_end = self._far_end
            self._sockets.add(near)
        if far_end is None:
            return
        with contextlib.suppress(OSError), socket.create_connection((HOST, far_end)) as far:
            with self._lock:
                if self._far_end != far_end:
                    return
                self._sockets.add(far)
            back = threading.Thread(target=_pump, args=(far, near))
            back.start()
            _pump(near, far)
            back.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self.lead_to(None)
        self._server.server_close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK_B):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
