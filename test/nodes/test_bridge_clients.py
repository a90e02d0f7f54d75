"""Clients that misbehave, vanish or have no business here."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sensor_msgs.msg import Image
from std_msgs.msg import Int32
from websockets.exceptions import ConnectionClosed
from websockets.exceptions import InvalidStatus
from websockets.frames import Opcode

from bbia_msgs.msg import BridgeClients
from bbia_sim_ros.bridge.operations import OPERATIONS
from bbia_sim_ros.nodes import qos
from support.bridge import Bridge
from support.bridge import close_of
from support.bridge import heard
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.fuzzed_frames import wire_frame
from support.ros import StackProcess
from support.waiting import wait_until

CYCLES = 100


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    with (
        reserved_domain(),
        running_bridge(
            max_message_size=100_000, max_clients=8, ping_period=0.4, max_subscriptions=3
        ) as made,
    ):
        yield made


@pytest.mark.parametrize('frame', ['x' * 100_001, b'x' * 30_000_000], ids=len)
def test_a_message_over_the_limit_closes_the_connection(bridge: Bridge, frame: str | bytes) -> None:
    code, reason = close_of(bridge, frame)
    assert code == 1009
    assert 'max_message_size' in reason
    assert '100000' in reason


def test_a_message_of_just_the_limit_is_taken(bridge: Bridge) -> None:
    with bridge.client() as client:
        message = {'op': 'status', 'msg': ''}
        message['msg'] = 'x' * (100_000 - len(json.dumps(message)))
        client.send(**message)
        client.done()


def test_the_number_of_clients_is_limited(bridge: Bridge) -> None:
    with contextlib.ExitStack() as open_clients:
        clients = [open_clients.enter_context(bridge.client()) for _ in range(8)]
        clients[-1].done()
        code, reason = close_of(bridge)
        assert (code, 'max_clients' in reason) == (1013, True)


def test_the_number_of_subscriptions_is_limited(bridge: Bridge) -> None:
    with bridge.client() as client:
        for number in range(3):
            client.send(op='subscribe', topic=f'/many{number}', type='std_msgs/Int32')
        answer = client.ask(op='subscribe', topic='/many3', type='std_msgs/Int32', id='more')
        assert 'max_subscriptions allows 3' in answer['msg']


def test_a_peer_that_answers_no_ping_is_cut_off_and_its_topics_are_let_go(bridge: Bridge) -> None:
    with bridge.client(ping_interval=None) as client:
        client.send(op='subscribe', topic='/lonely', type='std_msgs/Int32')
        client.done()
        wait_until(lambda: bridge.probe.node.count_subscribers('/lonely') == 1, 'the subscription')
        # The library answers pings while it reads the socket; now nobody does.
        client.socket.socket.shutdown(socket.SHUT_RD)
        wait_until(lambda: bridge.probe.node.count_subscribers('/lonely') == 0, 'its end')


def test_a_client_that_asks_and_is_gone_leaves_no_traceback(bridge: Bridge) -> None:
    with bridge.client(ping_interval=None) as client:
        raw = client.socket.socket
        raw.sendall(wire_frame(Opcode.PING, bytes(100)) * 2000)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        raw.shutdown(socket.SHUT_RDWR)
    with bridge.client() as other:
        other.done()
    assert 'Traceback' not in bridge.process.output


def test_what_a_client_reports_cannot_pretend_to_be_a_line_of_the_log(bridge: Bridge) -> None:
    with bridge.client() as client:
        client.send(op='status', level='loud\n[ERROR] level', msg='text\n[ERROR] text')
        client.done()
    wait_until(lambda: 'says' in bridge.process.output, 'the report')
    assert not [line for line in bridge.process.output.splitlines() if line.startswith('[ERROR] ')]


def test_a_client_that_only_answers_pings_stays(bridge: Bridge) -> None:
    with bridge.client(ping_interval=None) as client:
        client.send(op='subscribe', topic='/quiet', type='std_msgs/Int32')
        reports = bridge.probe.collect(BridgeClients, '/bridge/clients', qos.LATCHED)
        wait_until(
            lambda: reports and any(one.connected_for > 3.0 for one in reports[-1].clients),
            'a client that is connected for longer than a silent one is left',
        )
        publisher = bridge.probe.publisher(Int32, '/quiet')
        assert json.loads(heard(publisher, Int32(data=1), client))['msg'] == {'data': 1}


def test_an_idle_client_is_closed_with_a_reason(ros_domain: int) -> None:
    with running_bridge(client_inactivity_timeout=0.5) as bridge:
        code, reason = close_of(bridge, '{"op": "status"}')
        assert code == 1001
        assert 'client_inactivity_timeout' in reason
        reports = bridge.probe.collect(BridgeClients, '/bridge/clients', qos.LATCHED)
        wait_until(lambda: reports and reports[-1].closed_idle == 1, 'it is counted')


def test_a_client_that_does_not_read_holds_nobody_up_and_is_told(ros_domain: int) -> None:
    with running_bridge() as bridge, bridge.client() as stalled, bridge.client() as reader:
        subscription = {'op': 'subscribe', 'type': 'sensor_msgs/Image'}
        with _paused(stalled.socket):
            stalled.send(**subscription, topic='/picture')
            publisher = bridge.probe.publisher(Image, '/picture')
            reader.send(op='subscribe', topic='/number', type='std_msgs/Int32')
            numbers = bridge.probe.publisher(Int32, '/number')
            picture = Image(height=480, width=640, step=1920, data=bytes(921_600))
            reports = bridge.probe.collect(BridgeClients, '/bridge/clients', qos.LATCHED)

            def dropped() -> bool:
                publisher.publish(picture)
                heard(numbers, Int32(data=3), reader)
                return bool(reports) and any(one.dropped > 3 for one in reports[-1].clients)

            wait_until(dropped, 'messages are left out for who does not read')
        warning = stalled.wait_for(op='status')
        assert (warning['level'], '/picture' in warning['msg']) == ('warning', True)
        assert 'left out' in warning['msg']
        reader.done()


class _paused:  # noqa: N801
    """For the time of the block the library does not read the socket."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.recv_messages.pause()

    def __exit__(self, *_: object) -> None:
        self._connection.recv_messages.resume()


def test_nothing_is_left_of_clients_that_vanish(ros_domain: int) -> None:
    with running_bridge() as bridge:

        def vanish() -> None:
            with bridge.client() as client:
                client.send(op='subscribe', topic='/number', type='std_msgs/Int32', id='a')
                client.send(op='subscribe', topic='/bridge/clients', id='b')
                client.send(op='advertise', topic='/number', type='std_msgs/Int32')
                client.send(op='publish', topic='/number', msg={'data': 1})
                client.send(op='advertise_service', service='/mine', type='std_srvs/Trigger')
                client.send(op='fragment', id='f', data='x', num=0, total=2)
                client.done()
                client.socket.socket.shutdown(socket.SHUT_RDWR)

        def is_clean() -> bool:
            with bridge.client() as client:
                details = client.call('/rosapi/node_details', node='/bridge')['values']
            names = {name for listed in details.values() for name in listed}
            return not names & {'/number', '/mine'}

        for _ in range(5):
            vanish()
        wait_until(is_clean, 'all is given back')
        before = bridge.usage()
        for _ in range(CYCLES):
            vanish()
        wait_until(is_clean, 'all is given back')
        wait_until(
            lambda: all(now <= then for now, then in zip(bridge.usage(), before, strict=True)),
            f'threads and files are at {before}; they are {bridge.usage()}',
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    sorted({name for fields in OPERATIONS.values() for name in fields.__dataclass_fields__})
)
NAMES = st.sampled_from(['/fuzz', 'fuzz', '/bridge/clients', '~', '/', '/a//b', '/rosapi/nodes'])
TYPES = st.sampled_from(['std_msgs/String', 'std_msgs/msg/Int32', 'std_srvs/Trigger', 'x/Y'])
OPERATION = st.builds(
    lambda op, fields: {**fields, 'op': op},
    st.sampled_from(sorted(OPERATIONS)),
    st.fixed_dictionaries(
        {}, optional={'topic': NAMES, 'service': NAMES, 'action': NAMES, 'type': TYPES}
    ).flatmap(
        lambda named: st.dictionaries(FIELDS, JSON, max_size=4).map(lambda f: {**f, **named})
    ),
)
FRAMES = st.one_of(
    OPERATION.map(json.dumps),
    OPERATION.map(cbor2.dumps),
    JSON.map(json.dumps),
    st.binary(max_size=100),
    st.text(max_size=100),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frames=st.lists(FRAMES, min_size=1, max_size=5))
def test_any_frames_leave_a_bridge_that_answers(bridge: Bridge, frames: list[str | bytes]) -> None:
    with bridge.client() as client:
        for frame in frames:
            client.socket.send(frame)
        client.done()


def test_garbage_in_place_of_frames_closes_with_a_reason(bridge: Bridge) -> None:
    with bridge.client() as client:
        client.done()
        # A frame with reserved bits and an opcode that does not exist, unmasked.
        client.socket.socket.sendall(b'\x7f\x05hello')
        with pytest.raises(ConnectionClosed) as caught:
            client.socket.recv(30.0)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1002
        assert caught.value.rcvd.reason


@pytest.mark.parametrize('origin', ['http://localhost:8080', None])
def test_a_page_of_this_computer_may_connect(bridge: Bridge, origin: str | None) -> None:
    with bridge.client(origin=origin) as client:
        client.done()


def test_a_page_of_another_origin_may_not_connect(bridge: Bridge) -> None:
    with pytest.raises(InvalidStatus) as caught, bridge.client(origin='https://evil.example'):
        pass
    assert caught.value.response.status_code == 403
    assert b'evil.example' in caught.value.response.body


def test_a_port_that_is_in_use_is_named(bridge: Bridge) -> None:
    arguments = ('-p', f'port:={bridge.port}', '-p', 'web_port:=-1')
    with StackProcess('bridge_node', ros_arguments=arguments) as process:
        assert process.wait() == 2
        assert str(bridge.port) in process.output
        assert 'Traceback' not in process.output


def test_ending_the_bridge_tells_its_clients(ros_domain: int) -> None:
    with running_bridge() as bridge, bridge.client() as client:
        client.send(op='subscribe', topic='/number', type='std_msgs/Int32')
        client.done()
        stopper = threading.Thread(target=bridge.process.stop)
        stopper.start()
        with pytest.raises(ConnectionClosed) as caught:
            client.socket.recv(30.0)
        stopper.join()
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1001, 'the bridge ends')
        assert bridge.process.wait() == 0
        assert 'Traceback' not in bridge.process.output
