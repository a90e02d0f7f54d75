"""A peer on the daemon's socket that says what a test wants: for what the real one never does.

It speaks on the same path with the same messages. Frames received are kept; a handler thread per
connection sends joint states at `rate` while `talks`, and reads while `reads`.
"""

from __future__ import annotations

import json
import threading
from types import TracebackType
from typing import Any
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve

from bbia_sim_ros.hardware.link import SDK_PATH

NEUTRAL = [0.0, 0.62655, -0.62654, 0.62654, -0.62654, 0.62654, -0.62654]
HOST = '127.0.0.1'


def joints_frame(
    head: list[float] | None = None, antennas: tuple[float, float] = (0.0, 0.0)
) -> str:
    """Return a joint state as the daemon sends it, in its own signs."""
    return json.dumps(
        {
            'type': 'joint_positions',
            'head_joint_positions': NEUTRAL if head is None else head,
            'antennas_joint_positions': list(antennas),
        }
    )


def status_fields(**changes: Any) -> dict[str, Any]:
    """Return a status as the daemon sends it."""
    return {
        'type': 'daemon_status',
        'state': 'running',
        'version': '1.13.0',
        'simulation_enabled': False,
        'mockup_sim_enabled': False,
        'backend_status': {'motor_control_mode': 'enabled', 'error': None},
        'error': None,
    } | changes


class ScriptedDaemon:
    """See the module's docstring; use it in a `with` block."""

    def __init__(self, port: int = 0, *, period_s: float = 0.02) -> None:
        self.talks = threading.Event()
        self.talks.set()
        self.reads = threading.Event()
        self.reads.set()
        self.frames = [joints_frame()]
        self.received: list[dict[str, Any]] = []
        self.connections: list[ServerConnection] = []
        self._period_s = period_s
        self._closing = threading.Event()
        self._server = serve(self._handle, HOST, port, compression=None, close_timeout=0.2)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Port that it listens on."""
        port: int = self._server.socket.getsockname()[1]
        return port

    def of_type(self, name: str) -> list[dict[str, Any]]:
        """Return the received frames of one type."""
        return [frame for frame in list(self.received) if frame['type'] == name]

    def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == SDK_PATH
        self.connections.append(connection)
        reader = threading.Thread(target=self._read, args=(connection,), daemon=True)
        reader.start()
        try:
            connection.send(json.dumps(status_fields()))
            while not self._closing.wait(self._period_s):
                if self.talks.is_set():
                    for frame in self.frames:
                        connection.send(frame)
        except ConnectionClosed:
            pass
        reader.join()

    def _read(self, connection: ServerConnection) -> None:
        try:
            while self.reads.wait():
                self.received.append(json.loads(connection.recv()))
        except ConnectionClosed:
            return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self.reads.set()
        for connection in self.connections:
            connection.close()
        self._server.shutdown()
        self._thread.join()
