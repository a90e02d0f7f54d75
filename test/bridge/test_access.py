"""Who may connect, and what a client may use."""

import hashlib
import os
from pathlib import Path

import pytest

from bbia_sim_ros.bridge.access import TOKEN_VARIABLE
from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.access import AccessError
from bbia_sim_ros.bridge.access import load_token
from bbia_sim_ros.bridge.access import matches
from bbia_sim_ros.bridge.access import require_token_unless_loopback
from bbia_sim_ros.bridge.access import rosauth_mac
from bbia_sim_ros.bridge.operations import Auth
from bbia_sim_ros.bridge.parameters import BridgeParameters

TOKEN = 'a-token-of-good-length'


def access(*, token: str = TOKEN, loopback: bool = True, **lists: tuple[str, ...]) -> Access:
    everything = {name: ('*',) for name in ('topics', 'publish', 'services', 'actions')}
    origins = BridgeParameters().allowed_origins
    return Access(token=token, loopback=loopback, **{'origins': origins, **everything, **lists})


def test_the_token_is_never_shown() -> None:
    assert TOKEN not in repr(access())


@pytest.mark.parametrize(
    ('header', 'known'),
    [
        (f'Bearer {TOKEN}', True),
        (f'bearer  {TOKEN} ', True),
        (f'Bearer {TOKEN}x', False),
        ('Bearer', False),
        (f'Basic {TOKEN}', False),
        ('Bearer äöü', False),
    ],
)
def test_a_token_may_come_in_a_header(header: str, known: bool) -> None:
    assert access().knows_header(header) is known


def test_a_token_may_come_in_an_operation() -> None:
    assert access().accepts(Auth(token=TOKEN), 0.0)
    assert not access().accepts(Auth(token='wrong'), 0.0)
    assert not access().accepts(Auth(), 0.0)


def proof(**changes: object) -> Auth:
    auth = Auth(client='10.0.0.1', dest='10.0.0.2', rand='xyz', t=1000.0, level='admin', end=2000.0)
    fields = {name: getattr(auth, name) for name in ('client', 'dest', 'rand', 't', 'level', 'end')}
    return Auth(mac=rosauth_mac(TOKEN, auth), **{**fields, **changes})


def test_a_token_may_be_proven_as_rosauth_does() -> None:
    assert access().accepts(proof(), 1010.0)


@pytest.mark.parametrize(
    ('auth', 'now'),
    [
        (proof(rand='other'), 1010.0),
        (proof(level='guest'), 1010.0),
        (proof(end=3000.0), 1010.0),
        (proof(), 2001.0),
        (proof(), 1400.0),
        (proof(), 600.0),
    ],
)
def test_a_proof_that_was_changed_or_is_old_is_worth_nothing(auth: Auth, now: float) -> None:
    assert not access().accepts(auth, now)


def test_the_proof_is_the_sum_that_rosauth_clients_send() -> None:
    auth = Auth(client='c', dest='d', rand='r', t=1.0, level='l', end=2.5)
    assert rosauth_mac('secret', auth) == hashlib.sha512(b'secretcdr1l2.5').hexdigest()


@pytest.mark.parametrize(
    ('origin', 'host', 'loopback', 'allowed'),
    [
        (None, 'localhost:9090', True, True),
        ('http://localhost:8080', 'localhost:9090', True, True),
        ('http://127.0.0.1:8080', 'localhost:9090', True, True),
        ('https://evil.example', 'localhost:9090', True, False),
        ('http://localhost.evil.example:80', 'localhost:9090', True, False),
        # A page whose name was made to point to this computer.
        ('http://evil.example:9090', 'evil.example:9090', True, False),
        ('null', 'localhost:9090', True, False),
        ('http://robot.local:8080', 'robot.local:9090', False, True),
        ('http://evil.example', 'robot.local:9090', False, False),
        ('http://[broken', 'robot.local:9090', False, False),
    ],
)
def test_only_pages_of_known_origin_may_connect(
    origin: str | None, host: str, loopback: bool, allowed: bool
) -> None:
    assert access(loopback=loopback).origin_allowed(origin, host) is allowed


def test_every_origin_can_be_allowed() -> None:
    assert access(origins=('*',)).origin_allowed('null', 'x')


@pytest.mark.parametrize(
    ('name', 'patterns', 'result'),
    [
        ('/camera/image', ('/camera/*',), True),
        ('/camera/image', ('/tf', '/camera/*'), True),
        ('/camera', ('/camera/*',), False),
        ('/a[b]c', ('/a[b]c',), True),
        ('/abc', ('/a?c',), False),
        ('/abc', (), False),
        ('/a\nb', ('*',), True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_does(
    name: str, patterns: tuple[str, ...], result: bool
) -> None:
    assert matches(name, patterns) is result


def test_the_token_comes_from_the_environment() -> None:
    assert load_token({TOKEN_VARIABLE: f' {TOKEN}\n'}, '') == TOKEN
    assert load_token({}, '') == ''


def test_a_short_token_is_refused() -> None:
    with pytest.raises(AccessError, match='at least 16') as caught:
        load_token({TOKEN_VARIABLE: 'secret'}, '')
    assert 'secret' not in str(caught.value).replace('secrets', '')


def test_the_token_comes_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / 'token'
    file.write_text(f'{TOKEN}\n')
    file.chmod(0o600)
    assert load_token({TOKEN_VARIABLE: 'another token entirely'}, str(file)) == TOKEN
    file.chmod(0o640)
    with pytest.raises(AccessError, match='chmod 600'):
        load_token({}, str(file))


@pytest.mark.parametrize('content', [b'', b'\xff\xfe\xff'])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / 'token'
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(AccessError, match='token_file'):
        load_token({}, str(file))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match=os.strerror(2)):
        load_token({}, str(tmp_path / 'nothing'))


@pytest.mark.parametrize('host', ['127.0.0.1', 'localhost', '::1', '127.9.9.9'])
def test_on_loopback_no_token_is_needed(host: str) -> None:
    require_token_unless_loopback(host, '')


@pytest.mark.parametrize('host', ['0.0.0.0', '', '::', '192.168.1.5', 'robot.local'])
def test_elsewhere_the_bridge_wants_a_token(host: str) -> None:
    with pytest.raises(AccessError, match=TOKEN_VARIABLE):
        require_token_unless_loopback(host, '')
    require_token_unless_loopback(host, TOKEN)
