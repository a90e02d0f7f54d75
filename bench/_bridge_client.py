"""Clients of any rosbridge server, many in one process: a program that prints what they saw.

    _bridge_client.py URL subscribe TOPIC TYPE [--compression none|cbor] [--clients N] [--stalled N]
    _bridge_client.py URL call SERVICE TYPE
    both: --seconds S

Printed as JSON, one object a line: `{}` when everything runs (all subscribers have had a message),
and after S seconds the figures: `rate` (messages of a client per s, the slowest one's), `p50` and
`p99` (ms, from the stamp to here, or of a round trip), `load` (processor time of this process, % of
a core: far from 100, or it is this program that was measured).

It must cost little beside a server: of a message only the stamp is looked for, in its bytes. A
stalled client subscribes and then reads nothing; its socket takes 64 KiB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import time
from typing import Any

import aiohttp
import numpy as np

_SETTLE_S = 0.5
_READY_S = 30.0
_CALL_PERIOD_S = 0.005
_STALLED_BUFFER_B = 65536
_JSON_STAMP = re.compile(rb'"sec": ?(\d+), ?"nanosec": ?(\d+)')
# Text keys, each followed by an unsigned integer of four bytes (RFC 8949): true of any time now,
# but for the first 65 us of a second.
_CBOR_STAMP = re.compile(rb'csec\x1a(.{4})gnanosec\x1a(.{4})', re.DOTALL)


class Subscriber:
    """One client: how old its messages were when they came, s."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.heard = asyncio.Event()

    async def run(self, session: aiohttp.ClientSession, url: str, request: dict[str, Any]) -> None:
        """Subscribe and read until cancelled."""
        async with session.ws_connect(
            url, compress=0, max_msg_size=0, decode_text=False
        ) as web_socket:
            await web_socket.send_str(json.dumps(request))
            async for message in web_socket:
                now = time.time()
                stamp = stamp_s(message.data)
                if stamp is not None:
                    self.ages.append(now - stamp)
                    self.heard.set()
        raise SystemExit(f'the server closed the connection, code {web_socket.close_code}')


def stamp_s(data: bytes) -> float | None:
    """Return the stamp in a message, None when there is none."""
    found = _JSON_STAMP.search(data, 0, 200)
    if found is not None:
        return int(found[1]) + 1e-9 * int(found[2])
    found = _CBOR_STAMP.search(data, 0, 200)
    if found is not None:
        return int.from_bytes(found[1], 'big') + 1e-9 * int.from_bytes(found[2], 'big')
    return None


def small_socket(address: Any) -> socket.socket:
    """Return a socket that takes little before it is read."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _STALLED_BUFFER_B)
    return made


async def stall(url: str, request: dict[str, Any]) -> None:
    """Subscribe and read nothing until cancelled."""
    connector = aiohttp.TCPConnector(socket_factory=small_socket)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.ws_connect(url, compress=0) as web_socket,
    ):
        await web_socket.send_str(json.dumps(request))
        await asyncio.Event().wait()


def say(**figures: float) -> None:
    """Print figures for the parent."""
    print(json.dumps(figures), flush=True)


def latencies(seconds: list[float]) -> dict[str, float]:
    """Return the quantiles, ms."""
    p50, p99 = (1e3 * float(value) for value in np.quantile(seconds, (0.5, 0.99)))
    return {'p50': p50, 'p99': p99}


async def subscribe(options: argparse.Namespace) -> None:
    """Run the subscribers and print their figures."""
    request = {
        'op': 'subscribe',
        'topic': options.name,
        'type': options.type,
        'compression': options.compression,
    }
    subscribers = [Subscriber() for _ in range(options.clients)]
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        asyncio.TaskGroup() as group,
    ):
        running = [group.create_task(one.run(session, options.url, request)) for one in subscribers]
        running += [group.create_task(stall(options.url, request)) for _ in range(options.stalled)]
        async with asyncio.timeout(_READY_S):
            await asyncio.gather(*(one.heard.wait() for one in subscribers))
        await asyncio.sleep(_SETTLE_S)
        say()
        for one in subscribers:
            one.ages.clear()
        begun, used = time.monotonic(), time.process_time()
        await asyncio.sleep(options.seconds)
        took, used = time.monotonic() - begun, time.process_time() - used
        say(
            rate=min(len(one.ages) for one in subscribers) / took,
            load=100.0 * used / took,
            **latencies([age for one in subscribers for age in one.ages]),
        )
        for task in running:
            task.cancel()


async def call(options: argparse.Namespace) -> None:
    """Call a service again and again and print the figures."""
    request = {'op': 'call_service', 'service': options.name, 'type': options.type, 'args': {}}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(options.url, compress=0) as web_socket,
    ):

        async def trip_s() -> float:
            sent = time.monotonic()
            await web_socket.send_str(json.dumps(request))
            answer = await web_socket.receive_json(timeout=_READY_S)
            if answer.get('result') is not True:
                raise SystemExit(f'{options.name} failed: {answer}')
            return time.monotonic() - sent

        await trip_s()  # the first call finds the service
        say()
        trips: list[float] = []
        begun, used = time.monotonic(), time.process_time()
        while time.monotonic() - begun < options.seconds:
            trips.append(await trip_s())
            await asyncio.sleep(_CALL_PERIOD_S)
        took, used = time.monotonic() - begun, time.process_time() - used
        say(rate=len(trips) / took, load=100.0 * used / took, **latencies(trips))


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('url')
    parser.add_argument('what', choices=('subscribe', 'call'))
    parser.add_argument('name')
    parser.add_argument('type')
    parser.add_argument('--seconds', type=float, required=True)
    parser.add_argument('--compression', default='none')
    parser.add_argument('--clients', type=int, default=1)
    parser.add_argument('--stalled', type=int, default=0)
    options = parser.parse_args()
    asyncio.run(subscribe(options) if options.what == 'subscribe' else call(options))


if __name__ == '__main__':
    main()
