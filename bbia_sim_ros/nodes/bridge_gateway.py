"""The bridge's side of ROS: the `Gateway` of `bridge/gateway.py` on an rclpy node.

Called in the bridge's thread. What is made here is destroyed when its owner closes it; the rest
goes with the node.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.validate_full_topic_name import validate_full_topic_name

from bbia_sim_ros.bridge.gateway import Deliver
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.gateway import GoalOutcome
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.operations import QosRequest
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.nodes.bridge_actions import RosAction
from bbia_sim_ros.nodes.bridge_goals import GoalSender
from bbia_sim_ros.nodes.bridge_goals import RunningGoal
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_publishers import Advertisement
from bbia_sim_ros.nodes.bridge_publishers import PublisherPool
from bbia_sim_ros.nodes.bridge_publishers import SharedPublisher
from bbia_sim_ros.nodes.bridge_services import RosService
from bbia_sim_ros.nodes.bridge_services import ServiceCaller
from bbia_sim_ros.nodes.bridge_topics import RosSubscription
from bbia_sim_ros.nodes.bridge_topics import SubscriptionWatch

_MATCHING_S = 0.5


class RosGateway:
    """See the module's docstring."""

    def __init__(
        self, node: Node, handover: Handover, parameters: Callable[[], BridgeParameters]
    ) -> None:
        self._node = node
        self._handover = handover
        self._parameters = parameters
        self._publishers = PublisherPool(node, handover)
        self._watch = SubscriptionWatch(node)
        self._caller = ServiceCaller(node, handover)
        self._goals = GoalSender(node, handover)

    def resolve(self, name: str) -> str:
        """Return the full name; raises `GatewayError` for one that ROS does not allow."""
        try:
            full_name = str(self._node.resolve_topic_name(name))
            validate_full_topic_name(full_name)
        except (InvalidTopicNameException, RuntimeError, ValueError) as error:
            raise GatewayError(f'{name!r} is not a name: {error}') from error
        return full_name

    def topic_types(self, topic: str) -> Sequence[str]:
        """Return the types under which a topic is published or subscribed to."""
        return dict(self._node.get_topic_names_and_types()).get(topic, [])

    async def subscribe(
        self, topic: str, type_name: str, qos: QosRequest | None, deliver: Deliver
    ) -> RosSubscription:
        """Subscribe to a topic."""
        subscription = RosSubscription(
            self._node,
            self._handover,
            topic=topic,
            message_type=message_class(type_name),
            request=qos,
            deliver=deliver,
        )

        def open_and_watch() -> None:
            subscription.open()
            self._watch.add(subscription)

        await self._handover.in_executor(open_and_watch)
        return subscription

    async def advertise(
        self, topic: str, type_name: str, qos: QosRequest | None, *, latch: bool, depth: int
    ) -> SharedPublisher:
        """Return a publisher that those who subscribe now will hear."""
        advertised = Advertisement(topic, message_class(type_name), qos, latch, depth)
        publisher = await self._handover.in_executor(lambda: self._publishers.take(advertised))
        await publisher.matched(self._node.count_subscribers(topic), _MATCHING_S)
        return publisher

    async def service_type(self, service: str) -> str:
        """Return a service's type; waits a little for one that is not there yet."""
        return await self._caller.type_of(service, self._parameters().discovery_timeout)

    async def call(
        self, service: str, type_name: str, request: Any, timeout_s: float | None
    ) -> Any:
        """Call a service and return the response."""
        values = self._parameters()
        return await self._caller.call(
            service,
            type_name,
            request,
            ready_s=values.discovery_timeout,
            timeout_s=timeout_s or values.service_timeout,
        )

    async def serve(
        self, service: str, type_name: str, on_call: Callable[[int, Any], None]
    ) -> RosService:
        """Offer a service."""
        served = RosService(self._node, self._handover, service, type_name, on_call)
        await self._handover.in_executor(served.open)
        return served

    def send_goal(
        self,
        action: str,
        type_name: str,
        goal: Any,
        on_feedback: Callable[[Any], None] | None,
        on_end: Callable[[GoalOutcome], None],
    ) -> RunningGoal:
        """Send a goal."""
        ready_s = self._parameters().discovery_timeout
        return self._goals.send(action, type_name, goal, on_feedback, on_end, ready_s=ready_s)

    async def serve_action(
        self,
        action: str,
        type_name: str,
        on_goal: Callable[[int, Any], None],
        on_cancel: Callable[[int], None],
    ) -> RosAction:
        """Offer an action."""
        served = RosAction(
            self._node,
            self._handover,
            action=action,
            type_name=type_name,
            on_goal=on_goal,
            on_cancel=on_cancel,
        )
        await self._handover.in_executor(served.open)
        return served
