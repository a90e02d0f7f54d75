"""The WebSocket server: who connects, how long they may stay, and what is known about them.

One asyncio loop in a thread of its own serves all clients; nothing here blocks it. A client is
pinged every `ping_period` and is gone when it was not heard for two and a half of them; one without
subscriptions that sends nothing for `client_inactivity_timeout` is closed with a reason. While
nobody is connected no timer runs. `report` is replaced as a whole, so any thread may read it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode
from aiohttp import WSMsgType
from aiohttp import web

from bbia_sim_ros.bridge.connection import Connection
from bbia_sim_ros.bridge.context import Bridge
from bbia_sim_ros.bridge.context import Client
from bbia_sim_ros.bridge.handlers import Handlers
from bbia_sim_ros.bridge.session import Session
from bbia_sim_ros.bridge.web_socket import CLOSE_TIMEOUT_S
from bbia_sim_ros.bridge.web_socket import Socket

_SILENT_PERIODS = 2.5
_LONGEST_TICK_S = 1.0
_AUTHENTICATION_S = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ClientReport:
    """One client now; times in s, sizes in bytes."""

    number: int
    address: str
    connected_s: float
    idle_s: float
    subscriptions: tuple[str, ...]
    publications: tuple[str, ...]
    messages_in: int
    messages_out: int
    bytes_in: int
    bytes_out: int
    dropped: int
    backlog_B: int  # noqa: N815


@dataclass(frozen=True, kw_only=True)
class ServerReport:
    """The clients now, and counts since the start."""

    clients: tuple[ClientReport, ...] = ()
    total: int = 0
    refused: int = 0
    closed_idle: int = 0
    dropped: int = 0
    last_closed: str = ''


@dataclass(frozen=True, eq=False)
class _Connected:
    client: Client
    handlers: Handlers


class WebSocketServer:
    """See the module's docstring."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._connected: dict[int, _Connected] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._ticker: asyncio.TimerHandle | None = None
        self._pinged_at = 0.0
        self._total = 0
        self._refused = 0
        self._closed_idle = 0
        self._dropped = 0
        self._last_closed = ''
        self._closing = False
        self.report = ServerReport()

    def application(self) -> web.Application:
        """Return the application that takes clients on every path."""
        application = web.Application()
        application.router.add_get('/{path:.*}', self._on_request)
        return application

    async def close(self) -> None:
        """Close all clients with a reason and wait for them."""
        self._closing = True
        if self._ticker is not None:
            self._ticker.cancel()
        for connected in list(self._connected.values()):
            connected.client.connection.close(WSCloseCode.GOING_AWAY, 'the bridge ends')
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSE_TIMEOUT_S):
                await self._empty.wait()

    async def _on_request(self, request: web.Request) -> web.StreamResponse:
        access = self._bridge.access()
        origin = request.headers.get('Origin')
        if not access.origin_allowed(origin, request.host):
            self._refuse(request, f'origin {origin} is not allowed (parameter allowed_origins)')
            return web.Response(status=403, text=f'origin {origin} may not connect\n')
        authorization = request.headers.get('Authorization')
        if access.token and authorization is not None and not access.knows_header(authorization):
            self._refuse(request, 'wrong token in the Authorization header')
            return web.Response(status=401, text='the token is wrong\n')
        parameters = self._bridge.parameters()
        socket = Socket(parameters.max_message_size)
        if not socket.can_prepare(request).ok:
            return web.Response(status=426, text='this port speaks WebSocket (rosbridge v2)\n')
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        self._total += 1
        now = asyncio.get_running_loop().time()
        session = Session(
            self._total,
            _address(transport),
            authenticated=not access.token or authorization is not None,
            now=now,
        )
        connection = Connection(socket, transport, session, parameters)
        if len(self._connected) >= parameters.max_clients or self._closing:
            reason = (
                'the bridge ends'
                if self._closing
                else f'{len(self._connected)} clients are connected, the most (max_clients)'
            )
            self._refuse(request, reason)
            connection.close(WSCloseCode.TRY_AGAIN_LATER, reason)
            await _drain(socket)
            await connection.ended()
            return socket
        await self._serve(socket, session, connection)
        return socket

    async def _serve(self, socket: Socket, session: Session, connection: Connection) -> None:
        client = Client(bridge=self._bridge, session=session, connection=connection)
        handlers = Handlers(client)
        self._connected[session.number] = _Connected(client, handlers)
        self._empty.clear()
        self._tick_later()
        try:
            await self._receive(socket, session, handlers)
        except Exception:
            connection.close(WSCloseCode.INTERNAL_ERROR, 'the bridge failed; its log says how')
            raise
        finally:
            del self._connected[session.number]
            handlers.close()
            await client.ended()
            await connection.ended()
            self._dropped += connection.dropped
            reason = connection.close_reason or f'the client left (code {socket.close_code})'
            self._last_closed = f'{session.address}: {reason}'
            self._write_report()
            if not self._connected:
                self._empty.set()

    async def _receive(self, socket: Socket, session: Session, handlers: Handlers) -> None:
        loop = asyncio.get_running_loop()
        async for message in socket:
            session.last_heard_at = loop.time()
            if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                session.last_sent_at = session.last_heard_at
                session.traffic.messages_in += 1
                session.traffic.bytes_in += len(message.data)
                await handlers.handle(message.data)
            elif message.type is WSMsgType.PING:
                # It may have asked and left; the loop ends with what it sent before.
                with suppress(ConnectionError):
                    await socket.pong(message.data)
            elif message.type is WSMsgType.ERROR:
                return

    def _refuse(self, request: web.Request, reason: str) -> None:
        self._refused += 1
        self._last_closed = f'{request.remote}: {reason}'
        self._write_report()
        _log.warning('refused %s: %s', request.remote, reason)

    def _tick_later(self) -> None:
        if self._ticker is None and self._connected and not self._closing:
            period = min(_LONGEST_TICK_S, self._bridge.parameters().ping_period / 2)
            self._ticker = asyncio.get_running_loop().call_later(period, self._tick)

    def _tick(self) -> None:
        self._ticker = None
        parameters = self._bridge.parameters()
        now = asyncio.get_running_loop().time()
        ping = now - self._pinged_at >= parameters.ping_period
        if ping:
            self._pinged_at = now
        for connected in list(self._connected.values()):
            session, connection = connected.client.session, connected.client.connection
            silent = now - session.last_heard_at
            if silent > _SILENT_PERIODS * parameters.ping_period:
                connection.close(WSCloseCode.GOING_AWAY, f'no sign of life for {silent:.1f} s')
            elif session.is_idle(now, parameters.client_inactivity_timeout):
                self._closed_idle += not connection.close_reason
                connection.close(
                    WSCloseCode.GOING_AWAY,
                    f'nothing was sent for {parameters.client_inactivity_timeout:g} s, nothing is'
                    ' subscribed to (client_inactivity_timeout)',
                )
            elif not session.authenticated and now - session.connected_at > _AUTHENTICATION_S:
                connection.close(
                    WSCloseCode.POLICY_VIOLATION,
                    f'no token was given for {_AUTHENTICATION_S:g} s (op auth)',
                )
            elif ping:
                connection.ping()
        self._write_report()
        self._tick_later()

    def _write_report(self) -> None:
        now = asyncio.get_running_loop().time()
        clients = tuple(_report(connected, now) for connected in self._connected.values())
        self.report = ServerReport(
            clients=clients,
            total=self._total,
            refused=self._refused,
            closed_idle=self._closed_idle,
            dropped=self._dropped + sum(client.dropped for client in clients),
            last_closed=self._last_closed,
        )


async def start_site(
    application: web.Application, socket: object, context: ssl.SSLContext | None
) -> web.AppRunner:
    """Serve an application on a bound socket; return what is to be cleaned up in the end."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSE_TIMEOUT_S)
    await runner.setup()
    await web.SockSite(runner, socket, ssl_context=context).start()  # type: ignore[arg-type]
    return runner


def _report(connected: _Connected, now: float) -> ClientReport:
    session, connection = connected.client.session, connected.client.connection
    traffic = session.traffic
    return ClientReport(
        number=session.number,
        address=session.address,
        connected_s=now - session.connected_at,
        idle_s=now - session.last_heard_at,
        subscriptions=tuple(connected.handlers.subscribed),
        publications=tuple(connected.handlers.published),
        messages_in=traffic.messages_in,
        messages_out=traffic.messages_out,
        bytes_in=traffic.bytes_in,
        bytes_out=traffic.bytes_out,
        dropped=connection.dropped,
        backlog_B=connection.backlog_B,
    )


def _address(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info('peername')
    return f'{name[0]}:{name[1]}' if isinstance(name, tuple) else str(name)


async def _drain(socket: Socket) -> None:
    """Read until the client has answered the close frame."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return
