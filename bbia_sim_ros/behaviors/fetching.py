"""What a web address gives, for behaviors that read news or weather.

Contract
    One GET of an http or https address, followed through at most `MAX_REDIRECTS` others, within
    `TIMEOUT_S` for all of it. An answer of more than ``max_bytes`` is refused, not cut; it counts
    unpacked. Nothing but GET, no cookies, no files. Without ``network`` only addresses of this
    computer are asked, each redirect included. One event loop; nothing is kept between two calls.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

from bbia_sim_ros.addresses import is_loopback
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused

TIMEOUT_S: Final = 15.0
MAX_REDIRECTS: Final = 5
MOST_B: Final = 20_000_000
NETWORK_OFF: Final = 'the network is switched off: set the parameter network of the node behavior'
_SHOWN: Final = 200
_MAX_ADDRESS: Final = 4096
_HEADERS: Final = {'User-Agent': 'bbia_sim_ros', 'Accept-Encoding': 'gzip, identity'}


async def fetch(
    address: str, *, max_bytes: int, network: bool, timeout_s: float = TIMEOUT_S
) -> bytes:
    """Return what an address gives.

    Raises `OrderRefused` with the reason why there is nothing, `MissingPart` for an address in the
    network when that may not be used.
    """
    if not 1 <= max_bytes <= MOST_B:
        raise OrderRefused(f'max_bytes is {max_bytes}; allowed is 1 .. {MOST_B}')
    url = _checked(address, network=network)
    try:
        async with asyncio.timeout(timeout_s):
            return await _follow(url, max_bytes, network=network)
    except TimeoutError as error:
        raise OrderRefused(
            f'{_shown(url)} gave no whole answer within {timeout_s:g} s: ask again later'
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise OrderRefused(
            f'{_shown(url)} cannot be had ({_reason(error)}): check the address and the network'
        ) from error


async def _follow(url: URL, max_bytes: int, *, network: bool) -> bytes:
    # What is on this computer is not asked through a proxy.
    async with aiohttp.ClientSession(
        headers=_HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=network and not is_loopback(url.host or ''),
    ) as session:
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await _body(response, max_bytes)
                target = response.headers.get('Location', '')
            try:
                there = str(url.join(URL(target)))
            except ValueError:
                there = target
            url = _checked(there, network=network)
        raise OrderRefused(
            f'it was sent on more than {MAX_REDIRECTS} times, at last to {_shown(url)}'
        )


_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if response.status != HTTPStatus.OK:
        said = f'{response.status} {response.reason or ""}'.strip()[:_SHOWN]
        raise OrderRefused(f'{_shown(response.url)} answered {said}: check the address')
    body = bytearray()
    async for received in response.content.iter_any():
        body += received
        if len(body) > max_bytes:
            raise OrderRefused(f'{_shown(response.url)} gives more than {max_bytes} bytes')
    return bytes(body)


def _checked(address: str, *, network: bool) -> URL:
    """Return an address that may be asked; raises `OrderRefused` or `MissingPart`."""
    try:
        if len(address) > _MAX_ADDRESS:
            raise ValueError(f'{len(address)} characters, {_MAX_ADDRESS} are allowed')
        url = URL(address.strip())
        known = url.scheme in {'http', 'https'} and bool(url.host) and url.port != 0
    except ValueError as error:
        raise OrderRefused(f'{address[:_SHOWN]!r} is no web address: {error}') from error
    if not known:
        raise OrderRefused(
            f'{address[:_SHOWN]!r} is no web address; write one that begins with http:// or https://'
        )
    if not network and not is_loopback(url.host or ''):
        raise MissingPart(f'{_shown(url)}: {NETWORK_OFF}')
    return url


def _shown(url: URL) -> str:
    """Return an address for a message: without user, password and query, which may hold keys."""
    return str(url.with_user(None).with_query(None).with_fragment(None))[:_SHOWN]


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.strerror or str(error.os_error) or type(error.os_error).__name__
    return ' '.join(str(error).split())[:_SHOWN] or type(error).__name__
