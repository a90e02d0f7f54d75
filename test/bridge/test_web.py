"""The dashboard's server while a folder that it is asked for is long in coming."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from aiohttp.test_utils import TestClient
from aiohttp.test_utils import TestServer

from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.web import WebFolders
from bbia_sim_ros.bridge.web import WebServer
from support.waiting import DEADLINE_S


def test_who_waits_for_the_assets_holds_up_nobody_else() -> None:
    asked, answered = threading.Event(), threading.Event()

    def assets() -> Path:
        asked.set()
        if not answered.wait(DEADLINE_S):
            raise AssertionError('nobody else was served meanwhile')
        raise LookupError('there are none')

    async def scene() -> tuple[int, int]:
        server = WebServer(
            WebFolders(dashboard=lambda: None, assets=assets, package_share=Path),
            config=dict,
            access=_nobodys_access,
            metrics=_no_metrics,
        )
        async with TestClient(TestServer(server.application())) as client:
            waiting = asyncio.create_task(client.get('/meshes/file/nothing.stl'))
            await asyncio.to_thread(asked.wait, DEADLINE_S)
            settings = await client.get('/config.json')
            answered.set()
            return settings.status, (await waiting).status

    assert asyncio.run(scene()) == (200, 404)


def _nobodys_access() -> Access:
    raise AssertionError('files need no access')


async def _no_metrics() -> str:
    raise AssertionError('nobody asked for numbers')
