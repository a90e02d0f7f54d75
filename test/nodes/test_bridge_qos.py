"""Quality of service through the bridge: what a latched topic holds, and for whom."""

from __future__ import annotations

import json
import time

import pytest
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.qos import DurabilityPolicy
from std_msgs.msg import String

from bbia_sim_ros.nodes import qos
from support.bridge import Bridge
from support.bridge import RawClient
from support.bridge import heard
from support.bridge import published
from support.waiting import DEADLINE_S
from support.waiting import wait_until


def test_late_clients_get_what_a_latched_topic_holds(bridge: Bridge) -> None:
    bridge.probe.node.create_publisher(String, '/latched', qos.LATCHED).publish(String(data='kept'))
    with bridge.client() as one, bridge.client() as two:
        one.send(op='subscribe', topic='/latched', type='std_msgs/String')
        assert published(one, '/latched') == {'data': 'kept'}
        two.send(op='subscribe', topic='/latched', type='std_msgs/String')
        assert published(two, '/latched') == {'data': 'kept'}


def test_a_latched_publisher_that_comes_later_is_matched(bridge: Bridge, client: RawClient) -> None:
    client.send(op='subscribe', topic='/later', type='std_msgs/String')
    client.done()
    bridge.probe.node.create_publisher(String, '/later', qos.LATCHED).publish(String(data='late'))
    assert published(client, '/later') == {'data': 'late'}


def test_a_subscriber_that_comes_later_and_asks_for_what_is_kept_hears_a_client(
    bridge: Bridge, client: RawClient
) -> None:
    early = bridge.probe.collect(String, '/mixed')
    client.send(op='advertise', topic='/mixed', type='std_msgs/String')
    wait_until(lambda: bridge.probe.node.get_publishers_info_by_topic('/mixed'), 'it is advertised')
    client.send(op='publish', topic='/mixed', msg={'data': 'before'})
    wait_until(lambda: early, 'the first message')
    late = bridge.probe.collect(String, '/mixed', qos.LATCHED)
    wait_until(lambda: late, 'what was published before')
    client.send(op='publish', topic='/mixed', msg={'data': 'after'})
    wait_until(lambda: len(late) > 1, 'what is published then')
    assert [message.data for message in late] == ['before', 'after']
    wait_until(lambda: early[-1].data == 'after', 'the first subscriber hears it too')


def test_a_client_that_asks_to_keep_nothing_keeps_nothing(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(
        op='advertise', topic='/volatile', type='std_msgs/String', qos={'durability': 'volatile'}
    )
    client.send(op='publish', topic='/volatile', msg={'data': 'before'})
    client.done()
    late = bridge.probe.collect(String, '/volatile', qos.LATCHED)
    found = bridge.probe.node.get_publishers_info_by_topic
    wait_until(lambda: found('/volatile'), 'it is advertised')
    with pytest.raises(AssertionError):
        wait_until(lambda: late, 'a message', 1.5)
    durability = found('/volatile')[0].qos_profile.durability
    assert durability == DurabilityPolicy.VOLATILE


def test_clients_that_keep_coming_do_not_put_off_the_look_at_the_publishers(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(op='subscribe', topic='/patient', type='std_msgs/String')
    client.done()
    publisher = bridge.probe.node.create_publisher(String, '/patient', qos.LATCHED)
    publisher.publish(String(data='kept'))
    end = time.monotonic() + DEADLINE_S
    with bridge.client() as busy:
        while True:
            busy.send(op='subscribe', topic='/busy', type='std_msgs/String')
            busy.send(op='unsubscribe', topic='/busy')
            busy.done()
            try:
                frame = json.loads(client.socket.recv(0.1))
            except TimeoutError:
                assert time.monotonic() < end, 'the latched message does not come'
            else:
                break
    assert frame['msg'] == {'data': 'kept'}


def test_best_effort_and_reliable_publishers_are_both_heard(
    bridge: Bridge, client: RawClient
) -> None:
    client.send(op='subscribe', topic='/mixed', type='std_msgs/String')
    senders = [
        # The bridge may ask for more than both give, until it has seen both; rclpy would warn.
        bridge.probe.node.create_publisher(
            String,
            '/mixed',
            profile,
            event_callbacks=PublisherEventCallbacks(use_default_callbacks=False),
        )
        for profile in (qos.STREAM, qos.SENSOR_DATA)
    ]
    names: set[str] = set()

    def both() -> bool:
        senders[0].publish(String(data='reliable'))
        names.add(json.loads(heard(senders[1], String(data='best effort'), client))['msg']['data'])
        return len(names) == 2

    wait_until(both, 'both publishers')


def test_a_qos_that_the_client_asks_for_is_used(bridge: Bridge, client: RawClient) -> None:
    client.send(
        op='subscribe', topic='/asked', type='std_msgs/String', qos={'reliability': 'reliable'}
    )
    client.done()
    infos = wait_until(
        lambda: bridge.probe.node.get_subscriptions_info_by_topic('/asked'), 'the subscription'
    )
    assert infos[0].qos_profile.reliability.name == 'RELIABLE'
