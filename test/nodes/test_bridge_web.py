"""The dashboard's files, settings and meshes over HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.stack import share_directory
from support.bridge import Bridge
from support.bridge import running_bridge
from support.domains import reserved_domain

IS_BUILT = (share_directory() / 'web' / 'dist' / 'index.html').is_file()


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    with reserved_domain(), running_bridge() as made:
        yield made


@pytest.fixture(scope='module')
def mesh() -> Path:
    return next(prepare().root.glob('meshes/visual/*.stl'))


def test_the_page_is_served_or_says_how_to_build_it(bridge: Bridge) -> None:
    status, headers, body = bridge.get('/')
    assert headers['Content-Type'].startswith('text/html')
    assert headers['X-Content-Type-Options'] == 'nosniff'
    if IS_BUILT:
        assert status == 200
        assert headers['Cache-Control'] == 'no-cache'
    else:
        assert status == 503
        assert b'npm --prefix web' in body


@pytest.mark.skipif(not IS_BUILT, reason='the dashboard is not built')
def test_files_with_a_hash_in_their_name_are_kept_and_compressed(bridge: Bridge) -> None:
    scripts = (share_directory() / 'web' / 'dist' / 'assets').glob('*.js')
    script = max(scripts, key=lambda path: path.stat().st_size)
    status, headers, body = bridge.get(f'/assets/{script.name}', **{'Accept-Encoding': 'gzip'})
    assert status == 200
    assert headers['Content-Type'].startswith('text/javascript')
    assert 'immutable' in headers['Cache-Control']
    assert gzip.decompress(body) == script.read_bytes()


def test_the_page_is_told_where_the_bridge_is(bridge: Bridge) -> None:
    _, headers, body = bridge.get('/config.json')
    assert headers['Content-Type'].startswith('application/json')
    assert json.loads(body) == {
        'websocket': {'port': bridge.port, 'path': '/', 'secure': False},
        'token_needed': False,
        'namespace': '/',
    }


def test_meshes_of_the_robot_are_served(bridge: Bridge, mesh: Path) -> None:
    status, headers, body = bridge.get(f'/meshes/file{mesh}')
    assert (status, headers['Content-Type']) == (200, 'model/stl')
    assert body == mesh.read_bytes()


def test_a_mesh_is_not_sent_again_when_it_is_the_same(bridge: Bridge, mesh: Path) -> None:
    _, headers, _ = bridge.get(f'/meshes/file{mesh}')
    status, _, body = bridge.get(f'/meshes/file{mesh}', **{'If-None-Match': headers['ETag']})
    assert (status, body) == (304, b'')


@pytest.mark.parametrize(
    'path',
    [
        '/meshes/file/etc/passwd',
        '/meshes/file{root}/../../../../etc/passwd',
        '/meshes/file{root}/manifest.json',
        '/meshes/std_msgs/package.xml',
        '/meshes/std_msgs/../../../etc/passwd',
        '/meshes/std_msgs/..%2f..%2f..%2fetc%2fpasswd',
        '/meshes/no_such_package/a.stl',
        '/meshes/..%2f..%2fetc/passwd',
        '/meshes/file/%00.stl',
        '/../package.json',
        '/..%2fpackage.json',
        '/nothing.js',
    ],
)
def test_nothing_else_is_served(bridge: Bridge, path: str) -> None:
    status, _, body = bridge.get(path.format(root=prepare().root))
    assert status in {404, 503} if not path.startswith('/meshes') else status == 404
    assert b'root:' not in body


def test_the_port_of_the_bridge_says_what_it_speaks(bridge: Bridge) -> None:
    web_port, bridge.web_port = bridge.web_port, bridge.port
    try:
        status, _, body = bridge.get('/')
    finally:
        bridge.web_port = web_port
    assert status == 426
    assert b'WebSocket' in body
