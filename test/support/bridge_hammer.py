"""Clients of a rosbridge server that say anything and leave in any way.

Contract
    `BridgeHammer.send(count)` sends that many frames over `connections` sockets at a time, each
    with a seed of its own, and returns when the server has taken the last: it waits for each socket
    to be closed. Sockets are closed properly, dropped, or cut in the middle of a frame, and opened
    anew. What comes back is read and counted, not kept. The frames are written as they are, past
    all that a WebSocket library would refuse to send.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field

from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.uri import parse_uri

from support.fuzzed_frames import FuzzedFrames
from support.fuzzed_frames import Names
from support.fuzzed_frames import wire_frame

# Each connection has seeds of its own.
_SEEDS = 1000
_OTHER_SEED = 500
_CUT_SHARE = 1 / 300
_DROP_SHARE = 1 / 500
_CLOSE_SHARE = 1 / 700
_READ_B = 1 << 16
_DEADLINE_S = 60.0
_OPENING_S = 10.0


@dataclass
class Tally:
    """What was sent, and what became of it."""

    frames: int = 0
    connections: int = 0
    cut: int = 0
    answers: int = 0
    closed: Counter[int] = field(default_factory=Counter)
    """Sockets that the server closed by itself, by the code it gave."""


class BridgeHammer:
    """See the module's docstring."""

    def __init__(
        self,
        port: int,
        seed: int,
        names: Names,
        *,
        longest_B: int,  # noqa: N803
        connections: int = 4,
    ) -> None:
        self._port = port
        self.tally = Tally()
        self._sources = [
            (random.Random(own + _OTHER_SEED), FuzzedFrames(own, names, longest_B))
            for own in range(seed * _SEEDS, seed * _SEEDS + connections)
        ]

    async def send(self, count: int) -> None:
        """Send frames; see the module's docstring."""
        share = -(-count // len(self._sources))
        async with asyncio.TaskGroup() as group:
            for random_, frames in self._sources:
                group.create_task(self._be_client(random_, frames, share))

    async def _be_client(self, random_: random.Random, frames: FuzzedFrames, count: int) -> None:
        left = count
        while left > 0:
            socket = await _Socket.open(self._port, self.tally)
            self.tally.connections += 1
            while left > 0 and not socket.ended:
                payloads = frames.frames()
                left -= len(payloads)
                self.tally.frames += len(payloads)
                for opcode, data in payloads:
                    await socket.write(wire_frame(opcode, data))
                if random_.random() < _CUT_SHARE:
                    self.tally.cut += 1
                    await socket.write(frames.cut_frame())
                    break
                if random_.random() < _DROP_SHARE:
                    break
                if random_.random() < _CLOSE_SHARE:
                    await socket.say_goodbye()
            if left <= 0:
                await socket.say_goodbye()
            await socket.drop()


class _Socket:
    """One connection; a task of its own reads what comes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, tally: Tally
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = ClientProtocol(parse_uri(f'ws://127.0.0.1:{port}/'), max_size=None)
        self._tally = tally
        self._opened = asyncio.Event()
        self._leaving = False
        self.ended = False
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int, tally: Tally) -> _Socket:
        """Connect and shake hands."""
        made = cls(*await asyncio.open_connection('127.0.0.1', port), port, tally)
        made._protocol.send_request(made._protocol.connect())
        made._pass_on()
        async with asyncio.timeout(_OPENING_S):
            await made._opened.wait()
        return made

    async def write(self, data: bytes) -> None:
        """Write bytes, waiting while the server does not take them."""
        if not self._writer.is_closing():
            self._writer.write(data)
            with suppress(ConnectionError):
                async with asyncio.timeout(_DEADLINE_S):
                    await self._writer.drain()

    async def say_goodbye(self) -> None:
        """Close as the protocol wants it, and wait until the server has done all before that."""
        self._leaving = True
        await self.write(wire_frame(Opcode.CLOSE, b'\x03\xe8'))
        async with asyncio.timeout(_DEADLINE_S):
            await self._task

    async def drop(self) -> None:
        """Be gone without a word."""
        self._leaving = True
        if not self._writer.is_closing():
            self._writer.transport.abort()
        await self._task

    async def _read(self) -> None:
        with suppress(ConnectionError):
            while data := await self._reader.read(_READ_B):
                self._protocol.receive_data(data)
                events = self._protocol.events_received()
                if events and not self._opened.is_set():
                    self._opened.set()
                self._tally.answers += len(events)
                self._pass_on()
        self.ended = True
        code = self._protocol.close_rcvd.code if self._protocol.close_rcvd else 0
        if not self._leaving:
            self._tally.closed[code] += 1
        self._writer.close()

    def _pass_on(self) -> None:
        """Write what the protocol answers by itself: the handshake, pongs."""
        for data in self._protocol.data_to_send():
            if data and not self._writer.is_closing():
                self._writer.write(data)
