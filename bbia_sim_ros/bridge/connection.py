"""One client's socket: what is written to it, and when.

Frames go straight to the socket while it takes them. When its buffer is over the transport's limit
the client is blocked: everything else waits in its `Outbox` until the buffer has drained, so a
client that does not read costs its outbox and one buffer, and nobody else notices. Compression is
not negotiated, so frames made once fit every client. All in the bridge's thread.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import Any

from aiohttp import WSCloseCode

from bbia_sim_ros.bridge.cdr import DecodeError
from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.fragments import TooManyFragments
from bbia_sim_ros.bridge.fragments import fragments
from bbia_sim_ros.bridge.frames import ping_frame
from bbia_sim_ros.bridge.frames import text_frame
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.outbox import Outbox
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.bridge.protocol import encode
from bbia_sim_ros.bridge.protocol import status
from bbia_sim_ros.bridge.session import Options
from bbia_sim_ros.bridge.session import Session
from bbia_sim_ros.bridge.topics import Delivery
from bbia_sim_ros.bridge.topics import TopicMessage
from bbia_sim_ros.bridge.web_socket import CLOSE_TIMEOUT_S
from bbia_sim_ros.bridge.web_socket import Socket

_WARN_EVERY_S = 10.0
_LONGEST_REASON_B = 123
# The kernel takes no more than this beyond what is on its way: what is old shall wait in the
# outbox, where newer messages replace it.
_UNSENT_B = 65536
_PING = ping_frame()
_log = logging.getLogger(__name__)


class Outlet:
    """Where messages of one topic go to one client."""

    __slots__ = ('connection', 'delivery', 'throttled')

    def __init__(self, connection: Connection, topic: str) -> None:
        self.connection = connection
        self.delivery = Delivery(topic, Encoding.JSON, None)
        self.throttled = False

    def __call__(self, message: TopicMessage) -> None:
        """Send a message now or queue it."""
        self.connection.offer(self, message)


class Connection:
    """See the module's docstring; `close` or the end of the socket ends it."""

    def __init__(
        self,
        web_socket: Socket,
        transport: asyncio.Transport,
        session: Session,
        parameters: BridgeParameters,
    ) -> None:
        self.session = session
        self.close_reason = ''
        """Why this side closed it, '' when it did not."""
        self._socket = web_socket
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._high_B = transport.get_write_buffer_limits()[1]
        self._blocked = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._warn_at = 0.0
        self._warned: dict[str, int] = {}
        self._outbox: Outbox[Outlet, TopicMessage] = Outbox(
            max_bytes=parameters.client_queue_bytes, max_messages=parameters.client_queue_messages
        )
        raw = transport.get_extra_info('socket')
        if raw is not None and hasattr(socket, 'TCP_NOTSENT_LOWAT'):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_B)

    @property
    def now(self) -> float:
        """The time of the event loop, s."""
        return self._loop.time()

    @property
    def dropped(self) -> int:
        """Messages of topics that this client lost: it reads too slowly, or they cannot be sent."""
        return self._outbox.dropped

    @property
    def backlog_B(self) -> int:  # noqa: N802
        """Bytes that wait to be read by it."""
        return self._outbox.waiting_bytes + self._transport.get_write_buffer_size()

    def open_outlet(self, topic: str, options: Options) -> Outlet:
        """Return where messages of a topic are to go."""
        outlet = Outlet(self, topic)
        self.configure(outlet, options)
        return outlet

    def configure(self, outlet: Outlet, options: Options) -> None:
        """Change how a topic is delivered."""
        outlet.delivery = Delivery(outlet.delivery.topic, options.encoding, options.fragment_size)
        outlet.throttled = options.throttle_s > 0.0
        self._outbox.subscribe(
            outlet, queue_length=options.queue_length, throttle_s=options.throttle_s
        )

    def close_outlet(self, outlet: Outlet) -> None:
        """Forget what waits for a topic."""
        self._outbox.unsubscribe(outlet)
        self._warned.pop(outlet.delivery.topic, None)

    def offer(self, outlet: Outlet, message: TopicMessage) -> None:
        """Send a message of a topic now, or queue it."""
        if not self._blocked and not outlet.throttled:
            self._write_topic(outlet, message)
            return
        if self._outbox.put(outlet, message, self._loop.time()):
            self._tell_of_loss(outlet, StatusLevel.WARNING, 'this client reads too slowly')
        if not self._blocked:
            self._flush()

    def send(self, message: dict[str, Any]) -> None:
        """Send a reply, status or request; it is never dropped."""
        self._send_frame(text_frame(encode(message)))

    def answer(self, message: dict[str, Any], fragment_size: int | None) -> None:
        """Send the answer to a call or goal, in parts if asked for; a refusal if it is too long."""
        if fragment_size is None:
            self.send(message)
            return
        try:
            id = message.get('id') or str(message['op'])
            parts = fragments(encode(message), fragment_size, id)
        except TooManyFragments as error:
            self.send({**message, 'values': str(error), 'result': False})
            return
        for part in parts:
            self._send_frame(text_frame(part))

    def status(self, level: StatusLevel, text: str, id: Id = None) -> None:
        """Send a status message if the client wants those of this level."""
        if self.session.wants(level):
            self.send(status(level, text, id))

    def ping(self) -> None:
        """Ask for a sign of life, unless one is asked for behind what waits already."""
        if not self._blocked and not self._transport.is_closing():
            self._transport.write(_PING)

    def close(self, code: int, reason: str) -> None:
        """Close the socket with a reason; if the client does not answer, cut it off."""
        if self.close_reason:
            return
        self.close_reason = reason
        self._closing = self._start(self._close(code, reason.encode()[:_LONGEST_REASON_B]))

    async def ended(self) -> None:
        """Release what this holds; call when the socket is done."""
        if self._timer is not None:
            self._timer.cancel()
        if self._closing is not None:
            await self._closing
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _send_frame(self, frame: bytes) -> None:
        if not self._blocked:
            self._write(frame)
        elif not self._outbox.put_reply(frame):
            self.close(
                WSCloseCode.TRY_AGAIN_LATER, 'too many replies wait: this client does not read them'
            )

    def _write_topic(self, outlet: Outlet, message: TopicMessage) -> None:
        try:
            frames = message.frames(outlet.delivery)
        except (DecodeError, TooManyFragments) as error:
            self._outbox.leave_out(outlet)
            self._tell_of_loss(outlet, StatusLevel.ERROR, str(error))
            return
        self._write(frames)

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        transport.write(data)
        traffic = self.session.traffic
        traffic.messages_out += 1
        traffic.bytes_out += len(data)
        if transport.get_write_buffer_size() > self._high_B:
            self._blocked = True
            self._start(self._unblock())

    async def _unblock(self) -> None:
        """Wait until the transport has room again, then send what waits."""
        try:
            # With a writer limit of 0 a ping returns when the buffer has drained.
            await self._socket.ping()
        except ConnectionError:
            return
        self._blocked = False
        self._flush()

    def _flush(self) -> None:
        now = self._loop.time()
        while not self._blocked:
            reply = self._outbox.take_reply()
            if reply is not None:
                self._write(reply)
                continue
            taken = self._outbox.take(now)
            if taken is None:
                self._wait_for(self._outbox.next_due())
                return
            self._write_topic(*taken)

    def _wait_for(self, due: float | None) -> None:
        if due is not None and self._timer is None:
            self._timer = self._loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if not self._blocked:
            self._flush()

    def _tell_of_loss(self, outlet: Outlet, level: StatusLevel, why: str) -> None:
        """Tell the client that it loses messages, once a topic and then now and again."""
        topic = outlet.delivery.topic
        now = self._loop.time()
        if topic in self._warned and now < self._warn_at:
            return
        self._warn_at = now + _WARN_EVERY_S
        self._warned[topic] = dropped = self._outbox.drops_of(outlet)
        self.status(level, f'{topic}: {why}; {dropped} messages were left out so far')

    async def _close(self, code: int, reason: bytes) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close(code=code, message=reason)
        except (TimeoutError, ConnectionError):
            _log.debug('client %d did not take its close frame', self.session.number)
        finally:
            self._transport.abort()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
