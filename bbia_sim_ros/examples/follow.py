"""Send a goal to an action, show its progress, and cancel it on Ctrl-C. For the other examples."""

from __future__ import annotations

import math
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from rclpy.action.client import ActionClient
from rclpy.node import Node

_WAIT_S = 5.0
_BAR = 30


def follow(node: Node, action: Any, name: str, goal: Any, label: str) -> bool:
    """Return whether the goal succeeded; what became of it is printed."""
    client: Any = ActionClient(node, action, name)
    try:
        if not client.wait_for_server(_WAIT_S):
            print(f'nobody offers the action {name}: is the robot up, in this ROS domain?')
            return False
        return _follow(node, client, goal, label)
    finally:
        client.destroy()


def _follow(node: Node, client: Any, goal: Any, label: str) -> bool:
    shown = -1

    def show(message: Any) -> None:
        nonlocal shown
        progress = getattr(message.feedback, 'progress', math.nan)
        done = round(_BAR * progress) if progress >= 0.0 else 0
        if done != shown:
            shown = done
            print(f'\r{label:>16} [{"#" * done:{_BAR}}]', end='', flush=True)

    sent = client.send_goal_async(goal, feedback_callback=show)
    rclpy.spin_until_future_complete(node, sent)
    handle = sent.result()
    ended = handle.get_result_async()
    try:
        rclpy.spin_until_future_complete(node, ended)
    except KeyboardInterrupt:
        rclpy.spin_until_future_complete(node, handle.cancel_goal_async())
        rclpy.spin_until_future_complete(node, ended)
    response = ended.result()
    result = response.result
    reason = getattr(result, 'message', None) or getattr(result, 'error_string', '')
    print(f'\r{label:>16}  {reason:{_BAR}}')
    return bool(response.status == GoalStatus.STATUS_SUCCEEDED)
