"""A web server on loopback that answers as a test wants, and what is fetched from it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable

from aiohttp import web

from bbia_sim_ros.behaviors.fetching import fetch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = 'Grüße'.encode()


@contextlib.asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """Serve every path on loopback; return the address."""
    server = web.Server(handler)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f'http://{host}:{port}'
    finally:
        await runner.cleanup()


def got(
    handler: Handler,
    path: str = '/',
    *,
    max_bytes: int = 1000,
    network: bool = True,
    timeout_s: float = 20.0,
) -> bytes:
    """Return what a server gives."""

    async def run() -> bytes:
        async with served(handler) as address:
            return await fetch(
                address + path, max_bytes=max_bytes, network=network, timeout_s=timeout_s
            )

    return asyncio.run(run())


async def page(_: web.Request) -> web.StreamResponse:
    """Answer with the page."""
    return web.Response(body=PAGE)
