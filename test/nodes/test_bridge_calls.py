"""Services and rosapi through the bridge, in both roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rclpy.action.client import ActionClient
from std_srvs.srv import SetBool

from bbia_msgs.action import PlayMove
from support.bridge import Bridge
from support.bridge import RawClient
from support.bridge import running_bridge
from support.bridge_player import PLAY_MOVE
from support.domains import reserved_domain
from support.waiting import wait_until


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    with reserved_domain(), running_bridge(max_pending_calls=5, service_timeout=1.0) as made:
        yield made


@pytest.fixture
def other(bridge: Bridge) -> Iterator[RawClient]:
    with bridge.client() as made:
        yield made


@pytest.fixture(scope='module')
def set_bool(bridge: Bridge) -> Iterator[None]:
    def answer(request: Any, response: Any) -> Any:
        response.success, response.message = request.data, 'heard'
        return response

    service = bridge.probe.node.create_service(SetBool, '/set_bool', answer)
    with bridge.client() as client:
        wait_until(
            lambda: '/set_bool' in client.call('/rosapi/services')['values']['services'],
            'the bridge sees the service',
        )
    yield
    bridge.probe.node.destroy_service(service)


@pytest.mark.usefixtures('set_bool')
@pytest.mark.parametrize('args', [{'data': True}, [True]])
def test_a_service_answers(client: RawClient, args: object) -> None:
    answer = client.ask(op='call_service', service='/set_bool', args=args, id='c')
    assert answer == {
        'op': 'service_response',
        'service': '/set_bool',
        'values': {'success': True, 'message': 'heard'},
        'result': True,
        'id': 'c',
    }


@pytest.mark.usefixtures('set_bool')
@pytest.mark.parametrize(
    ('call', 'why'),
    [
        ({'args': {'data': 'yes'}}, "'data'"),
        ({'args': {'date': True}}, "'date'"),
        ({'args': [True, False]}, '2 arguments given'),
        ({'args': 'yes'}, 'an object'),
        ({'type': 'std_srvs/Trigger'}, 'is of type std_srvs/srv/SetBool'),
        ({'service': '/nowhere'}, 'there is no service /nowhere'),
        ({'service': 3}, "field 'service'"),
        ({'timeout': 'long'}, "field 'timeout'"),
    ],
)
def test_a_call_that_cannot_be_made_fails_with_the_reason(
    client: RawClient, call: dict[str, object], why: str
) -> None:
    answer = client.ask(**{'op': 'call_service', 'service': '/set_bool', 'id': 1, **call})
    assert (answer['op'], answer['result']) == ('service_response', False)
    assert why in answer['values']


def test_a_client_offers_a_service(bridge: Bridge, client: RawClient) -> None:
    client.send(op='advertise_service', service='/offered', type='std_srvs/SetBool')
    ros = bridge.probe.node.create_client(SetBool, '/offered')
    wait_until(ros.service_is_ready, 'the service')
    future = ros.call_async(SetBool.Request(data=True))
    asked = client.wait_for(op='call_service', service='/offered')
    assert asked['args'] == {'data': True}
    client.send(
        op='service_response',
        service='/offered',
        id=asked['id'],
        values={'success': True, 'message': 'by hand'},
        result=True,
    )
    wait_until(future.done, 'the answer')
    assert (future.result().success, future.result().message) == (True, 'by hand')
    client.send(op='unadvertise_service', service='/offered')
    wait_until(lambda: not ros.service_is_ready(), 'the end of the service')
    bridge.probe.node.destroy_client(ros)


@pytest.mark.parametrize('how', ['result', 'values', 'unadvertise', 'vanish'])
def test_a_failed_answer_of_a_client_is_a_failure_for_the_caller(
    bridge: Bridge, client: RawClient, how: str
) -> None:
    name = f'/failing_{how}'
    with bridge.client() as server:
        server.send(op='advertise_service', service=name, type='std_srvs/SetBool')
        server.done()
        client.send(op='call_service', service=name, args={'data': True}, id='f')
        asked = server.wait_for(op='call_service')
        response = {'op': 'service_response', 'service': name, 'id': asked['id']}
        if how == 'result':
            server.send(**response, result=False)
        elif how == 'values':
            server.send(**response, values={'success': 3}, result=True)
            assert "'success'" in server.wait_for(op='status')['msg']
        elif how == 'unadvertise':
            server.send(op='unadvertise_service', service=name)
        else:
            server.socket.close()
        assert client.wait_for(id='f')['values']['success'] is False


def test_a_service_that_does_not_answer_is_given_up(client: RawClient, other: RawClient) -> None:
    other.send(op='advertise_service', service='/silent', type='std_srvs/SetBool')
    other.done()
    answer = client.ask(op='call_service', service='/silent', args={'data': True}, id='s')
    assert 'did not answer within 1 s' in answer['values']


def test_a_service_is_not_listed_any_more_after_its_end(
    client: RawClient, other: RawClient
) -> None:
    other.send(op='advertise_service', service='/short_lived', type='std_srvs/SetBool')
    other.done()
    client.send(op='call_service', service='/short_lived', args={'data': True}, id='s')
    other.wait_for(op='call_service')
    other.socket.close()
    client.wait_for(id='s')
    wait_until(
        lambda: '/short_lived' not in client.call('/rosapi/services')['values']['services'],
        'the service is gone',
    )


def test_too_many_pending_calls_are_refused(client: RawClient, other: RawClient) -> None:
    other.send(op='advertise_service', service='/slow', type='std_srvs/SetBool')
    other.done()
    for number in range(6):
        client.send(op='call_service', service='/slow', args={'data': True}, id=number)
    assert 'max_pending_calls allows 5' in client.wait_for(id=5)['values']


def values(client: RawClient, name: str, /, **args: str) -> dict[str, Any]:
    answer = client.call(f'/rosapi/{name}', **args)
    assert answer['result'] is True, answer
    found: dict[str, Any] = answer['values']
    return found


def test_rosapi_takes_no_action_client_for_a_server(bridge: Bridge, client: RawClient) -> None:
    asking = bridge.probe.make(lambda node: ActionClient(node, PlayMove, '/nobody_does_this'))
    try:
        wait_until(
            lambda: values(client, 'action_type', action='/nobody_does_this')['type'],
            'the client is seen',
        )
        assert '/nobody_does_this' not in values(client, 'action_servers')['action_servers']
    finally:
        asking.destroy()


@pytest.mark.usefixtures('set_bool', 'player')
def test_rosapi_tells_what_there_is(client: RawClient) -> None:
    wait_until(lambda: '/probe' in values(client, 'nodes')['nodes'], 'the probe is seen')
    wait_until(lambda: '/set_bool' in values(client, 'services')['services'], 'its service')
    topics = values(client, 'topics')
    kinds = dict(zip(topics['topics'], topics['types'], strict=True))
    assert kinds['/bridge/clients'] == 'bbia_msgs/msg/BridgeClients'
    assert not [topic for topic in kinds if '/_action/' in topic]
    assert values(client, 'topic_type', topic='/bridge/clients') == {
        'type': 'bbia_msgs/msg/BridgeClients'
    }
    assert values(client, 'topic_type', topic='/nothing') == {'type': ''}
    for name in ('bbia_msgs/BridgeClients', 'bbia_msgs/msg/BridgeClients'):
        assert values(client, 'topics_for_type', type=name) == {'topics': ['/bridge/clients']}
    assert values(client, 'publishers', topic='/bridge/clients') == {'publishers': ['/bridge']}
    assert values(client, 'subscribers', topic='/bridge/clients') == {'subscribers': []}
    assert values(client, 'service_type', service='/set_bool') == {'type': 'std_srvs/srv/SetBool'}
    assert '/set_bool' in values(client, 'services_for_type', type='std_srvs/SetBool')['services']
    # DDS tells of services before it tells whose they are.
    wait_until(
        lambda: (
            values(client, 'service_providers', service='/set_bool') == {'providers': ['/probe']}
        ),
        'whose it is',
    )
    assert values(client, 'service_node', service='/set_bool') == {'node': '/probe'}
    assert values(client, 'service_node', service='/rosapi/topics') == {'node': '/bridge'}
    assert '/play' in values(client, 'action_servers')['action_servers']
    assert values(client, 'action_type', action='/play') == {'type': PLAY_MOVE}
    details = values(client, 'node_details', node='/probe')
    assert '/set_bool' in details['services']
    assert set(details) == {'subscribing', 'publishing', 'services'}


def test_rosapi_describes_types(client: RawClient) -> None:
    typedefs = values(client, 'message_details', type='std_msgs/String')['typedefs']
    assert typedefs[0]['fieldnames'] == ['data']
    request = values(client, 'service_request_details', type='std_srvs/SetBool')['typedefs']
    response = values(client, 'service_response_details', type='std_srvs/SetBool')['typedefs']
    assert request[0]['fieldnames'] == ['data']
    assert response[0]['fieldnames'] == ['success', 'message']
    for part, field in (('goal', 'name'), ('result', 'success'), ('feedback', 'progress')):
        described = values(client, f'action_{part}_details', type=PLAY_MOVE)['typedefs']
        assert field in described[0]['fieldnames']
    assert PLAY_MOVE in values(client, 'interfaces')['interfaces']
    raw = values(client, 'topics_and_raw_types')
    text = raw['typedefs_full_text'][raw['topics'].index('/bridge/clients')]
    assert 'MSG: std_msgs/Header' in text


def test_an_answer_that_would_come_in_crumbs_fails_with_the_reason(client: RawClient) -> None:
    call = {
        'op': 'call_service',
        'service': '/rosapi/topics_and_raw_types',
        'id': 'long',
        'fragment_size': 1,
    }
    answer = client.ask(**call)
    assert (answer['op'], answer['result']) == ('service_response', False)
    assert 'are more than 2048 parts' in answer['values']
    assert client.ask(**{**call, 'fragment_size': 500})['op'] == 'fragment'


def test_rosapi_reads_and_sets_parameters(client: RawClient) -> None:
    name = '/bridge:ping_period'
    assert values(client, 'has_param', name=name) == {'exists': True}
    assert values(client, 'has_param', name='/bridge:nothing') == {'exists': False}
    assert values(client, 'get_param', name=name) == {'value': '5.0'}
    # A whole number, as JavaScript writes it, for a parameter of type double.
    assert values(client, 'set_param', name=name, value='4') == {}
    assert values(client, 'get_param', name=name) == {'value': '4.0'}
    assert values(client, 'get_param', name='/bridge:none', default_value='7') == {'value': '7'}
    assert name in values(client, 'get_param_names')['names']
    assert values(client, 'get_param', name='/bridge:topics_allowed') == {'value': '["*"]'}


@pytest.mark.parametrize(
    ('service', 'args', 'why'),
    [
        ('set_param', {'name': '/bridge:ping_period', 'value': '-1'}, 'ping_period'),
        ('set_param', {'name': '/bridge:port', 'value': '1'}, 'port'),
        ('set_param', {'name': '/bridge:host', 'value': 'plain'}, 'not JSON'),
        ('set_param', {'name': '/bridge:host', 'value': '{}'}, 'cannot be a parameter'),
        ('set_param', {'name': '/bridge:host', 'value': '[1, "a"]'}, 'of one type'),
        ('delete_param', {'name': '/bridge:host'}, 'host'),
        ('get_param', {'name': 'host'}, '/node:parameter'),
        ('message_details', {'type': 'std_msgs/Strin'}, 'String'),
        ('node_details', {'node': '/nobody'}, 'no node'),
        ('topic_type', {'topc': '/x'}, "'topc'"),
        ('topic_type', {'topic': 3}, 'not a string'),
        ('nothing', {}, 'there is no service /rosapi/nothing'),
        ('publishers', {'topic': '/'}, "'/' is not a name"),
        ('subscribers', {'topic': '/a b'}, "'/a b' is not a name"),
    ],
)
def test_rosapi_refuses_with_the_reason(
    client: RawClient, service: str, args: dict[str, object], why: str
) -> None:
    answer = client.call(f'/rosapi/{service}', **args)
    assert answer['result'] is False
    assert why in answer['values']


def test_rosapi_tells_time_and_version(client: RawClient) -> None:
    assert values(client, 'get_time')['time']['sec'] > 1_700_000_000
    assert values(client, 'get_ros_version')['version'] == 2
