"""An action client that outlives a second server of its action, and keeps nothing of its goals.

Two servers of one name both answer a goal. Of the second answer rclpy's client makes an error of
the executor when it comes early enough (rclpy 9.1.2, `ActionClient.execute`), and with the executor
ends the process: anybody in the domain could end a node by offering an action of the same name.

For each goal rclpy's client makes two futures, and keeps the one that nobody completes for ever.
"""

from __future__ import annotations

from typing import Any

import rclpy.action.client
from rclpy.node import Node
from rclpy.task import Future

_LOG_PERIOD_S = 10.0


class ActionClient(rclpy.action.client.ActionClient[Any, Any, Any]):
    """See the module's docstring."""

    def __init__(self, node: Node, action_type: type[Any], name: str) -> None:
        super().__init__(node, action_type, name)
        self._own_node = node
        self._name = name

    def send_goal_async(self, goal: Any, *arguments: Any, **options: Any) -> Future[Any]:
        """Send a goal; see rclpy. In the executor's thread."""
        before = list(self._futures)
        sent = super().send_goal_async(goal, *arguments, **options)
        self._futures = [*before, sent]
        return sent

    async def execute(self, taken_data: Any) -> None:
        """Take the answers of servers; the second answer to a goal is left out."""
        data: Any = dict(taken_data)
        answer = data.pop('goal', None)
        if answer is not None:
            try:
                await super().execute({'goal': answer})
            except RuntimeError as error:
                self._own_node.get_logger().warning(
                    f'more than one action server {self._name}: {error}',
                    throttle_duration_sec=_LOG_PERIOD_S,
                )
        await super().execute(data)
