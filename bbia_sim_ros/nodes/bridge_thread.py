"""The bridge's own thread: one asyncio loop with the WebSocket server and the dashboard's.

It starts when an executor serves the node, because what clients ask for is done there. `close`
tells the clients, gives everything back and ends the thread; meanwhile the executor has to be spun.
A failure in the loop ends the thread with a traceback, and so the process (see `container`); a loop
that stands still ends the process too (`pulses.py`).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node

from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.checked import to_message
from bbia_sim_ros.bridge.context import Bridge
from bbia_sim_ros.bridge.gateway import Gateway
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.metrics import MetricsPage
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.bridge.rosapi import RosApi
from bbia_sim_ros.bridge.rosapi_parameters import RosapiParameters
from bbia_sim_ros.bridge.server import ServerReport
from bbia_sim_ros.bridge.server import WebSocketServer
from bbia_sim_ros.bridge.server import start_site
from bbia_sim_ros.bridge.topics import TopicHub
from bbia_sim_ros.bridge.values import from_message
from bbia_sim_ros.bridge.web import WebFolders
from bbia_sim_ros.bridge.web import WebServer
from bbia_sim_ros.nodes.bridge_gateway import RosGateway
from bbia_sim_ros.nodes.bridge_graph import RosGraph
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.pulses import keep_beating

# Files of the dashboard are opened there; more would only be more threads.
_FILE_THREADS = 2
# Of the node `monitor`.
_METRICS_SERVICE = 'metrics/prometheus'


@dataclass(frozen=True, kw_only=True, eq=False)
class Listening:
    """Bound sockets, `web` None without a dashboard, and the TLS context of both, if any."""

    bridge: socket.socket
    web: socket.socket | None
    tls: ssl.SSLContext | None


class BridgeThread:
    """See the module's docstring."""

    def __init__(
        self,
        node: Node,
        *,
        listening: Listening,
        parameters: Callable[[], BridgeParameters],
        access: Callable[[], Access],
        folders: WebFolders,
        config: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._node = node
        self._listening = listening
        self._parameters = parameters
        self._access = access
        self._folders = folders
        self._config = config
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._server: WebSocketServer | None = None
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name='bridge', daemon=True)

    @property
    def report(self) -> ServerReport:
        """The clients now."""
        server = self._server
        return ServerReport() if server is None else server.report

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self, spin: Callable[[], None]) -> None:
        """End the thread; `spin` lets the executor do what it has to do meanwhile."""
        if self._thread.ident is None:
            return
        self._begun.wait()
        if self._loop is not None and self._end is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        while self._thread.is_alive():
            spin()
        spin()

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        beating = loop.create_task(keep_beating('bridge'))
        loop.set_default_executor(ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix='files'))
        handover = Handover(self._node, loop)
        bridge = self._bridge(handover)
        server = WebSocketServer(bridge)
        self._end, self._loop, self._server = asyncio.Event(), loop, server
        self._begun.set()
        listening = self._listening
        runners = [await start_site(server.application(), listening.bridge, listening.tls)]
        if listening.web is not None:
            web = self._web(bridge.gateway).application()
            runners.append(await start_site(web, listening.web, listening.tls))
        await self._end.wait()
        await server.close()
        for runner in runners:
            await runner.cleanup()
        handover.close()
        beating.cancel()

    def _web(self, gateway: Gateway) -> WebServer:
        service = str(self._node.resolve_service_name(_METRICS_SERVICE))
        page = MetricsPage(gateway, service, lambda: self.report)
        return WebServer(self._folders, self._config, access=self._access, metrics=page.text)

    def _bridge(self, handover: Handover) -> Bridge:
        gateway = RosGateway(self._node, handover, self._parameters)
        graph = RosGraph(self._node)

        async def call(
            service: str, type_name: str, request: dict[str, Any], timeout_s: float
        ) -> dict[str, Any]:
            message = to_message(service_class(type_name).Request, request)
            return from_message(await gateway.call(service, type_name, message, timeout_s))

        return Bridge(
            gateway=gateway,
            hub=TopicHub(gateway),
            rosapi=RosApi(graph, RosapiParameters(call, graph.nodes), self._access),
            parameters=self._parameters,
            access=self._access,
        )
