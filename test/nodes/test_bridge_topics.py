"""Topics through the bridge, frame by frame."""

from __future__ import annotations

import json
import math

import cbor2
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from std_msgs.msg import Int32
from std_msgs.msg import String
from std_msgs.msg import UInt8MultiArray

from bbia_sim_ros.nodes import qos
from support.bridge import Bridge
from support.bridge import RawClient
from support.bridge import heard
from support.bridge import published
from support.waiting import wait_until


def first(bridge: Bridge, client: RawClient, kind: type, topic: str, **fields: object) -> object:
    """Return what comes of a topic that is published again and again."""
    frame = heard(bridge.probe.publisher(kind, topic), kind(**fields), client)
    message = json.loads(frame)
    assert (message['op'], message['topic'].lstrip('/')) == ('publish', topic.lstrip('/'))
    return message['msg']


@pytest.mark.parametrize('type_name', ['std_msgs/String', 'std_msgs/msg/String'])
def test_a_topic_comes_as_json_under_either_name_of_its_type(
    bridge: Bridge, client: RawClient, type_name: str
) -> None:
    client.send(op='subscribe', topic='/words', type=type_name)
    assert first(bridge, client, String, '/words', data='hé "x"') == {'data': 'hé "x"'}


def test_a_relative_name_comes_back_as_the_client_wrote_it(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(op='subscribe', topic='relative', type='std_msgs/String')
    publisher = bridge.probe.publisher(String, '/relative')
    message = json.loads(heard(publisher, String(data='x'), client))
    assert message == {'op': 'publish', 'topic': 'relative', 'msg': {'data': 'x'}}


def test_the_type_of_a_topic_that_exists_need_not_be_given(
    bridge: Bridge, client: RawClient
) -> None:
    bridge.probe.node.create_publisher(Int32, '/known', qos.LATCHED).publish(Int32(data=5))
    wait_until(
        lambda: '/known' in client.call('/rosapi/topics')['values']['topics'], 'the topic is seen'
    )
    client.send(op='subscribe', topic='/known')
    assert published(client, '/known') == {'data': 5}


def test_the_type_of_an_unknown_topic_is_asked_for(client: RawClient) -> None:
    answer = client.ask(op='subscribe', topic='/unheard', id='s')
    assert (answer['op'], answer['level']) == ('status', 'error')
    assert '/unheard' in answer['msg']


@pytest.mark.parametrize(
    ('type_name', 'why'),
    [('std_msgs/Strng', 'String'), ('nopkg/msg/X', 'nopkg'), ('std_srvs/srv/Trigger', 'Trigger')],
)
def test_an_unknown_type_is_answered(client: RawClient, type_name: str, why: str) -> None:
    answer = client.ask(op='subscribe', topic='/odd', type=type_name, id='s')
    assert why in answer['msg']


def test_nan_and_infinity_come_as_null(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/floats', type='std_msgs/Float64MultiArray')
    values = [1.5, math.nan, math.inf]
    floats = first(bridge, client, Float64MultiArray, '/floats', data=values)
    assert floats['data'] == [1.5, None, None]


def test_bytes_come_as_base64(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/bytes', type='std_msgs/UInt8MultiArray')
    assert first(bridge, client, UInt8MultiArray, '/bytes', data=[1, 2, 255])['data'] == 'AQL/'


def test_a_topic_comes_as_cbor_with_typed_arrays(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/cbor', type='sensor_msgs/JointState', compression='cbor')
    state = JointState(name=['a'], position=[0.5])
    frame = heard(bridge.probe.publisher(JointState, '/cbor'), state, client)
    message = cbor2.loads(frame)
    assert (message['op'], message['topic'], message['msg']['name']) == ('publish', '/cbor', ['a'])
    assert message['msg']['position'].tag == 86


def test_a_topic_comes_as_its_serialised_bytes(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/raw', type='std_msgs/String', compression='cbor-raw')
    publisher = bridge.probe.publisher(String, '/raw')
    message = cbor2.loads(heard(publisher, String(data='raw'), client))
    assert message['msg']['bytes'] == serialize_message(String(data='raw'))
    assert set(message['msg']) == {'secs', 'nsecs', 'bytes'}


def test_a_topic_comes_in_a_png(bridge: Bridge, client: RawClient) -> None:
    from bbia_sim_ros.bridge.unpng import unwrap

    client.send(op='subscribe', topic='/png', type='std_msgs/String', compression='png')
    publisher = bridge.probe.publisher(String, '/png')
    frame = json.loads(heard(publisher, String(data='in pixels'), client))
    message = json.loads(unwrap(frame['data'], 1_000_000))
    assert message == {'op': 'publish', 'topic': '/png', 'msg': {'data': 'in pixels'}}


def test_a_long_message_comes_in_fragments(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/long', type='std_msgs/String', fragment_size=1000)
    publisher = bridge.probe.publisher(String, '/long')
    one = json.loads(heard(publisher, String(data='x' * 5000), client))
    parts = [one] + [client.wait_for(op='fragment', id=one['id']) for _ in range(one['total'] - 1)]
    assert all(len(part['data']) <= 1000 for part in parts)
    message = json.loads(''.join(part['data'] for part in parts))
    assert message['msg']['data'] == 'x' * 5000


def test_a_message_that_would_come_in_crumbs_is_left_out_and_told(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(op='subscribe', topic='/picture', type='std_msgs/String', fragment_size=1)
    publisher = bridge.probe.publisher(String, '/picture')
    told = json.loads(heard(publisher, String(data='x' * 1_000_000), client))
    assert (told['op'], told['level']) == ('status', 'error')
    assert told['msg'].startswith('/picture: ')
    assert 'a fragment_size of at least 489 is needed' in told['msg']
    client.send(op='subscribe', topic='/picture', type='std_msgs/String', fragment_size=489)
    client.done()
    part = json.loads(heard(publisher, String(data='x' * 1_000_000), client))
    assert (part['op'], len(part['data'])) == ('fragment', 489)


def test_a_throttled_topic_gives_the_last_value_of_a_burst(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(op='subscribe', topic='/burst', type='std_msgs/Int32', throttle_rate=300)
    publisher = bridge.probe.publisher(Int32, '/burst', depth=20)
    heard(publisher, Int32(data=-1), client)
    for number in range(10):
        publisher.publish(Int32(data=number))
    values = [published(client, '/burst')['data']]
    while values[-1] != 9:
        values.append(published(client, '/burst')['data'])
    assert len(values) <= 4


def test_two_subscriptions_of_one_client_are_one_delivery(
    bridge: Bridge, client: RawClient
) -> None:
    for name in ('a', 'b'):
        client.send(op='subscribe', topic='/twice', type='std_msgs/Int32', id=name)
    client.send(op='unsubscribe', topic='/twice', id='a')
    publisher = bridge.probe.publisher(Int32, '/twice', depth=5)
    heard(publisher, Int32(data=0), client)
    publisher.publish(Int32(data=1))
    publisher.publish(Int32(data=2))
    values: list[int] = []
    while not values or values[-1] != 2:
        values.append(published(client, '/twice')['data'])
    assert [value for value in values if value] == [1, 2]


def test_an_unsubscribed_topic_is_let_go(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/gone', type='std_msgs/Int32')
    client.done()
    wait_until(lambda: bridge.probe.node.count_subscribers('/gone') == 1, 'the subscription')
    client.send(op='unsubscribe', topic='/gone')
    wait_until(lambda: bridge.probe.node.count_subscribers('/gone') == 0, 'its end')
    assert 'does not subscribe' in client.ask(op='unsubscribe', topic='/gone', id='u')['msg']


def test_what_a_client_publishes_right_after_advertising_arrives(
    bridge: Bridge, client: RawClient
) -> None:
    spoken = bridge.probe.collect(String, '/spoken', qos.STREAM)
    wait_until(lambda: bridge.probe.node.count_subscribers('/spoken') == 1, 'the subscription')
    client.done()
    client.send(op='advertise', topic='/spoken', type='std_msgs/String', id='a')
    client.send(op='publish', topic='/spoken', msg={'data': 'first'})
    wait_until(lambda: [message.data for message in spoken] == ['first'], 'the message')
    client.send(op='unadvertise', topic='/spoken', id='a')
    wait_until(lambda: bridge.probe.node.count_publishers('/spoken') == 0, 'the publisher ends')


def test_a_topic_need_not_be_advertised(bridge: Bridge, client: RawClient) -> None:
    numbers = bridge.probe.collect(Int32, '/unadvertised')
    wait_until(
        lambda: '/unadvertised' in client.call('/rosapi/topics')['values']['topics'],
        'the bridge sees the topic',
    )

    def comes() -> bool:
        client.send(op='publish', topic='/unadvertised', msg={'data': 7})
        return bool(numbers)

    wait_until(comes, 'the message')
    assert numbers[0].data == 7


@pytest.mark.parametrize(
    ('message', 'field'),
    [
        ({'data': 'text'}, 'data'),
        ({'data': 2**31}, 'data'),
        ({'data': 1.5}, 'data'),
        ({'number': 1}, 'number'),
        ([1], ''),
    ],
)
def test_a_wrong_message_is_answered_and_the_connection_lives(
    client: RawClient, message: object, field: str
) -> None:
    client.send(op='advertise', topic='/checked', type='std_msgs/Int32')
    answer = client.ask(op='publish', topic='/checked', msg=message, id=3)
    assert (answer['op'], answer['level']) == ('status', 'error')
    assert field in answer['msg']
    client.done()


def test_another_type_than_the_topic_has_is_refused(bridge: Bridge, client: RawClient) -> None:
    bridge.probe.node.create_publisher(Int32, '/typed', 1)
    wait_until(
        lambda: '/typed' in client.call('/rosapi/topics')['values']['topics'], 'the topic is seen'
    )
    for op in ('subscribe', 'advertise'):
        answer = client.ask(op=op, topic='/typed', type='std_msgs/String', id=op)
        assert 'is of type std_msgs/msg/Int32, not std_msgs/msg/String' in answer['msg']
