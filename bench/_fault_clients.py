"""Clients of the bridge during faults: one like the dashboard's, and ones that are cut off.

Contract
    `Page` lives in a thread of its own until `close`. It subscribes to joint states and connects
    again as the dashboard does: after 0.3 s, then twice that each time, 4 s at most. Its counters
    are read from other threads.
"""

from __future__ import annotations

import asyncio
import json
import math
import socket
import struct
import threading
import time
from contextlib import suppress

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Opcode
from websockets.uri import parse_uri

from support.fuzzed_frames import wire_frame
from support.ports import HOST

_SUBSCRIBE = json.dumps(
    {'op': 'subscribe', 'topic': '/joint_states', 'type': 'sensor_msgs/JointState'}
)
_AGAIN_S = 0.3
_AGAIN_MOST_S = 4.0
_CONNECT_S = 5.0
_READ_B = 1 << 16
_LONG_FRAME_B = 5000
# A close with this set sends RST instead of FIN.
_LINGER = struct.pack('ii', 1, 0)


class Page:
    """See the module's docstring."""

    def __init__(self, port: int) -> None:
        self._address = f'ws://{HOST}:{port}'
        self._socket: ClientConnection | None = None
        self.connections = 0
        self.heard = -math.inf
        """When the newest joint state came, monotonic, s."""
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._stay())
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def cut(self) -> None:
        """Reset the connection, without a word of the protocol."""
        self._loop.call_soon_threadsafe(self._reset)

    def close(self) -> None:
        """Leave and end the thread."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    def _reset(self) -> None:
        if self._socket is not None:
            end = self._socket.transport.get_extra_info('socket')
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            self._socket.transport.abort()

    async def _stay(self) -> None:
        pause_s = _AGAIN_S
        while True:
            with suppress(OSError, TimeoutError, WebSocketException):
                async with connect(
                    self._address,
                    compression=None,
                    max_size=None,
                    proxy=None,
                    open_timeout=_CONNECT_S,
                ) as self._socket:
                    self.connections += 1
                    pause_s = _AGAIN_S
                    await self._socket.send(_SUBSCRIBE)
                    async for _ in self._socket:
                        self.heard = time.monotonic()
            await asyncio.sleep(pause_s)
            pause_s = min(2.0 * pause_s, _AGAIN_MOST_S)


def cut_in_frame(port: int) -> None:
    """Connect, send half of a frame, and reset the connection."""
    with socket.create_connection((HOST, port), _CONNECT_S) as end:
        protocol = ClientProtocol(parse_uri(f'ws://{HOST}:{port}'))
        protocol.send_request(protocol.connect())
        end.sendall(b''.join(protocol.data_to_send()))
        end.recv(_READ_B)
        frame = wire_frame(Opcode.TEXT, bytes(_LONG_FRAME_B))
        end.sendall(frame[: len(frame) // 2])
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
