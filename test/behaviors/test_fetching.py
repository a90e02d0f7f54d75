"""Fetching from web servers that answer, and from those that answer badly."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.fetching import MAX_REDIRECTS
from bbia_sim_ros.behaviors.fetching import fetch
from bbia_sim_ros.behaviors.fetching import redirected

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = 'Grüße'.encode()


@contextlib.asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """Serve every path on loopback; return the address."""
    server = web.Server(handler)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f'http://{host}:{port}'
    finally:
        await runner.cleanup()


def got(
    handler: Handler,
    path: str = '/',
    *,
    max_bytes: int = 1000,
    network: bool = True,
    timeout_s: float = 20.0,
) -> bytes:
    """Return what a server gives."""

    async def run() -> bytes:
        async with served(handler) as address:
            return await fetch(
                address + path, max_bytes=max_bytes, network=network, timeout_s=timeout_s
            )

    return asyncio.run(run())


async def page(_: web.Request) -> web.StreamResponse:
    return web.Response(body=PAGE)


def test_a_page_of_this_computer_is_fetched_also_without_the_network() -> None:
    assert got(page) == PAGE
    assert got(page, network=False) == PAGE


def test_a_page_is_unpacked() -> None:
    async def packed(request: web.Request) -> web.StreamResponse:
        assert 'gzip' in request.headers['Accept-Encoding']
        return web.Response(body=gzip.compress(PAGE), headers={'Content-Encoding': 'gzip'})

    assert got(packed) == PAGE


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


def test_a_page_that_is_too_large_is_refused_packed_or_not() -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        if request.path == '/packed':
            packed = gzip.compress(bytes(50_000_000))
            return web.Response(body=packed, headers={'Content-Encoding': 'gzip'})
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(bytes(10_000))
        return response

    for path in ('/', '/packed'):
        with pytest.raises(OrderRefused, match='gives more than 100000 bytes'):
            got(huge, path, max_bytes=100_000)


def test_a_page_of_just_the_size_allowed_is_taken() -> None:
    assert got(page, max_bytes=len(PAGE)) == PAGE
    with pytest.raises(OrderRefused, match='gives more than'):
        got(page, max_bytes=len(PAGE) - 1)


@pytest.mark.parametrize('begun', [False, True])
def test_a_server_that_never_ends_its_answer_is_given_up(begun: bool) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if begun:
            await response.prepare(request)
            await response.write(b'a')
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        return response

    with pytest.raises(OrderRefused, match=r'no whole answer within 0.2 s'):
        got(slow, timeout_s=0.2)


@pytest.mark.parametrize('status', [204, 401, 404, 500])
def test_what_a_server_refuses_is_told_with_its_number(status: int) -> None:
    async def refusing(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    with pytest.raises(OrderRefused, match=f'answered {status}') as refused:
        got(refusing, '/secret?key=hidden')
    assert '/secret' in str(refused.value)
    assert 'hidden' not in str(refused.value)


def test_garbage_in_place_of_a_web_server_is_told() -> None:
    async def run() -> bytes:
        async def garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b'\x00\xff no http here\r\n\r\n')
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(garbage, '127.0.0.1', 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await fetch(f'http://127.0.0.1:{port}/', max_bytes=100, network=False)

    with pytest.raises(OrderRefused, match='cannot be had'):
        asyncio.run(run())


def test_a_server_that_is_not_there_is_told() -> None:
    async def run() -> bytes:
        async with served(page) as address:
            pass
        return await fetch(address, max_bytes=100, network=True)

    with pytest.raises(OrderRefused, match='cannot be had'):
        asyncio.run(run())


@pytest.mark.parametrize(
    'address',
    [
        '',
        'news',
        'ftp://127.0.0.1/',
        'file:///etc/hostname',
        'http://',
        'http://[::1',
        '://',
        'a' * 9999,
    ],
)
def test_what_is_no_web_address_is_told(address: str) -> None:
    with pytest.raises(OrderRefused, match='is no web address'):
        asyncio.run(fetch(address, max_bytes=100, network=True))


@pytest.mark.parametrize(
    'address', ['http://192.0.2.1/', 'https://example.org/feed', 'http://localhost.example.org/']
)
def test_without_the_network_other_computers_are_not_asked(address: str) -> None:
    with pytest.raises(MissingPart, match='set the parameter network'):
        asyncio.run(fetch(address, max_bytes=100, network=False))


@pytest.mark.parametrize('max_bytes', [0, -1, 10**9])
def test_a_size_that_makes_no_sense_is_refused(max_bytes: int) -> None:
    with pytest.raises(BehaviorError, match='max_bytes is'):
        asyncio.run(fetch('http://127.0.0.1/', max_bytes=max_bytes, network=False))
