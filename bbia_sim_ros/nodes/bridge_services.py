"""Services of the bridge in ROS: those that clients call, and those that they offer.

A client of a service is kept after a call, because finding the server takes longer than the call;
at most `_KEPT_CLIENTS` are, the least recently used goes first, and one whose server has gone goes
within `_SWEEP_PERIOD_S`, because ROS lists a service as long as it has a client. Requests are sent
from the bridge's thread; entities are made and destroyed in the executor's.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.client import Client
from rclpy.node import Node
from rclpy.service import Service
from rclpy.task import Future

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_handover import comes_true
from bbia_sim_ros.nodes.polling import executor_of

_KEPT_CLIENTS = 64
_MOST_WAITING = 100
_SWEEP_PERIOD_S = 1.0
# No response may be on its way when its service is destroyed: rclpy would crash.
_LINGER_S = 1.0


@dataclass(eq=False)
class _Kept:
    """A client of a service, and how many calls wait for its answer."""

    type_name: str
    client: Client[Any, Any]
    calls: int = 0


class ServiceCaller:
    """Calls services; see the module's docstring."""

    def __init__(self, node: Node, handover: Handover) -> None:
        self._node = node
        self._handover = handover
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._making = asyncio.Lock()
        self._sweeper: asyncio.TimerHandle | None = None

    async def type_of(self, service: str, timeout_s: float) -> str:
        """Return a service's type; `GatewayError` when it does not come up within the timeout."""
        kept = self._kept.get(service)
        if kept is not None and kept.client.service_is_ready():
            return kept.type_name
        types: list[str] = []

        def found() -> bool:
            types.extend(dict(self._node.get_service_names_and_types()).get(service, ()))
            return bool(types)

        if not await comes_true(found, timeout_s):
            raise GatewayError(f'there is no service {service}')
        return types[0]

    async def call(
        self, service: str, type_name: str, request: Any, *, ready_s: float, timeout_s: float
    ) -> Any:
        """Call a service and return its response."""
        kept = await self._take(service, type_name)
        kept.calls += 1
        try:
            if not await comes_true(kept.client.service_is_ready, ready_s):
                raise GatewayError(f'{service} is not there')
            return await self._ask(kept.client, service, request, timeout_s)
        finally:
            kept.calls -= 1

    async def _ask(
        self, client: Client[Any, Any], service: str, request: Any, timeout_s: float
    ) -> Any:
        future = client.call_async(request)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._handover.awaitable(future)
        except TimeoutError:
            raise GatewayError(f'{service} did not answer within {timeout_s:g} s') from None
        finally:
            client.remove_pending_request(future)

    async def _take(self, service: str, type_name: str) -> _Kept:
        async with self._making:
            kept = self._kept.get(service)
            if kept is None or kept.type_name != type_name:
                if kept is not None:
                    self._drop(service)
                client: Client[Any, Any] = await self._handover.in_executor(
                    lambda: self._node.create_client(service_class(type_name), service)
                )
                kept = self._kept[service] = _Kept(type_name, client)
                self._sweep_later()
            self._kept.move_to_end(service)
            idle = [name for name, one in self._kept.items() if not one.calls and one is not kept]
            for name in idle[: max(0, len(self._kept) - _KEPT_CLIENTS)]:
                self._drop(name)
            return kept

    def _sweep_later(self) -> None:
        if self._sweeper is None and self._kept:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(_SWEEP_PERIOD_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        for name, kept in list(self._kept.items()):
            if not kept.calls and not kept.client.service_is_ready():
                self._drop(name)
        self._sweep_later()

    def _drop(self, service: str) -> None:
        client: Client[Any, Any] = self._kept.pop(service).client
        self._handover.post(lambda: self._node.destroy_client(client))


class RosService:
    """A service that a client of the bridge offers.

    A call that the client fails, or leaves unanswered when it goes, is answered with `success`
    false where the type has that field; other types have no way to say so, and their caller waits
    for its own timeout.
    """

    def __init__(
        self,
        node: Node,
        handover: Handover,
        service: str,
        type_name: str,
        on_call: Callable[[int, Any], None],
    ) -> None:
        self._node = node
        self._handover = handover
        self._name = service
        self._type = service_class(type_name)
        self._on_call = on_call
        self._number = 0
        self._waiting: dict[int, Future[Any]] = {}
        self._closed = False
        self._service: Service[Any, Any] | None = None

    def open(self) -> None:
        """Offer the service; in the executor's thread."""
        self._service = self._node.create_service(self._type, self._name, self._serve)

    async def _serve(self, request: Any, response: Any) -> Any:
        if self._closed:
            # Answering for a service that is destroyed meanwhile would crash rclpy.
            await executor_of(self._node).create_future()
        self._number += 1
        number = self._number
        future = self._waiting[number] = executor_of(self._node).create_future()
        if len(self._waiting) > _MOST_WAITING:
            self._finish(next(iter(self._waiting)), None)
        self._handover.to_loop(lambda: self._on_call(number, request))
        return await future

    def respond(self, call: int, response: Any | None) -> bool:
        """Answer a call; see `ServedService`."""
        waits = call in self._waiting
        self._handover.post(lambda: self._finish(call, response))
        return waits

    def _finish(self, call: int, response: Any | None) -> None:
        future = self._waiting.pop(call, None)
        if future is None:
            return
        answer = response if response is not None else self._failure()
        if answer is not None:
            self._handover.answer(future, answer)

    def _failure(self) -> Any | None:
        answer = self._type.Response()
        if not isinstance(getattr(answer, 'success', None), bool):
            return None
        if isinstance(getattr(answer, 'message', None), str):
            answer.message = 'the client of the bridge that offers this service failed'
        return answer

    def close(self) -> None:
        """Offer the service no more."""
        self._closed = True
        loop = asyncio.get_running_loop()
        self._handover.post(self._fail_all)
        loop.call_later(_LINGER_S if self._number else 0.0, self._handover.post, self._destroy)

    def _fail_all(self) -> None:
        for call in list(self._waiting):
            self._finish(call, None)

    def _destroy(self) -> None:
        if self._service is not None:
            self._node.destroy_service(self._service)
            self._service = None
