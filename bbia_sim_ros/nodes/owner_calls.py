"""Ask the owners of models to load and unload. All in the executor's thread.

Clients of an owner's services are made when it is first asked, kept for the next time, and
destroyed by `sweep` when the owner has gone and nobody waits for its answer. At most `MOST_WAITING`
calls of a service wait at a time. A call ends with a refusal when the owner vanishes, also when
another has taken its name meanwhile, or when it has neither answered nor said anything for a while:
an owner reports a model that is loaded or being loaded every 10 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.client import Client
from rclpy.node import Node

from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.nodes.polling import Poller

# When an owner ends they all are answered at once, and a client of ROS keeps the last ten answers.
MOST_WAITING = 8
_DISCOVERY_S = 3.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an owner answered, or why there is no answer."""

    success: bool
    message: str


@dataclass(eq=False)
class _Kept:
    client: Client[Any, Any]
    calls: int = 0


class OwnerCalls:
    """See the module's docstring.

    `heard_s` returns when an owner was last heard, s of `time.monotonic`; `silence_s` how long it
    may be silent; `instances` what tells the processes apart that have its name.
    """

    def __init__(
        self,
        node: Node,
        poller: Poller,
        *,
        heard_s: Callable[[str], float],
        silence_s: Callable[[], float],
        instances: Callable[[str], frozenset[bytes]],
    ) -> None:
        self._node = node
        self._poller = poller
        self._heard_s = heard_s
        self._silence_s = silence_s
        self._instances = instances
        self._kept: dict[str, _Kept] = {}

    async def ask(self, owner: str, request: Any) -> Answer:
        """Pass a request on to its owner, with the model's own name in it."""
        kept = self._client(owner, request)
        if kept.calls >= MOST_WAITING:
            return _refusal(owner, f'has {kept.calls} such requests to answer; ask again later')
        kept.calls += 1
        try:
            return await self._ask(kept.client, owner, request)
        finally:
            kept.calls -= 1

    def sweep(self) -> None:
        """Destroy the clients of owners that have gone."""
        for service, kept in list(self._kept.items()):
            if not kept.calls and not kept.client.service_is_ready():
                del self._kept[service]
                self._node.destroy_client(kept.client)

    def _client(self, owner: str, request: Any) -> _Kept:
        load = isinstance(request, LoadModel.Request)
        service = f'{owner}/{"load_model" if load else "unload_model"}'
        kept = self._kept.get(service)
        if kept is None:
            service_type = LoadModel if load else UnloadModel
            client: Client[Any, Any] = self._node.create_client(service_type, service)
            kept = self._kept[service] = _Kept(client)
        return kept

    async def _ask(self, client: Client[Any, Any], owner: str, request: Any) -> Answer:
        if not await self._is_there(client):
            return _refusal(owner, 'offers no such service; it may have ended')
        future = client.call_async(request)
        asked_s = time.monotonic()
        asked = self._instances(owner)

        def look() -> Answer | None:
            if future.done():
                response: Any = future.result()
                return Answer(success=response.success, message=response.message)
            if not client.service_is_ready() or not asked <= self._instances(owner):
                return _refusal(owner, 'has ended')
            silent_s = time.monotonic() - max(asked_s, self._heard_s(owner))
            if silent_s > self._silence_s():
                return _refusal(owner, f'has said nothing for {silent_s:.0f} s; restart it')
            return None

        try:
            return await self._poller.until(look)
        finally:
            client.remove_pending_request(future)

    async def _is_there(self, client: Client[Any, Any]) -> bool:
        end = time.monotonic() + _DISCOVERY_S

        def look() -> bool | None:
            if client.service_is_ready():
                return True
            return False if time.monotonic() > end else None

        return await self._poller.until(look)


def _refusal(owner: str, reason: str) -> Answer:
    return Answer(success=False, message=f'the node {owner} {reason}')
