"""A WebSocket that says why it closes, also to a client that is in the middle of a message."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from aiohttp import WSCloseCode
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

CLOSE_TIMEOUT_S = 2.0
_CHUNK_B = 65536


class Socket(web.WebSocketResponse):
    """A WebSocket that gives a reason when aiohttp closes it for a frame it cannot take."""

    def __init__(self, max_message_size: int) -> None:
        # aiohttp refuses a message of exactly its limit.
        super().__init__(
            timeout=CLOSE_TIMEOUT_S,
            autoping=False,
            compress=False,
            max_msg_size=max_message_size + 1,
            writer_limit=0,
            decode_text=False,
        )
        self._client: asyncio.BaseTransport | None = None
        self._reasons = {
            WSCloseCode.MESSAGE_TOO_BIG: (
                f'longer than max_message_size, {max_message_size} bytes'
            ),
            WSCloseCode.PROTOCOL_ERROR: 'not a frame of the WebSocket protocol',
            WSCloseCode.INVALID_TEXT: 'not UTF-8',
        }

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Do the handshake, as aiohttp does."""
        self._client = request.transport
        return await super().prepare(request)

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b'', drain: bool = True
    ) -> bool:
        """Close as aiohttp does, with the reason that belongs to a code when none is given.

        aiohttp reads no further after such a frame. A socket that is closed with bytes unread
        resets the connection, and the client may never see the reason (RFC 6455, 7.1.1, and RFC
        9112, 9.6): so the rest is read, for as long as a close may take.
        """
        if message or code not in self._reasons:
            return await super().close(code=code, message=message, drain=drain)
        rest = None if self._client is None else _second_handle(self._client)
        try:
            return await super().close(
                code=code, message=self._reasons[WSCloseCode(code)].encode(), drain=drain
            )
        finally:
            if rest is not None:
                with rest:
                    await _read_to_the_end(rest)


def _second_handle(transport: asyncio.BaseTransport) -> socket.socket | None:
    """Return the transport's socket once more; it stays open when the transport closes it."""
    first = transport.get_extra_info('socket')
    # A client that left at once has closed it.
    return None if first is None or first.fileno() < 0 else first.dup()


async def _read_to_the_end(client: socket.socket) -> None:
    """Send the end of the stream, and read until the client's, or for `CLOSE_TIMEOUT_S`."""
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError, OSError):
        client.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            while await loop.sock_recv(client, _CHUNK_B):
                pass
