"""A second server of an action ends nobody, and answered goals are forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from rclpy.action.client import ActionClient as PlainClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from bbia_msgs.action import PlayMove
from bbia_sim_ros.nodes.action_client import ActionClient

ANSWER = PlayMove.Impl.SendGoalService.Response(accepted=True)


@pytest.fixture
def node() -> Iterator[Node]:
    """Return a node whose executor has not come yet to what follows an answer."""
    context = Context()
    rclpy.init(context=context)
    made = Node('asking', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(made)
    yield made
    executor.shutdown()
    made.destroy_node()
    context.try_shutdown()


def take(client: PlainClient[Any, Any, Any], sequence: int) -> None:
    """Let a client take the answer of a server, as an executor does."""
    taking = client.execute({'goal': (sequence, ANSWER)})
    with pytest.raises(StopIteration):
        taking.send(None)


def asked(client: PlainClient[Any, Any, Any], node: Node) -> tuple[int, Any]:
    """Send a goal that nobody gets; return its number and the future of its answer."""
    future = client.send_goal_async(PlayMove.Goal(name='nod'))
    # The executor does this when there is an answer to take.
    future._set_executor(node.executor)
    (sequence,) = client._goal_sequence_number_to_goal_id
    return sequence, future


def test_the_first_answer_to_a_goal_counts(node: Node) -> None:
    client = ActionClient(node, PlayMove, 'play_move')
    sequence, future = asked(client, node)
    take(client, sequence)
    first = future.result()
    take(client, sequence)
    assert future.result() is first
    assert first.accepted


def test_rclpys_own_client_fails_there(node: Node) -> None:
    client: PlainClient[Any, Any, Any] = PlainClient(node, PlayMove, 'play_move')
    sequence, future = asked(client, node)
    take(client, sequence)
    assert future.result().accepted
    with pytest.raises(RuntimeError, match='Two goals were accepted'):
        take(client, sequence)


@pytest.mark.parametrize(('kind', 'kept'), [(ActionClient, 0), (PlainClient, 1)])
def test_nothing_is_kept_of_an_answered_goal(
    node: Node, kind: type[PlainClient[Any, Any, Any]], kept: int
) -> None:
    client = kind(node, PlayMove, 'play_move')
    sequence, future = asked(client, node)
    take(client, sequence)
    assert node.executor is not None
    node.executor.spin_once(0.0)
    assert future.done()
    assert len(client._futures) == kept
