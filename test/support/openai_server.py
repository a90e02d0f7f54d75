"""A server with the OpenAI interface on a port of this computer, which answers from a script.

Contract: each request for a completion takes the next `Reply` of the script; without one it is
answered with 500. Requests are recorded. One thread for the server and one for each connection.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any
from typing import Self

HOST = '127.0.0.1'
MODEL = 'scripted-model'


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A request for a completion."""

    body: dict[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What one request gets: a status, headers, and these bytes.

    After the last part the connection stays open and silent with `hang`, repeats it for ever with
    `endless`, and ends in the middle with `breaks_off`.
    """

    parts: tuple[bytes, ...] = ()
    status: int = 200
    content_type: str = 'text/event-stream'
    headers: Mapping[str, str] | None = None
    hang: bool = False
    endless: bool = False
    breaks_off: bool = False


def event(delta: Mapping[str, Any], finish_reason: str | None = None, **more: Any) -> bytes:
    """Return the event with one delta of an answer."""
    choice = {'index': 0, 'delta': delta, 'finish_reason': finish_reason}
    chunk = {'object': 'chat.completion.chunk', 'model': MODEL, 'choices': [choice], **more}
    return raw_event(json.dumps(chunk))


def raw_event(data: str) -> bytes:
    """Return an event with any data."""
    return f'data: {data}\n\n'.encode()


def text_reply(*pieces: str, finish_reason: str = 'stop', usage: Any = None) -> Reply:
    """Return an answer of pieces of text."""
    parts = [event({'role': 'assistant', 'content': ''})]
    parts += [event({'content': piece}) for piece in pieces]
    return Reply(parts=(*parts, *_ending(finish_reason, usage)))


def tool_reply(*calls: tuple[str, Mapping[str, Any] | str], cut_every: int = 7) -> Reply:
    """Return an answer of tool calls, each (name, arguments), whose arguments come in pieces."""
    parts = []
    for index, (name, arguments) in enumerate(calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        first = {'index': index, 'id': f'id_{index}', 'type': 'function'}
        parts.append(
            event({'tool_calls': [{**first, 'function': {'name': name, 'arguments': ''}}]})
        )
        for start in range(0, len(text), cut_every):
            piece = {'arguments': text[start : start + cut_every]}
            parts.append(event({'tool_calls': [{'index': index, 'function': piece}]}))
    return Reply(parts=(*parts, *_ending('tool_calls', None)))


def error_reply(status: int, message: str) -> Reply:
    """Return an error as servers put it."""
    body = json.dumps({'error': {'message': message, 'code': status}}).encode()
    return Reply(parts=(body,), status=status, content_type='application/json')


def _ending(finish_reason: str, usage: Any) -> list[bytes]:
    parts = [event({}, finish_reason)]
    if usage is not None:
        parts.append(raw_event(json.dumps({'choices': [], 'usage': usage})))
    return [*parts, raw_event('[DONE]')]


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # an engine may hang up at any time
            super().handle_error(request, client_address)


class OpenAiServer:
    """See the module's docstring; use it in a `with` block.

    Attributes
    ----------
    requests:
        The requests for completions so far.
    left:
        Set when an engine has hung up on an answer without an end.

    """

    def __init__(self, script: Iterable[Reply] = (), models: Iterable[str] = (MODEL,)) -> None:
        self.requests: list[Recorded] = []
        self._script = list(script)
        self._models = json.dumps({'data': [{'id': name} for name in models]}).encode()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.left = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                _respond(self, Reply(parts=(server._models,), content_type='application/json'))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                reply = server._next(Recorded(body=body, headers=dict(self.headers)))
                try:
                    _respond(self, reply)
                    while reply.endless:
                        _write_chunk(self, reply.parts[-1])
                    if reply.breaks_off:
                        self.close_connection = True
                    if reply.hang:
                        server._wait_for_end(self)
                except ConnectionError:
                    server.left.set()
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._http = _Http((HOST, 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        """The address that an engine is given."""
        return f'http://{HOST}:{self._http.server_address[1]}/v1'

    def add(self, *replies: Reply) -> None:
        """Append to the script."""
        with self._lock:
            self._script += replies

    def begin_anew(self, *replies: Reply) -> None:
        """Forget what was asked, and answer from another script from now on."""
        with self._lock:
            self._script = list(replies)
            self.requests.clear()
            self.left.clear()

    def _next(self, request: Recorded) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self._script.pop(0) if self._script else error_reply(500, 'no script left')

    def _wait_for_end(self, handler: BaseHTTPRequestHandler) -> None:
        """Wait until the other end hangs up, or the server closes."""
        handler.connection.settimeout(0.02)
        while not self._over.is_set():
            try:
                if not handler.connection.recv(1):
                    break
            except TimeoutError:
                continue
        self.left.set()
        handler.close_connection = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def _respond(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.send_response(reply.status)
    handler.send_header('Content-Type', reply.content_type)
    handler.send_header('Transfer-Encoding', 'chunked')
    for name, value in (reply.headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    for part in reply.parts:
        _write_chunk(handler, part)
    if not (reply.hang or reply.endless or reply.breaks_off):
        handler.wfile.write(b'0\r\n\r\n')


def _write_chunk(handler: BaseHTTPRequestHandler, part: bytes) -> None:
    handler.wfile.write(b'%x\r\n%b\r\n' % (len(part), part))
    handler.wfile.flush()
