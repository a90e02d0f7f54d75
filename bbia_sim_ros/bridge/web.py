"""The dashboard over HTTP: the built page, its settings, and the robot's meshes.

| address | what |
|---|---|
| `/`, `/assets/...` | the built dashboard; files below `assets` carry a hash in their name |
| `/config.json` | where the WebSocket is, and whether a token is needed |
| `/metrics` | numbers for Prometheus (`bridge/metrics.py`), for who may use the bridge (below) |
| `/meshes/file/ABSOLUTE/PATH` | the mesh of a `file://` URI, below the prepared asset folder only |
| `/meshes/PACKAGE/PATH` | the mesh of a `package://` URI, below that package's share folder only |

Nothing outside these folders is served, whatever `..` or links a path holds, and of the mesh
folders only model and texture files. The page has to come before anybody can enter a token, so the
files need none; what is told of the running robot wants the token of the bridge, if it has one, as
`Authorization: Bearer TOKEN`, and is kept from pages of other origins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.exposition import CONTENT_TYPE

_FOREVER = 'public, max-age=31536000, immutable'
_CHECK = 'no-cache'
_LONG_ENOUGH_B = 1024
_MODELS = {'.stl', '.obj', '.mtl', '.dae', '.glb', '.gltf', '.bin', '.png', '.jpg', '.jpeg'}
_TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.mjs': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.json': 'application/json',
    '.map': 'application/json',
    '.svg': 'image/svg+xml',
    '.webmanifest': 'application/manifest+json',
    '.wasm': 'application/wasm',
    '.png': 'image/png',
    '.jpg': 'image/jpeg',
    '.jpeg': 'image/jpeg',
    '.ico': 'image/x-icon',
    '.woff2': 'font/woff2',
    '.stl': 'model/stl',
    '.obj': 'model/obj',
    '.dae': 'model/vnd.collada+xml',
    '.glb': 'model/gltf-binary',
    '.gltf': 'model/gltf+json',
}
_COMPRESSED = {'.html', '.js', '.mjs', '.css', '.json', '.map', '.svg', '.stl', '.obj', '.dae'}
_HEADERS = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'SAMEORIGIN'}
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bbia_sim_ros</title>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto">
<h1>The dashboard is not built yet</h1>
<p>The bridge itself is running: rosbridge clients can connect to its WebSocket.</p>
<p>To build the page (Node.js is needed), run in the source folder, then reload:</p>
<pre>npm --prefix web ci
npm --prefix web run build</pre>
"""


@dataclass(frozen=True, kw_only=True)
class WebFolders:
    """Where files are; the functions raise LookupError with a reason."""

    dashboard: Callable[[], Path | None]
    """Folder of the built dashboard, None when it is not built."""
    assets: Callable[[], Path]
    """Folder of the robot's prepared assets; it may have to wait for them, in a thread."""
    package_share: Callable[[str], Path]
    """Share folder of a package."""


class WebServer:
    """See the module's docstring."""

    def __init__(
        self,
        folders: WebFolders,
        config: Callable[[], Mapping[str, Any]],
        *,
        access: Callable[[], Access],
        metrics: Callable[[], Awaitable[str]],
    ) -> None:
        self._folders = folders
        self._config = config
        self._access = access
        self._metrics = metrics

    def application(self) -> web.Application:
        """Return the application."""
        application = web.Application()
        application.router.add_get('/config.json', self._on_config)
        application.router.add_get('/metrics', self._on_metrics)
        application.router.add_get('/meshes/{package}/{path:.*}', self._on_mesh)
        application.router.add_get('/{path:.*}', self._on_page)
        return application

    async def _on_config(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._config(), headers={**_HEADERS, 'Cache-Control': _CHECK})

    async def _on_metrics(self, request: web.Request) -> web.StreamResponse:
        access = self._access()
        origin = request.headers.get('Origin')
        if not access.origin_allowed(origin, request.host):
            raise web.HTTPForbidden(text=f'origin {origin} may not read this\n')
        if access.token and not access.knows_header(request.headers.get('Authorization', '')):
            raise web.HTTPUnauthorized(
                text='the token of the bridge is needed (Authorization: Bearer TOKEN)\n',
                headers={'WWW-Authenticate': 'Bearer'},
            )
        return web.Response(
            text=await self._metrics(),
            headers={**_HEADERS, 'Cache-Control': 'no-store', 'Content-Type': CONTENT_TYPE},
        )

    async def _on_page(self, request: web.Request) -> web.StreamResponse:
        root = self._folders.dashboard()
        if root is None:
            return web.Response(
                status=503, text=_NOT_BUILT, content_type='text/html', headers=_HEADERS
            )
        path = request.match_info['path'] or 'index.html'
        found = _below(root, path)
        if found is None:
            raise web.HTTPNotFound(text=f'there is no {path!r}\n')
        return _file(request, found, _FOREVER if path.startswith('assets/') else _CHECK)

    async def _on_mesh(self, request: web.Request) -> web.StreamResponse:
        package, path = request.match_info['package'], request.match_info['path']
        try:
            if package == 'file':
                # Another process may be preparing them just now.
                assets = await asyncio.to_thread(self._folders.assets)
                found = _below(assets, f'/{path}')
            else:
                found = _below(self._folders.package_share(package), path)
        except LookupError as error:
            raise web.HTTPNotFound(text=f'{error.args[0]}\n') from None
        if found is None or found.suffix.lower() not in _MODELS:
            raise web.HTTPNotFound(text=f'there is no mesh {path!r}\n')
        return _file(request, found, _CHECK)


def _below(root: Path, path: str) -> Path | None:
    """Return a file below a folder, None when there is none or it lies elsewhere."""
    try:
        found = (root / path).resolve()
        is_there = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, ValueError):
        return None
    return found if is_there else None


def _file(request: web.Request, path: Path, caching: str) -> web.FileResponse:
    suffix = path.suffix.lower()
    response = web.FileResponse(path, headers={**_HEADERS, 'Cache-Control': caching})
    response.content_type, _, charset = _TYPES.get(suffix, 'application/octet-stream').partition(
        '; charset='
    )
    if charset:
        response.charset = charset
    # aiohttp 3.14 compresses even the empty body of "not modified", which is no valid answer.
    is_conditional = 'If-None-Match' in request.headers or 'If-Modified-Since' in request.headers
    if suffix in _COMPRESSED and path.stat().st_size >= _LONG_ENOUGH_B and not is_conditional:
        response.enable_compression()
    return response
