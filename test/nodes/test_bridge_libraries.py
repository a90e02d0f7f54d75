"""The real roslibpy against the bridge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import roslibpy
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from support.bridge import Bridge
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.waiting import DEADLINE_S
from support.waiting import wait_until

PLAY_MOVE = 'bbia_msgs/action/PlayMove'


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    with reserved_domain(), running_bridge() as made:
        yield made


@pytest.fixture(scope='module')
def ros(bridge: Bridge) -> Iterator[roslibpy.Ros]:
    # One connection for all tests: its event loop cannot be started twice in a process.
    made = roslibpy.Ros(host='127.0.0.1', port=bridge.port)
    made.run(timeout=DEADLINE_S)
    yield made
    made.terminate()


def test_roslibpy_subscribes(bridge: Bridge, ros: roslibpy.Ros) -> None:
    received: list[Any] = []
    topic = roslibpy.Topic(ros, '/joints', 'sensor_msgs/JointState', throttle_rate=10)
    topic.subscribe(received.append)
    publisher = bridge.probe.publisher(JointState, '/joints')

    def comes() -> bool:
        publisher.publish(JointState(name=['a'], position=[0.5]))
        return bool(received)

    wait_until(comes, 'a joint state')
    assert received[0]['position'] == [0.5]
    topic.unsubscribe()
    wait_until(lambda: bridge.probe.node.count_subscribers('/joints') == 0, 'the end')


def test_roslibpy_publishes(bridge: Bridge, ros: roslibpy.Ros) -> None:
    words = bridge.probe.collect(String, '/words')
    topic = roslibpy.Topic(ros, '/words', 'std_msgs/String')

    def comes() -> bool:
        topic.publish(roslibpy.Message({'data': 'by roslibpy'}))
        return bool(words)

    wait_until(comes, 'a word')
    assert words[0].data == 'by roslibpy'
    topic.unadvertise()


def test_roslibpy_calls_a_service_that_roslibpy_offers(ros: roslibpy.Ros) -> None:
    def answer(request: Any, response: Any) -> bool:
        response['success'] = request['data']
        response['message'] = 'roslibpy'
        return True

    offered = roslibpy.Service(ros, '/by_roslibpy', 'std_srvs/SetBool')
    offered.advertise(answer)
    wait_until(lambda: '/by_roslibpy' in ros.get_services(), 'the service')
    caller = roslibpy.Service(ros, '/by_roslibpy', 'std_srvs/SetBool')
    response = caller.call(roslibpy.ServiceRequest({'data': True}), timeout=DEADLINE_S)
    assert dict(response) == {'success': True, 'message': 'roslibpy'}
    offered.unadvertise()


def test_roslibpy_asks_rosapi(ros: roslibpy.Ros) -> None:
    assert '/bridge/clients' in ros.get_topics()
    assert ros.get_topic_type('/bridge/clients') == 'bbia_msgs/msg/BridgeClients'
    assert '/bridge' in ros.get_nodes()
    assert ros.get_message_details('std_msgs/String')['typedefs'][0]['fieldnames'] == ['data']
    assert ros.get_service_type('/bridge/get_parameters') == 'rcl_interfaces/srv/GetParameters'


def test_roslibpy_reads_and_sets_parameters(ros: roslibpy.Ros) -> None:
    parameter = roslibpy.Param(ros, '/bridge:ping_period')
    parameter.set(6.0)
    assert parameter.get() == 6.0


def test_roslibpy_sends_a_goal(bridge: Bridge, ros: roslibpy.Ros) -> None:
    with bridge.client() as server:
        server.send(op='advertise_action', action='/play', type=PLAY_MOVE)
        server.done()
        feedback: list[Any] = []
        results: list[Any] = []
        ended = threading.Event()

        def end(result: Any) -> None:
            results.append(result)
            ended.set()

        client = roslibpy.ActionClient(ros, '/play', PLAY_MOVE)
        client.send_goal(roslibpy.Goal({'name': 'wave'}), end, feedback.append, end)
        asked = server.wait_for(op='send_action_goal')
        reply = {'action': '/play', 'id': asked['id']}
        server.send(op='action_feedback', **reply, values={'progress': 0.5})
        server.send(op='action_result', **reply, values={'success': True}, status=4, result=True)
        assert ended.wait(DEADLINE_S)
        assert results[0]['values']['success'] is True
        assert results[0]['status'] == roslibpy.GoalStatus.SUCCEEDED
        assert feedback[0]['progress'] == 0.5
