"""Fetching from web servers that answer, and from those that answer badly."""

from __future__ import annotations

import asyncio
import contextlib
import gzip

import pytest
from aiohttp import web

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.fetching import fetch
from support.page_server import PAGE
from support.page_server import got
from support.page_server import page
from support.page_server import served


def test_a_page_of_this_computer_is_fetched_also_without_the_network() -> None:
    assert got(page) == PAGE
    assert got(page, network=False) == PAGE


def test_a_page_is_unpacked() -> None:
    async def packed(request: web.Request) -> web.StreamResponse:
        assert 'gzip' in request.headers['Accept-Encoding']
        return web.Response(body=gzip.compress(PAGE), headers={'Content-Encoding': 'gzip'})

    assert got(packed) == PAGE


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
