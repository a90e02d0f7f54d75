"""Who may use the bridge: tokens, what is allowed, other computers, certificates."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bbia_sim_ros.bridge.access import TOKEN_VARIABLE
from bbia_sim_ros.bridge.access import rosauth_mac
from bbia_sim_ros.bridge.operations import Auth
from support.bridge import Bridge
from support.bridge import close_of
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.ros import StackProcess

TOKEN = 'a-token-of-good-length'


@pytest.fixture(scope='module')
def guarded() -> Iterator[Bridge]:
    with reserved_domain(), running_bridge({TOKEN_VARIABLE: TOKEN}, host='0.0.0.0') as made:
        yield made


def test_the_token_in_a_header_lets_a_client_in(guarded: Bridge) -> None:
    header = {'Authorization': f'Bearer {TOKEN}'}
    with guarded.client(additional_headers=header) as client:
        client.done()


def test_a_wrong_token_in_a_header_is_refused(guarded: Bridge) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        guarded.client(additional_headers={'Authorization': 'Bearer no'}),
    ):
        pass
    assert caught.value.response.status_code == 401


def test_without_the_token_nothing_is_done(guarded: Bridge) -> None:
    with guarded.client() as client:
        answer = client.ask(op='call_service', service='/rosapi/nodes', id='n')
        assert (answer['op'], answer['level']) == ('status', 'error')
        assert 'auth' in answer['msg']
        client.send(op='auth', token=TOKEN)
        client.done()


def test_the_token_can_be_proven_as_roslibjs_does_it(guarded: Bridge) -> None:
    now = time.time()
    auth = Auth(client='c', dest='d', rand='r', t=float(int(now)), level='l', end=now + 60)
    fields = {name: getattr(auth, name) for name in ('client', 'dest', 'rand', 't', 'level', 'end')}
    with guarded.client() as client:
        client.send(op='auth', mac=rosauth_mac(TOKEN, auth), **fields)
        client.done()


def test_a_wrong_token_closes_the_connection(guarded: Bridge) -> None:
    code, reason = close_of(guarded, json.dumps({'op': 'auth', 'token': 'guess'}))
    assert (code, reason) == (1008, 'auth: the token is wrong')


def test_the_token_is_in_no_parameter_and_no_log(guarded: Bridge) -> None:
    with guarded.client() as client:
        client.send(op='auth', token=TOKEN)
        names = client.call('/rosapi/get_param_names')['values']['names']
        values = [client.call('/rosapi/get_param', name=name)['values'] for name in names]
    assert TOKEN not in json.dumps(values)
    assert TOKEN not in guarded.process.output


@pytest.mark.usefixtures('ros_domain')
def test_other_computers_are_not_listened_to_without_a_token() -> None:
    with StackProcess('bridge_node', ros_arguments=('-p', 'host:=0.0.0.0')) as process:
        assert process.wait() == 2
        assert TOKEN_VARIABLE in process.output
        assert 'Traceback' not in process.output


def test_what_is_not_allowed_is_refused_with_the_parameter(ros_domain: int) -> None:
    with (
        running_bridge(
            topics_allowed='["/open*"]',
            publish_allowed='["/open*"]',
            services_allowed='["/rosapi/topics"]',
            actions_allowed='["/nothing"]',
        ) as bridge,
        bridge.client() as client,
    ):
        kind = {'topic': '/shut', 'type': 'std_msgs/Int32', 'id': 1}
        assert 'topics_allowed' in client.ask(op='subscribe', **kind)['msg']
        assert 'publish_allowed' in client.ask(op='advertise', **kind)['msg']
        assert 'services_allowed' in client.call('/bridge/get_parameters')['values']
        assert 'services_allowed' in client.call('/rosapi/nodes')['values']
        goal = {'action': '/play', 'action_type': 'bbia_msgs/PlayMove', 'id': 'g'}
        assert 'actions_allowed' in client.ask(op='send_action_goal', **goal)['values']
        client.send(op='subscribe', topic='/open/x', type='std_msgs/Int32')
        topics = client.call('/rosapi/topics')['values']['topics']
        assert all(topic.startswith('/open') for topic in topics)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this computer."""
    import subprocess

    key, chain = folder / 'key.pem', folder / 'chain.pem'
    command = (
        'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1'
        ' -addext subjectAltName=IP:127.0.0.1'
    )
    files = ['-keyout', str(key), '-out', str(chain)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return chain, key


def test_with_a_certificate_the_bridge_speaks_tls(ros_domain: int, tmp_path: Path) -> None:
    import ssl

    chain, key = certificate(tmp_path)
    with running_bridge(certificate=chain, private_key=key) as bridge:
        context = ssl.create_default_context(cafile=chain)
        url = f'wss://127.0.0.1:{bridge.port}'
        with connect(url, ssl=context, proxy=None) as encrypted:
            encrypted.send('{"op": "call_service", "service": "/rosapi/get_time"}')
            assert json.loads(encrypted.recv(30.0))['result'] is True
