"""Let the robot say what it sees, then follow a face: `...examples.see [SECONDS]`.

    ./bbia run python -m bbia_sim_ros.examples.see 20

It tells who and what is in sight, then follows the nearest face for SECONDS (30 without it), with
a line that shows what the head does and how far the face is from the middle of the picture. Nobody
there: it searches, and waits. Ctrl-C ends it.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from rclpy.action.client import ActionClient
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from bbia_msgs.action import Follow
from bbia_msgs.srv import DescribeScene

_SERVER_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 30.0
# A busy computer may need more than one to load the detectors.
_QUESTIONS = 3
_CANCEL_TIMEOUT_S = 2.0
_SECONDS = 30.0
_LINE = 60
_NOBODY_THERE = 'no vision node is there; start the robot with ./bbia up scene:=people'


def main() -> int:
    """Look; return 1 when nothing can be seen or followed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else _SECONDS
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('see')
    try:
        return 0 if describe(node) and follow(node, seconds) else 1
    except KeyboardInterrupt:
        return 130
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def describe(node: Node) -> bool:
    """Print what is in sight; return whether the robot could look."""
    client: Any = node.create_client(DescribeScene, 'vision/describe')
    if not client.wait_for_service(_SERVER_TIMEOUT_S):
        print(_NOBODY_THERE, file=sys.stderr)
        return False
    for _ in range(_QUESTIONS):
        asked = client.call_async(DescribeScene.Request())
        rclpy.spin_until_future_complete(node, asked, timeout_sec=_ANSWER_TIMEOUT_S)
        answer = asked.result()
        told = '' if answer is None else ' '.join(filter(None, (answer.summary, answer.message)))
        print(told or f'no answer in {_ANSWER_TIMEOUT_S:g} s')
        if answer is not None and answer.success:
            return True
    return False


def follow(node: Node, seconds: float) -> bool:
    """Follow the nearest face for a time; return whether that went well."""
    client: Any = ActionClient(node, Follow, 'follow')
    if not client.wait_for_server(_SERVER_TIMEOUT_S):
        print(_NOBODY_THERE, file=sys.stderr)
        return False
    goal = Follow.Goal(target='face', timeout=seconds, keep=True)
    sent = client.send_goal_async(goal, feedback_callback=lambda message: _show(message.feedback))
    rclpy.spin_until_future_complete(node, sent)
    handle = sent.result()
    ended = handle.get_result_async()
    try:
        rclpy.spin_until_future_complete(node, ended)
    except KeyboardInterrupt:
        handle.cancel_goal_async()
        rclpy.spin_until_future_complete(node, ended, timeout_sec=_CANCEL_TIMEOUT_S)
        _end_line(ended.result())
        raise
    response = ended.result()
    _end_line(response)
    return bool(response.status == GoalStatus.STATUS_SUCCEEDED)


def _show(feedback: Any) -> None:
    """Write over the line what the head does now."""
    parts = [f'{feedback.state:>9}', f'{feedback.target or "-":8}']
    if feedback.error >= 0.0:
        parts.append(f'{math.degrees(feedback.error):5.1f} degrees from the middle')
    line = '  '.join(parts)
    print(f'\r{line:{_LINE}}', end='', flush=True)


def _end_line(response: Any) -> None:
    """Write over the line what came of it; None: nothing was heard."""
    if response is None:
        print()
        return
    result = response.result
    told = f'{result.message}; nobody was seen'
    if result.mean_error >= 0.0:
        degrees = math.degrees(result.mean_error)
        told = f'{result.message}; seen {result.seen:.0f} s, {degrees:.1f} degrees off on average'
    print(f'\r{told:{_LINE}}')


if __name__ == '__main__':
    sys.exit(main())
