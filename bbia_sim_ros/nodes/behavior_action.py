"""Behaviors in ROS: the action `behave`, the service `behavior/list`, the topic `behavior/status`.

A behavior that is not taken is accepted as a goal and aborted at once, because a rejected goal
could carry no reason. The end of one is seen, and a cancel request passed on, within 20 ms
(`nodes/polling.py`). The status is latched and published by the director's thread whenever it
changes; everything else is in the executor's.
"""

from __future__ import annotations

from typing import Any

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import Behave
from bbia_msgs.msg import BehaviorInfo
from bbia_msgs.msg import BehaviorStatus
from bbia_msgs.srv import ListBehaviors
from bbia_sim_ros.behaviors.director import Director
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.performance import Ending
from bbia_sim_ros.behaviors.performance import Performance
from bbia_sim_ros.behaviors.performance import Status
from bbia_sim_ros.behaviors.staging import Listed
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.polling import Poller

Handle = ServerGoalHandle[Any, Any, Any]


class StatusPublisher:
    """Publishes what the director does; any thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher = node.create_publisher(BehaviorStatus, 'behavior/status', qos.LATCHED)
        self.publish(Status())

    def publish(self, status: Status) -> None:
        """Publish a status."""
        message = BehaviorStatus(
            state=status.state,
            name=status.name,
            stage=status.stage,
            progress=status.progress,
            priority=status.priority,
            queue=list(status.queue),
            last_end=status.last_end,
        )
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)


class BehaveAction:
    """The action and the service; see the module's docstring."""

    def __init__(self, node: Node, poller: Poller, director: Director) -> None:
        self.running = 0
        self._poller = poller
        self._director = director
        self._server: ActionServer[Any, Any, Any] = ActionServer(
            node,
            Behave,
            'behave',
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )
        node.create_service(ListBehaviors, 'behavior/list', self._list)

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    async def _execute(self, handle: Handle) -> Behave.Result:
        self.running += 1
        try:
            return await self._behave(handle)
        finally:
            self.running -= 1

    async def _behave(self, handle: Handle) -> Behave.Result:
        goal = handle.request
        try:
            performance = self._director.start(goal.name, goal.parameters, goal.priority)
        except BehaviorError as error:
            handle.abort()
            return Behave.Result(message=str(error))
        ending = await self._follow(handle, performance)
        if ending.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return Behave.Result(success=ending.success, message=ending.message)

    async def _follow(self, handle: Handle, performance: Performance) -> Ending:
        told: tuple[str, float] | None = None
        is_cancelled = False

        def look() -> Ending | None:
            nonlocal told, is_cancelled
            if handle.is_cancel_requested and not is_cancelled:
                is_cancelled = True
                self._director.cancel(performance)
            # The last stage of a short behavior is told too.
            ending = performance.ending
            step = (performance.stage, performance.progress)
            if step != told and step[0]:
                told = step
                handle.publish_feedback(Behave.Feedback(stage=step[0], progress=step[1]))
            return ending

        return await self._poller.until(look)

    def _list(self, request: Any, response: Any) -> Any:
        response.success = True
        response.behaviors = [_info(one) for one in self._director.listing(request.filter)]
        return response


def _info(listed: Listed) -> BehaviorInfo:
    entry = listed.entry
    return BehaviorInfo(
        name=entry.name,
        description=entry.description,
        parameters=entry.schema,
        priority=entry.behavior.priority,
        requires=[str(part) for part in entry.requires],
        available=not listed.obstacle,
        unavailable_reason=listed.obstacle,
    )
