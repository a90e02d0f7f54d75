"""What a web address gives, for behaviors that read news or weather.

Contract
    One GET of an http or https address, followed through at most `MAX_REDIRECTS` others, within
    `TIMEOUT_S` for all of it. An answer of more than ``max_bytes`` is refused, not cut; it counts
    unpacked. Nothing but GET, no cookies, no files, no logins of a netrc file. Without ``network``
    only addresses of this computer are asked, each redirect included. One event loop; nothing is
    kept between two calls.
    No redirect leads from https to http, or from the internet to this computer or the local
    network: what a name stands for is checked when it is connected to. Names that go through a
    proxy of the environment are looked up by that proxy; this computer is asked without one.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from http import HTTPStatus
from ipaddress import IPv6Address
from ipaddress import ip_address
from typing import Final
from urllib.request import getproxies
from urllib.request import proxy_bypass

import aiohttp
from yarl import URL

from bbia_sim_ros.addresses import is_loopback
from bbia_sim_ros.behaviors.errors import NETWORK_OFF
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused

TIMEOUT_S: Final = 15.0
MAX_REDIRECTS: Final = 5
MOST_B: Final = 20_000_000
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
    way = _Way()
    for _ in range(MAX_REDIRECTS + 1):
        proxy = _proxy_for(url)
        if proxy is not None:
            way.enter(url.host or '')
        async with (
            aiohttp.ClientSession(
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(socket_factory=None if proxy else way.connect),
            ) as session,
            session.get(url, proxy=proxy, allow_redirects=False) as response,
        ):
            if response.status not in _REDIRECTS:
                return await _body(response, max_bytes)
            location = response.headers.get('Location', '')
        url = redirected(url, location, network=network)
    raise OrderRefused(f'it was sent on more than {MAX_REDIRECTS} times, at last to {_shown(url)}')


def redirected(url: URL, location: str, *, network: bool) -> URL:
    """Return where an answer sends on to; raises as `fetch` does, also for one without TLS."""
    try:
        there = str(url.join(URL(location)))
    except ValueError:
        there = location
    target = _checked(there, network=network)
    if url.scheme == 'https' and target.scheme != 'https':
        raise OrderRefused(
            f'{_shown(url)} sends on to {_shown(target)}, which is not encrypted: give the address'
            ' itself if that is what you want'
        )
    return target


class _Way:
    """The hosts that one call of `fetch` has come by: from outside none leads to the inside."""

    def __init__(self) -> None:
        self._outside = False

    def connect(self, address_info: aiohttp.AddrInfoType) -> socket.socket:
        """Return a socket for an address; raises `PermissionError` for one out of bounds."""
        family, kind, protocol, _, address = address_info
        self.enter(str(address[0]))
        return socket.socket(family, kind, protocol)

    def enter(self, host: str) -> None:
        """Go to an address, or to a name that a proxy looks up; raises as `connect`."""
        if _is_outside(host):
            self._outside = True
        elif self._outside:
            raise PermissionError(
                errno.EACCES, f'the internet sent on to {host}, which is in the local network'
            )


def _is_outside(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return True
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_global


def _proxy_for(url: URL) -> URL | None:
    """Return the proxy that the environment gives for an address; never for this computer."""
    host = url.host or ''
    given = getproxies().get(url.scheme)
    if not given or is_loopback(host) or proxy_bypass(host):
        return None
    try:
        proxy = URL(given if '://' in given else f'http://{given}')
    except ValueError:
        proxy = URL()
    if proxy.scheme not in {'http', 'https'} or not proxy.host:
        raise OrderRefused(
            f'the proxy in {url.scheme}_proxy is no address that begins with http:// or https://:'
            ' correct that variable'
        )
    return proxy


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
