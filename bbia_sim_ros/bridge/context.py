"""What the operations of one client share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.connection import Connection
from bbia_sim_ros.bridge.gateway import Gateway
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.bridge.rosapi import RosApi
from bbia_sim_ros.bridge.session import Session
from bbia_sim_ros.bridge.topics import TopicHub


@dataclass(frozen=True, kw_only=True, eq=False)
class Bridge:
    """What all clients share; `parameters` and `access` return the present ones."""

    gateway: Gateway
    hub: TopicHub
    rosapi: RosApi
    parameters: Callable[[], BridgeParameters]
    access: Callable[[], Access]


@dataclass(frozen=True, kw_only=True, eq=False)
class Client:
    """One client: its books, its socket, and the work that is done for it."""

    bridge: Bridge
    session: Session
    connection: Connection
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something for the client beside its other operations; it ends with the client."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ended(self) -> None:
        """Stop the work that is done for the client."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
