"""Who may connect, and what a client may use.

Safe by default: the bridge listens on loopback; bound to anything else it starts only with a token.
The token comes from the environment variable `BBIA_BRIDGE_TOKEN` or from a file that nobody but its
owner can read; it never is a parameter, never part of an address, and never logged; it is compared
in constant time. A client gives it as `Authorization: Bearer TOKEN`, as `{"op": "auth", "token":
TOKEN}`, or proves it with the fields of rosauth: `mac` is the SHA-512 of token, client, dest, rand,
t, level and end in this order (numbers as JavaScript writes them), `end` the time until which it
holds and `t` now, both s since 1970.

A page tells its origin; only origins of the allow list may connect, and where the bridge is not on
loopback (and so wants a token) also pages of the very host that the client asked for. In patterns
`*` stands for any characters. Pure, apart from reading the token's file once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from bbia_sim_ros.addresses import is_loopback
from bbia_sim_ros.bridge.operations import Auth

TOKEN_VARIABLE = 'BBIA_BRIDGE_TOKEN'
_SHORTEST_TOKEN = 16
_LARGEST_FILE_B = 4096
_CLOCK_TOLERANCE_S = 300.0


class AccessError(ValueError):
    """The bridge cannot start like this; says what to do."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The rules of one bridge; see the module's docstring. `token` is '' when none is needed."""

    token: str = field(repr=False)
    loopback: bool
    origins: tuple[str, ...]
    topics: tuple[str, ...]
    publish: tuple[str, ...]
    services: tuple[str, ...]
    actions: tuple[str, ...]

    def knows(self, token: str) -> bool:
        """Whether a client's token is the right one."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def knows_header(self, authorization: str) -> bool:
        """Whether an Authorization header carries the right token."""
        scheme, _, token = authorization.partition(' ')
        return scheme.lower() == 'bearer' and self.knows(token.strip())

    def accepts(self, auth: Auth, now: float) -> bool:
        """Whether an `auth` operation proves the token at `now`, s since 1970."""
        if auth.token:
            return self.knows(auth.token)
        if not auth.mac or abs(now - auth.t) > _CLOCK_TOLERANCE_S or now > auth.end:
            return False
        return hmac.compare_digest(
            auth.mac.lower().encode(), rosauth_mac(self.token, auth).encode()
        )

    def origin_allowed(self, origin: str | None, host: str) -> bool:
        """Whether a page of this origin may connect; `host` is the Host header."""
        if origin is None or matches(origin, self.origins):
            return True
        page = _hostname(origin)
        return not self.loopback and page is not None and page == _hostname(f'//{host}')


def rosauth_mac(token: str, auth: Auth) -> str:
    """Return the proof that rosauth's clients send, hexadecimal."""
    parts = (
        token,
        auth.client,
        auth.dest,
        auth.rand,
        _javascript(auth.t),
        auth.level,
        _javascript(auth.end),
    )
    return hashlib.sha512(''.join(parts).encode()).hexdigest()


def load_token(environment: Mapping[str, str], token_file: str) -> str:
    """Return the token, '' when there is none; raises `AccessError`."""
    if token_file:
        token, source = _read(Path(token_file).expanduser()), token_file
    else:
        token, source = environment.get(TOKEN_VARIABLE, '').strip(), TOKEN_VARIABLE
    if token and len(token) < _SHORTEST_TOKEN:
        raise AccessError(
            f'the token of {source} has {len(token)} characters, at least {_SHORTEST_TOKEN} are'
            ' needed; make one with: python3 -c "import secrets; print(secrets.token_urlsafe())"'
        )
    return token


def require_token_unless_loopback(host: str, token: str) -> None:
    """Refuse to listen beyond this computer without a token; raises `AccessError`."""
    if is_loopback(host) or token:
        return
    raise AccessError(
        f'host {host!r} can be reached from other computers, so a token is needed: set the'
        f' environment variable {TOKEN_VARIABLE} or the parameter token_file, or set host to'
        ' 127.0.0.1'
    )


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name matches one of the patterns; `*` stands for any characters."""
    return any(_pattern(pattern).fullmatch(name) for pattern in patterns)


@lru_cache(256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile('.*'.join(map(re.escape, pattern.split('*'))), re.DOTALL)


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _javascript(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _read(path: Path) -> str:
    try:
        with path.open('rb') as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            content = file.read(_LARGEST_FILE_B)
    except OSError as error:
        raise AccessError(f'token_file {path} cannot be read: {error.strerror}') from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessError(
            f'token_file {path} can be read by others (mode {mode:03o}); chmod 600 it'
        )
    try:
        token = content.decode().strip()
    except UnicodeDecodeError as error:
        raise AccessError(f'token_file {path} is not text') from error
    if not token:
        raise AccessError(f'token_file {path} is empty')
    return token
