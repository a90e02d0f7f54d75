"""A model hub on a port of this computer, with as much of its interface as a download needs.

Contract: it has one model at one revision, all files of a folder. Downloads can be broken off in
the middle, and are resumed by range requests. Requests are recorded. For HF_ENDPOINT.
"""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = '127.0.0.1'
MODEL = 'someone/tiny'
REVISION = '0123456789abcdef0123456789abcdef01234567'


class HubServer:
    """See the module's docstring; use it in a `with` block.

    Attributes
    ----------
    break_after_b, breaks_left:
        So many downloads of weights end after so many bytes, as if the network had failed.
    requests:
        Method, path and Range of each request.

    """

    def __init__(self, folder: Path) -> None:
        self.break_after_b = 0
        self.breaks_left = 0
        self.requests: list[tuple[str, str, str]] = []
        self._files = {path.name: path.read_bytes() for path in folder.iterdir()}
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            disable_nagle_algorithm = True

            def do_HEAD(self) -> None:
                hub._answer(self)

            def do_GET(self) -> None:
                hub._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer((HOST, 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def endpoint(self) -> str:
        """The value for HF_ENDPOINT."""
        return f'http://{HOST}:{self._http.server_address[1]}'

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition('?')[0]
        self.requests.append((handler.command, path, handler.headers.get('Range', '')))
        name = path.removeprefix(f'/{MODEL}/resolve/{REVISION}/')
        if path == f'/api/models/{MODEL}/revision/{REVISION}':
            siblings = [{'rfilename': name} for name in self._files]
            self._send_json(handler, {'id': MODEL, 'sha': REVISION, 'siblings': siblings})
        elif path == f'/api/models/{MODEL}/tree/{REVISION}':
            self._send_json(handler, [self._entry(name) for name in self._files])
        elif name in self._files:
            self._send_file(handler, name)
        else:
            self._send_json(handler, {'error': 'not found'}, 404, {'X-Error-Code': 'RepoNotFound'})

    def _entry(self, name: str) -> dict[str, object]:
        content = self._files[name]
        oid = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        return {'type': 'file', 'path': name, 'size': len(content), 'oid': oid}

    def _send_file(self, handler: BaseHTTPRequestHandler, name: str) -> None:
        content = self._files[name]
        asked = handler.headers.get('Range', '').removeprefix('bytes=').partition('-')
        start = int(asked[0] or 0)
        end = min(int(asked[2] or len(content) - 1), len(content) - 1) + 1
        handler.send_response(206 if asked[0] else 200)
        handler.send_header('Content-Length', str(end - start))
        handler.send_header('ETag', f'"{self._entry(name)["oid"]}"')
        handler.send_header('X-Repo-Commit', REVISION)
        handler.send_header('Accept-Ranges', 'bytes')
        handler.send_header('Content-Range', f'bytes {start}-{end - 1}/{len(content)}')
        handler.end_headers()
        if handler.command == 'HEAD':
            return
        if self.breaks_left and name.endswith('.safetensors'):
            self.breaks_left -= 1
            end = min(end, start + self.break_after_b)
            handler.close_connection = True
        handler.wfile.write(content[start:end])

    def _send_json(
        self,
        handler: BaseHTTPRequestHandler,
        answer: object,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        body = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header('Content-Type', 'application/json')
        handler.send_header('Content-Length', str(len(body)))
        for key, value in (headers or {}).items():
            handler.send_header(key, value)
        handler.end_headers()
        if handler.command != 'HEAD':
            handler.wfile.write(body)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
