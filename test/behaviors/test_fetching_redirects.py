"""Where a web server may send on to, and what proxies of the environment change."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.fetching import MAX_REDIRECTS
from bbia_sim_ros.behaviors.fetching import fetch
from bbia_sim_ros.behaviors.fetching import redirected
from support.page_server import PAGE
from support.page_server import got
from support.page_server import page
from support.page_server import served


def test_redirects_are_followed_and_keep_their_query() -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        if request.path == '/':
            return web.Response(status=302, headers={'Location': 'there?key=1'})
        assert str(request.rel_url) == '/there?key=1'
        return web.Response(body=PAGE)

    assert got(moved) == PAGE


def test_endless_redirects_end() -> None:
    asked: list[str] = []

    async def around(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=307, headers={'Location': f'/{len(asked)}'})

    with pytest.raises(OrderRefused, match='sent on more than 5 times'):
        got(around)
    assert len(asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ('location', 'reason'),
    [
        ('ftp://127.0.0.1/x', 'is no web address'),
        ('file:///etc/hostname', 'is no web address'),
        ('http://[', 'is no web address'),
        ('', 'sent on more than'),
    ],
)
def test_a_redirect_to_something_else_is_refused(location: str, reason: str) -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={'Location': location})

    with pytest.raises(OrderRefused, match=reason):
        got(elsewhere)


def test_a_redirect_out_of_this_computer_is_refused_without_the_network() -> None:
    async def outside(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={'Location': 'http://192.0.2.1/'})

    with pytest.raises(MissingPart, match='parameter network'):
        got(outside, network=False)


def test_a_redirect_may_not_leave_encryption() -> None:
    with pytest.raises(OrderRefused, match='which is not encrypted'):
        redirected(URL('https://news.test/'), 'http://news.test/feed', network=True)


@pytest.mark.parametrize('scheme', ['http', 'https'])
@pytest.mark.parametrize('location', ['https://news.test/feed', 'feed'])
def test_other_redirects_are_followed(scheme: str, location: str) -> None:
    there = redirected(URL(f'{scheme}://news.test/'), location, network=True)
    assert there == URL(f'{scheme}://news.test/').join(URL(location))


class Proxied:
    """A server that is the proxy of the environment too, with what was asked of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[web.Request] = []
        self._monkeypatch = monkeypatch

    def got(self, address: str, location: str) -> bytes:
        """Fetch an address, which sends on; ``PORT`` in the location is this server's."""

        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(request)
            if request.host != URL(address).host:
                return web.Response(body=PAGE)
            there = location.replace('PORT', str(request.transport.get_extra_info('sockname')[1]))
            return web.Response(status=302, headers={'Location': there})

        async def run() -> bytes:
            async with served(answer) as proxy:
                self._monkeypatch.setenv('http_proxy', proxy)
                return await fetch(address, max_bytes=100, network=True)

        return asyncio.run(run())


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Proxied:
    for name in ('no_proxy', 'NO_PROXY', 'HTTP_PROXY'):
        monkeypatch.delenv(name, raising=False)
    return Proxied(monkeypatch)


@pytest.mark.parametrize(
    'location',
    [
        'http://127.0.0.1:PORT/',
        'http://localhost:PORT/',
        'http://[::ffff:127.0.0.1]:PORT/',
        'http://192.168.1.1/',
        'http://169.254.169.254/',
        'http://[fe80::1]/',
    ],
)
def test_the_internet_may_not_send_on_to_the_local_network(proxied: Proxied, location: str) -> None:
    with pytest.raises(OrderRefused, match='which is in the local network'):
        proxied.got('http://news.test/', location)
    assert [request.host for request in proxied.asked] == ['news.test']


def test_a_name_is_checked_by_what_it_stands_for(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('no_proxy', 'inside.test')
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        'getaddrinfo',
        lambda host, *rest, **more: look_up(
            '127.0.0.1' if host == 'inside.test' else host, *rest, **more
        ),
    )
    with pytest.raises(OrderRefused, match=r'127\.0\.0\.1, which is in the local network'):
        proxied.got('http://news.test/', 'http://inside.test:PORT/')


@pytest.mark.parametrize('location', ['http://other.test/', 'http://93.184.215.14/'])
def test_the_internet_may_send_on_to_the_internet(proxied: Proxied, location: str) -> None:
    assert proxied.got('http://news.test/', location) == PAGE


def test_what_is_asked_for_in_the_local_network_may_send_on_in_it(proxied: Proxied) -> None:
    assert proxied.got('http://192.168.1.1/', 'http://127.0.0.1:PORT/') == PAGE


def test_logins_of_a_netrc_file_are_sent_to_nobody(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / 'netrc'
    netrc.write_text('default login me password secret\n', encoding='utf-8')
    netrc.chmod(0o600)
    monkeypatch.setenv('NETRC', str(netrc))
    assert proxied.got('http://news.test/', 'http://other.test/') == PAGE
    assert len(proxied.asked) == 2
    assert not any('Authorization' in request.headers for request in proxied.asked)


def test_this_computer_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('http_proxy', 'http://127.0.0.1:9')
    monkeypatch.setenv('no_proxy', '')
    assert got(page) == PAGE


@pytest.mark.parametrize('proxy', ['socks5://127.0.0.1:9', 'http://[', 'http://'])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv('http_proxy', proxy)
    monkeypatch.setenv('no_proxy', '')
    with pytest.raises(OrderRefused, match='correct that variable'):
        asyncio.run(fetch('http://news.test/', max_bytes=100, network=True))
