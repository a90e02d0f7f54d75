"""Talk to the robot: `python -m bbia_sim_ros.examples.talk [TEXT ...]`.

Each TEXT is a turn of one conversation; without any, lines are read until the end of the input
(Ctrl-D). Answers are shown as they come, then the tools that were used and the emotion. Ctrl-C
gives up the answer and ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from rclpy.action.client import ActionClient
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from bbia_msgs.action import Chat

_SERVER_TIMEOUT_S = 10.0
_CANCEL_TIMEOUT_S = 2.0


def typed_lines() -> Iterable[str]:
    """Yield what a person types, line by line."""
    while True:
        try:
            yield input('> ')
        except EOFError:
            return


class Conversation:
    """Turns of one conversation, their answers printed as they come."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._client: ActionClient[Any, Any, Any] = ActionClient(node, Chat, 'chat')

    def begins(self) -> bool:
        """Wait for the chat node; return whether it is there."""
        return self._client.wait_for_server(_SERVER_TIMEOUT_S)

    def turn(self, text: str) -> bool:
        """Say something and print the answer; return whether there was one."""
        shown: list[str] = []

        def show(feedback: Any) -> None:
            shown.append(feedback.feedback.token)
            print(shown[-1], end='', flush=True)

        sent = self._client.send_goal_async(Chat.Goal(text=text), feedback_callback=show)
        rclpy.spin_until_future_complete(self._node, sent)
        handle: Any = sent.result()
        ended = handle.get_result_async()
        try:
            rclpy.spin_until_future_complete(self._node, ended)
        except KeyboardInterrupt:
            cancelled = handle.cancel_goal_async()
            rclpy.spin_until_future_complete(self._node, cancelled, timeout_sec=_CANCEL_TIMEOUT_S)
            raise
        response: Any = ended.result()
        result = response.result
        if response.status != GoalStatus.STATUS_SUCCEEDED:
            print(f'\n{result.message}', file=sys.stderr)
            return False
        # The last pieces may be overtaken by the result.
        print(result.text[len(''.join(shown)) :])
        notes = [f'{result.engine}, first words after {result.first_token_time:.2f} s']
        notes += [f'tools: {", ".join(result.tools)}'] if result.tools else []
        notes += [f'emotion: {result.emotion}'] if result.emotion else []
        print(f'  ({"; ".join([*notes, *result.notices])})')
        return True


def main() -> int:
    """Talk; return 1 when the last text got no answer, or nobody is there to answer."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('talk')
    try:
        conversation = Conversation(node)
        if not conversation.begins():
            print('no chat node is there; start the robot with ./bbia up', file=sys.stderr)
            return 1
        answered = True
        for text in sys.argv[1:] or typed_lines():
            answered = conversation.turn(text)
        return 0 if answered else 1
    except KeyboardInterrupt:
        return 130
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
