"""What the bridge needs of ROS, so that everything else here can do without.

`nodes/bridge_gateway.py` is the implementation. All methods are called in the bridge's thread, and
what they return calls back in that thread. Names come in as clients give them; types as full names
(`pkg/msg/Type`). What ROS refuses raises `GatewayError` with a text for the client.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from bbia_sim_ros.bridge.operations import QosRequest

Deliver = Callable[[Sequence[bytes]], None]


class GatewayError(RuntimeError):
    """ROS cannot do what a client asked for; the text says why."""


class Closable(Protocol):
    """Something that exists in ROS until it is closed, which may be done more than once."""

    def close(self) -> None: ...


class TopicSubscription(Closable, Protocol):
    """A subscription; messages come serialised, several at a time."""

    @property
    def latched(self) -> bool:
        """Whether late comers want what was published before."""

    def replay(self, deliver: Deliver) -> Closable:
        """Hand what was published before to one more listener."""


class TopicPublisher(Closable, Protocol):
    """A publisher of one type."""

    def publish(self, message: Any) -> None: ...


class ServedService(Closable, Protocol):
    """A service that a client offers."""

    def respond(self, call: int, response: Any | None) -> bool:
        """Answer a call, None: it failed; false when nobody waits for it (any more)."""


class SentGoal(Closable, Protocol):
    """A goal on its way; closing it cancels it and ends its news."""

    def cancel(self) -> None: ...


class ServedAction(Closable, Protocol):
    """An action that a client offers."""

    def feedback(self, goal: int, feedback: Any) -> bool: ...

    def finish(self, goal: int, status: int, result: Any | None) -> bool: ...


@dataclass(frozen=True)
class GoalOutcome:
    """How a goal ended: the status of action_msgs/GoalStatus; the result, or why there is none."""

    status: int
    result: Any | None
    error: str = ''


class Gateway(Protocol):
    """See the module's docstring."""

    def resolve(self, name: str) -> str:
        """Return the full name; raises `GatewayError` for one that ROS does not allow."""

    def topic_types(self, topic: str) -> Sequence[str]:
        """Return the types under which a topic is published or subscribed to."""

    async def subscribe(
        self, topic: str, type_name: str, qos: QosRequest | None, deliver: Deliver
    ) -> TopicSubscription: ...

    async def advertise(
        self, topic: str, type_name: str, qos: QosRequest | None, *, latch: bool, depth: int
    ) -> TopicPublisher: ...

    async def service_type(self, service: str) -> str:
        """Return a service's type; waits a little for one that is not there yet."""

    async def call(
        self, service: str, type_name: str, request: Any, timeout_s: float | None
    ) -> Any:
        """Call a service and return the response; raises `GatewayError` also after the timeout."""

    async def serve(
        self, service: str, type_name: str, on_call: Callable[[int, Any], None]
    ) -> ServedService: ...

    def send_goal(
        self,
        action: str,
        type_name: str,
        goal: Any,
        on_feedback: Callable[[Any], None] | None,
        on_end: Callable[[GoalOutcome], None],
    ) -> SentGoal:
        """Send a goal; `on_end` is called once later, also when it could not be sent."""

    async def serve_action(
        self,
        action: str,
        type_name: str,
        on_goal: Callable[[int, Any], None],
        on_cancel: Callable[[int], None],
    ) -> ServedAction: ...
