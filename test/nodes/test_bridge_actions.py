"""Actions through the bridge, in both roles."""

from __future__ import annotations

from typing import Any

import pytest
from rclpy.action.client import ActionClient
from rclpy.action.server import ActionServer
from rclpy.node import Node
from rclpy.task import Future as RosFuture

from bbia_msgs.action import PlayMove
from support.bridge import Bridge
from support.bridge import RawClient
from support.bridge_player import PLAY_MOVE
from support.waiting import wait_until


def goal(name: str, **more: object) -> dict[str, object]:
    return {
        'op': 'send_action_goal',
        'action': '/play',
        'action_type': PLAY_MOVE,
        'args': {'name': name},
        'id': 'goal',
        **more,
    }


@pytest.mark.usefixtures('player')
def test_a_goal_gives_feedback_and_a_result(client: RawClient) -> None:
    client.send(**goal('short', feedback=True))
    feedback = client.wait_for(op='action_feedback', id='goal')
    assert feedback['values'] == {'progress': 0.5}
    result = client.wait_for(op='action_result', id='goal')
    assert (result['values'], result['status'], result['result']) == (
        {'success': True, 'message': 'played'},
        4,
        True,
    )


@pytest.mark.usefixtures('player')
def test_a_goal_is_cancelled(client: RawClient) -> None:
    client.send(**goal('long', feedback=True))
    client.wait_for(op='action_feedback')
    client.send(op='cancel_action_goal', action='/play', id='goal')
    assert client.wait_for(op='action_result')['status'] == 5


def test_a_goal_of_a_client_that_vanishes_is_cancelled(bridge: Bridge, player: list[Any]) -> None:
    with bridge.client() as gone:
        gone.send(**goal('long', feedback=True))
        gone.wait_for(op='action_feedback')
    wait_until(lambda: player[-1].status == 5, 'the goal is cancelled')


@pytest.mark.usefixtures('player')
@pytest.mark.parametrize(
    ('change', 'why'),
    [
        ({'action': '/nothing'}, 'no action server /nothing'),
        ({'action_type': 'bbia_msgs/action/Playmove'}, 'PlayMove'),
        ({'args': {'name': 3}}, "'name'"),
        ({'action_type': 3}, "'action_type'"),
        ({'action_type': 'bbia_msgs/GoTo', 'args': {}}, 'is of type bbia_msgs/action/PlayMove'),
    ],
)
def test_a_goal_that_cannot_be_sent_fails_with_the_reason(
    client: RawClient, change: dict[str, object], why: str
) -> None:
    client.send(**{**goal('short'), **change})
    answer = client.wait_for(id='goal')
    assert (answer['op'], answer['result'], answer['status']) == ('action_result', False, 0)
    assert why in answer['values']


def stuck_server(node: Node) -> ActionServer[Any, Any, Any]:
    """Return a server whose goals never end."""

    async def execute(handle: Any) -> None:
        handle.publish_feedback(PlayMove.Feedback(progress=0.5))
        await RosFuture()

    return ActionServer(node, PlayMove, '/lost', execute)


@pytest.mark.parametrize(
    ('how', 'why'),
    [('ends', 'has gone'), ('is restarted', 'started again'), ('is killed', 'started again')],
)
def test_a_goal_ends_with_an_error_when_its_server(
    bridge: Bridge, client: RawClient, how: str, why: str
) -> None:
    servers = [bridge.probe.make(stuck_server)]
    client.send(**goal('long', action='/lost', feedback=True))
    client.wait_for(op='action_feedback')
    # One that was killed is listed beside its successor for as long as its lease runs.
    if how != 'is killed':
        servers.pop().destroy()
    if how != 'ends':
        servers.append(bridge.probe.make(stuck_server))
    answer = client.wait_for(op='action_result', id='goal')
    assert (answer['result'], answer['status']) == (False, 0)
    assert why in answer['values']
    for server in servers:
        server.destroy()


def test_a_goal_that_does_not_run_cannot_be_cancelled(client: RawClient) -> None:
    answer = client.ask(op='cancel_action_goal', action='/play', id='none')
    assert 'no goal of /play' in answer['msg']


@pytest.mark.parametrize(
    ('how', 'status'), [('result', 4), ('failure', 6), ('wrong', 6), ('vanish', 6)]
)
def test_a_client_offers_an_action(bridge: Bridge, how: str, status: int) -> None:
    name = f'/offered_{how}'
    ros = bridge.probe.make(lambda node: ActionClient(node, PlayMove, name))
    with bridge.client() as server:
        server.send(op='advertise_action', action=name, type=PLAY_MOVE)
        wait_until(ros.server_is_ready, 'the action server')
        progress: list[float] = []
        sent = ros.send_goal_async(
            PlayMove.Goal(name='mine'),
            feedback_callback=lambda message: progress.append(message.feedback.progress),
        )
        asked = server.wait_for(op='send_action_goal', action=name)
        assert asked['args']['name'] == 'mine'
        wait_until(sent.done, 'the goal is accepted')
        result = sent.result().get_result_async()
        reply = {'action': name, 'id': asked['id']}
        server.send(op='action_feedback', **reply, values={'progress': 0.25})
        wait_until(lambda: progress == [0.25], 'the feedback')
        if how == 'vanish':
            server.socket.close()
        else:
            values = {'success': 1} if how == 'wrong' else {'success': True}
            server.send(
                op='action_result', **reply, values=values, status=4, result=how != 'failure'
            )
        wait_until(result.done, 'the result')
        assert result.result().status == status
    wait_until(lambda: not ros.server_is_ready(), 'the end of the action')
    ros.destroy()


def test_a_client_is_asked_to_cancel(bridge: Bridge, client: RawClient) -> None:
    client.send(op='advertise_action', action='/stoppable', type=PLAY_MOVE)
    ros = bridge.probe.make(lambda node: ActionClient(node, PlayMove, '/stoppable'))
    wait_until(ros.server_is_ready, 'the action server')
    sent = ros.send_goal_async(PlayMove.Goal(name='x'))
    asked = client.wait_for(op='send_action_goal')
    wait_until(sent.done, 'the goal is accepted')
    result = sent.result().get_result_async()
    sent.result().cancel_goal_async()
    client.wait_for(op='cancel_action_goal', id=asked['id'])
    client.send(
        op='action_result', action='/stoppable', id=asked['id'], values={}, status=5, result=True
    )
    wait_until(result.done, 'the result')
    assert result.result().status == 5
    ros.destroy()
