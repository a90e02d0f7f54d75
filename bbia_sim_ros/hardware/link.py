"""The connection to the daemon's WebSocket: always being made, never waited for.

Contract
    One thread of its own runs an asyncio loop; `snapshot` and the two ways to send may be called
    from any thread and return at once. `on_state` is called in the link's thread after every joint
    state. Motion: the newest target wins, one set of frames waits at most, what it replaces is
    counted in `overwritten`. Requests (stop, tasks): at most `MAX_REQUESTS` wait; they are dropped
    with the connection that they were meant for. Nothing is kept for a later connection.

    A peer from which nothing came for `SILENCE_S` is given up and connected to anew, since a cut
    network leaves a dead TCP connection behind. Attempts follow each other after 0.1, 0.2
    and then always 0.25 s; each waits a bounded time. Frames above `MAX_FRAME_B` end it; frames
    that cannot be read are counted, the newest complaint is kept, and the connection goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.exceptions import InvalidHandshake
from websockets.exceptions import InvalidMessage

from bbia_sim_ros.hardware.link_state import LinkState
from bbia_sim_ros.hardware.protocol import JointsMessage
from bbia_sim_ros.hardware.protocol import Message
from bbia_sim_ros.hardware.protocol import ProtocolError
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.protocol import parse
from bbia_sim_ros.pulses import keep_beating
from bbia_sim_ros.robot.driver import DriverError

SDK_PATH = '/ws/sdk'
MAX_REQUESTS = 16
MAX_FRAME_B = 65536
SILENCE_S = 1.5
_RETRY_DELAYS_S = (0.1, 0.2, 0.25)
_RESOLVE_TIMEOUT_S = 5.0
# A robot in the same network answers in milliseconds; a longer wait would delay the next attempt.
_CONNECT_TIMEOUT_S = 0.6
_HANDSHAKE_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 0.5
_JOIN_TIMEOUT_S = 10.0
# What waits in the buffers of a stalled peer is obeyed when it wakes up: keep it little.
_WRITE_LIMIT_B = 4096
_SEND_BUFFER_B = 16384


class SilentPeer(ConnectionError):
    """The connection stands, but the daemon says nothing any more."""


class DaemonLink:
    """See the module's docstring. Connecting begins with `start` and ends with `close`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ask_status: Callable[[], StatusMessage],
        on_state: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._port = host, port
        self._ask_status = ask_status
        self._on_state = on_state
        self._clock = clock
        self._state = LinkState()
        self._lock = threading.Lock()
        self._motion: tuple[str, ...] = ()
        self._requests: deque[str] = deque()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name='daemon link', daemon=True)

    @property
    def address(self) -> str:
        """Host and port as a person writes them."""
        return f'{self._host}:{self._port}'

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def close(self) -> None:
        """End the connection and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(_JOIN_TIMEOUT_S)
        else:
            self._loop.close()

    def snapshot(self) -> LinkState:
        """Return what is known now."""
        return self._state

    def send_motion(self, frames: tuple[str, ...]) -> None:
        """Send these frames next, instead of what still waits; nothing while not connected."""
        with self._lock:
            if not self._state.connected:
                return
            if self._motion:
                self._change(overwritten=self._state.overwritten + 1)
            idle = not (self._motion or self._requests)
            self._motion = frames
        self._wake_up(idle)

    def request(self, frame: str) -> bool:
        """Send a frame before all motion; False when there is no connection or too many wait."""
        with self._lock:
            if not self._state.connected or len(self._requests) >= MAX_REQUESTS:
                return False
            idle = not (self._motion or self._requests)
            self._requests.append(frame)
        self._wake_up(idle)
        return True

    def _wake_up(self, idle: bool) -> None:
        if idle:
            with contextlib.suppress(RuntimeError):  # the loop has ended with the link
                self._loop.call_soon_threadsafe(self._wake.set)

    def _change(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _keep(self, message: Message) -> None:
        self._state = self._state.with_message(message, monotonic=self._clock(), wall=time.time())

    # -- the link's thread --------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_closed())

    async def _until_closed(self) -> None:
        work = asyncio.create_task(self._keep_connected())
        closing = asyncio.create_task(self._closing.wait())
        beating = asyncio.create_task(keep_beating(f'link to {self.address}'))
        await asyncio.wait((work, closing), return_when=asyncio.FIRST_COMPLETED)
        for task in (beating, closing, work):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            connections = self._state.connection
            try:
                await self._connect_once()
            except (OSError, InvalidHandshake, InvalidMessage, ConnectionClosed) as error:
                self._disconnected(f'no connection to {self.address}: {_explained(error)}')
            failures = 0 if self._state.connection > connections else failures + 1
            await asyncio.sleep(_RETRY_DELAYS_S[min(failures, len(_RETRY_DELAYS_S) - 1)])

    async def _connect_once(self) -> None:
        stream = await self._open_socket()
        host = f'[{self._host}]' if ':' in self._host else self._host
        async with connect(
            f'ws://{host}:{self._port}{SDK_PATH}',
            sock=stream,
            compression=None,
            proxy=None,
            open_timeout=_HANDSHAKE_TIMEOUT_S,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,
            max_size=MAX_FRAME_B,
            write_limit=_WRITE_LIMIT_B,
        ) as connection:
            self._connected()
            # Whichever of them fails ends the connection, so no failure stays unseen.
            tasks = [
                asyncio.create_task(self._receive(connection)),
                asyncio.create_task(self._send(connection)),
                asyncio.create_task(self._hasten_status()),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _hasten_status(self) -> None:
        """Ask for the status that would otherwise come within a second."""
        with contextlib.suppress(DriverError):  # then it does come within a second
            status = await asyncio.to_thread(self._ask_status)
            with self._lock:
                if self._state.status is None:
                    self._keep(status)

    async def _receive(self, connection: ClientConnection) -> None:
        try:
            async with asyncio.timeout(SILENCE_S) as patience:
                while True:
                    self._take(await connection.recv())
                    patience.reschedule(self._loop.time() + SILENCE_S)
        except TimeoutError as error:
            # No close handshake: nobody would answer it.
            connection.transport.abort()
            raise SilentPeer(f'nothing came for {SILENCE_S:g} s') from error

    async def _open_socket(self) -> socket.socket:
        async with asyncio.timeout(_RESOLVE_TIMEOUT_S):
            found = await self._loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        error: OSError = OSError('the name has no address')
        for family, kind, protocol, _, address in found[:4]:
            stream = socket.socket(family, kind, protocol)
            stream.setblocking(False)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_B)
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                    await self._loop.sock_connect(stream, address)
            except OSError as refused:
                stream.close()
                error = refused
            except asyncio.CancelledError:
                stream.close()
                raise
            else:
                return stream
        raise error

    async def _send(self, connection: ClientConnection) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while frames := self._next_frames():
                for frame in frames:
                    await connection.send(frame)

    def _next_frames(self) -> tuple[str, ...]:
        with self._lock:
            frames = (*self._requests, *self._motion)
            self._requests.clear()
            self._motion = ()
        return frames

    def _connected(self) -> None:
        with self._lock:
            self._change(
                connected=True,
                reason='',
                connection=self._state.connection + 1,
                joints=None,
                head_pose=None,
                status=None,
                ended_tasks={},
                bad_frames=0,
                last_bad_frame='',
            )

    def _disconnected(self, reason: str) -> None:
        with self._lock:
            self._requests.clear()
            self._motion = ()
            self._change(connected=False, reason=reason)

    def _take(self, frame: str | bytes) -> None:
        try:
            message = parse(frame)
        except ProtocolError as error:
            with self._lock:
                self._change(bad_frames=self._state.bad_frames + 1, last_bad_frame=str(error)[:200])
            return
        if message is None:
            return
        with self._lock:
            self._keep(message)
        if isinstance(message, JointsMessage):
            self._on_state()


def _explained(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return 'no answer in time'
    if isinstance(error, ConnectionRefusedError):
        return 'refused; is the daemon running there?'
    if isinstance(error, InvalidHandshake | InvalidMessage):
        return f'what answers there is not the daemon ({error})'
    if isinstance(error, ConnectionClosed):
        return f'the daemon ended it ({error})'
    return str(error) or type(error).__name__
