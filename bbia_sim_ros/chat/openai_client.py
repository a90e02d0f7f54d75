"""The requests to a server with the OpenAI interface. Used in one event loop; imports aiohttp."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any
from typing import Final

import aiohttp

from bbia_sim_ros.chat.completion import error_text
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.openai_address import ServerAddress
from bbia_sim_ros.chat.sse import SseReader

MAX_EVENT_B: Final = 1 << 20
MAX_ERROR_B: Final = 1 << 16
MAX_LIST_B: Final = 1 << 22
_OPTIONAL: Final = ('chat_template_kwargs', 'stream_options', 'seed', 'temperature', 'top_p')
_LENGTH: Final = ('max_tokens', 'max_completion_tokens')
_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_STATUSES: Final = frozenset(map(int, HTTPStatus))
_NO_SUCH_PAGE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


class OpenAiClient:
    """Connections to one server. Everything that goes wrong is an `EngineError`."""

    def __init__(self, address: ServerAddress) -> None:
        self._address = address
        self._session: aiohttp.ClientSession | None = None
        # Fields that this server has refused; they are asked for no more.
        self._refused: set[str] = set()

    async def models(self) -> list[str]:
        """Return the names of the server's models; none where it has no such list."""
        async with self._request('GET', 'models') as response:
            if response.status in _NO_SUCH_PAGE:
                return []
            await self._check(response)
            body = await _beginning(response, MAX_LIST_B)
        try:
            entries = json.loads(body)['data'] or []
            return [str(entry['id']) for entry in entries]
        except (ValueError, RecursionError, LookupError, TypeError) as error:
            raise EngineError(
                f'{self._address.shown} has no list of models at {self._address.url("models")}: '
                'check the address, which often ends in /v1'
            ) from error

    async def stream(self, request: dict[str, Any]) -> AsyncGenerator[str, None]:
        """Ask for a completion; yield the data of each event."""
        asked = {
            **request,
            'stream': True,
            'stream_options': {'include_usage': True},
            # Half a minute of silence otherwise, with models that reason; see llama.cpp and vLLM.
            'chat_template_kwargs': {'enable_thinking': False},
        }
        while True:
            body = {key: value for key, value in asked.items() if key not in self._refused}
            if _LENGTH[0] in self._refused:
                body[_LENGTH[1]] = request[_LENGTH[0]]
            async with self._request('POST', 'chat/completions', json=body) as response:
                if response.status in _REFUSALS:
                    complaint = await self._complaint(response)
                    if not self._learned(complaint, body):
                        raise EngineError(complaint)
                    continue
                await self._check(response)
                async for data in self._events(response):
                    yield data
                return

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[str, None]:
        if response.content_type != 'text/event-stream':
            raise EngineError(
                f'{self._address.shown} answered with {response.content_type[:40]} instead of a '
                f'stream of events: check the address {self._address.base_url}, which often ends '
                'in /v1'
            )
        reader = SseReader(MAX_EVENT_B)
        async for received in response.content.iter_any():
            try:
                events = reader.feed(received)
            except ValueError as error:
                raise EngineError(f'{self._address.shown} went wrong: {error}') from error
            for data in events:
                yield data

    @contextlib.asynccontextmanager
    async def _request(
        self, method: str, path: str, **options: Any
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                trust_env=not self._address.is_local,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._address.connect_timeout_s
                ),
            )
        key = self._address.key
        headers = {'Authorization': f'Bearer {key}'} if key else {}
        url = self._address.url(path)
        try:
            async with self._session.request(
                method, url, headers=headers, allow_redirects=False, **options
            ) as response:
                yield response
        except aiohttp.ClientConnectorError as error:
            raise EngineError(
                f'{self._address.shown} cannot be reached ({error.strerror or error}): start it, '
                'or correct the address'
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what = ' '.join(str(error).split())[:200] or type(error).__name__
            raise EngineError(
                f'the connection with {self._address.shown} broke '
                f'({self._address.redacted(what)}): ask again'
            ) from error

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        """Raise `EngineError` unless the answer is a good one."""
        if response.status == HTTPStatus.OK:
            return
        raise EngineError(await self._complaint(response))

    async def _complaint(self, response: aiohttp.ClientResponse) -> str:
        """Return what a server has against a request, and what to do."""
        shown, status = self._address.shown, response.status
        if status in range(300, 400):
            elsewhere = response.headers.get('Location', 'nowhere')[:200]
            return f'{shown} sends everybody to {elsewhere!r}: write that address if it is right'
        said = self._address.redacted(_message(await _beginning(response, MAX_ERROR_B)))
        variable = self._address.key_variable or 'a variable that openai_key_variable names'
        advice = {
            HTTPStatus.UNAUTHORIZED: f'put a valid key into ${variable}',
            HTTPStatus.FORBIDDEN: f'put a key that may do this into ${variable}',
            HTTPStatus.NOT_FOUND: 'check its address, which often ends in /v1, and the model',
            HTTPStatus.TOO_MANY_REQUESTS: 'wait, or ask for fewer answers',
        }.get(HTTPStatus(status) if status in _STATUSES else HTTPStatus.OK, 'see its log')
        return f'{shown} answered {status}, {said!r}: {advice}'

    def _learned(self, complaint: str, body: dict[str, Any]) -> bool:
        """Note which of the fields sent a server does not know; return whether there is one."""
        for name in (*_OPTIONAL, _LENGTH[0]):
            if name in body and name in complaint:
                self._refused.add(name)
                return True
        return False


async def _beginning(response: aiohttp.ClientResponse, most_b: int) -> bytes:
    """Return a body, or its beginning where it is too long."""
    parts = bytearray()
    async for received in response.content.iter_any():
        parts += received
        if len(parts) >= most_b:
            break
    return bytes(parts[:most_b])


def _message(body: bytes) -> str:
    """Return what the body of an error says to a person."""
    text = body.decode(errors='replace')
    try:
        return error_text(json.loads(text))
    except (ValueError, RecursionError):
        return 'an HTML page' if text.lstrip().startswith('<') else error_text(text)
