"""Where a server with the OpenAI interface is, and which key it is sent. Pure."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult
from urllib.parse import urlsplit

from bbia_sim_ros.addresses import is_loopback

_KEY: Final = re.compile(r'[\x21-\x7e]+')


@dataclass(frozen=True, kw_only=True)
class ServerAddress:
    """A server; ``key_variable`` is the name of an environment variable, not a key."""

    base_url: str
    key_variable: str = ''
    connect_timeout_s: float = 5.0

    def problem(self) -> str:
        """Return what is wrong with it and what to write instead; empty for nothing."""
        example = 'write one such as http://localhost:11434/v1'
        if not self.base_url:
            return f'no server is named: {example}'
        try:
            parts = self._parts()
            known = parts.scheme in {'http', 'https'} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            return f'the server is no web address: {example}'
        if parts.username or parts.password or parts.query or parts.fragment:
            return f'the address of the server has more than a path: {example}'
        if self.key and not _KEY.fullmatch(self.key):
            return f'the key in ${self.key_variable} has blanks or signs that no key has: set it'
        return ''

    @property
    def shown(self) -> str:
        """How errors name it."""
        return f'the server {self._parts().netloc}'

    @property
    def key(self) -> str:
        """The key, empty for none; never show it."""
        return os.environ.get(self.key_variable, '').strip() if self.key_variable else ''

    @property
    def is_local(self) -> bool:
        """Whether it is on this computer."""
        host = self._parts().hostname or ''
        # Names below localhost are looked up on this computer only (RFC 6761).
        return is_loopback(host) or host.endswith('.localhost')

    def url(self, path: str) -> str:
        """Return the address of something on the server."""
        return f'{self.base_url.rstrip("/")}/{path}'

    def redacted(self, text: str) -> str:
        """Return a text without the key, which some servers repeat."""
        return text.replace(self.key, '***') if self.key else text

    def _parts(self) -> SplitResult:
        return urlsplit(self.base_url)
