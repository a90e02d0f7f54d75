"""Finding uv, and telling it what this machine has configured for pip.

Contract: `find_uv` uses the uv on PATH when it is new enough, else the one it installed under the
state folder, else installs that with pip (network). Nothing else is written. Several threads may
call it; one of them installs.
uv reads none of pip's settings, so `uv_environment` passes on the two that decide where packages
come from: a folder of local wheels and an own index.
"""

import ast
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.interpreter import running_python

OWN_UV = 'uv==0.13.9'
OLDEST_UV = (0, 7)  # has --torch-backend
PIP_FIX = 'sudo apt install python3-pip (or install uv itself and put it on PATH)'

_installing = threading.Lock()


def find_uv(state: Path) -> Path:
    """Return the path of a usable uv. Raises CommandError when pip cannot bring one."""
    own = state / 'uv' / 'bin' / 'uv'
    on_path = shutil.which('uv')
    with _installing:
        for candidate in (Path(on_path) if on_path else own, own):
            if _version(candidate) >= OLDEST_UV:
                return candidate
        _install(own)
        if _version(own) < OLDEST_UV:
            raise CommandError(f'{own} was installed but does not run', PIP_FIX)
        return own


def _version(uv: Path) -> tuple[int, ...]:
    try:
        shown = subprocess.run(
            [uv, '--version'], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.match(r'uv (\d+)\.(\d+)', shown.stdout)
    return tuple(int(part) for part in match.groups()) if match else ()


def _install(own: Path) -> None:
    target = own.parents[1]
    shutil.rmtree(target, ignore_errors=True)
    command = [running_python(), '-m', 'pip', 'install', '--quiet']
    command += ['--target', str(target), OWN_UV]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        reason = (result.stderr or result.stdout).strip().splitlines() or ['no message']
        raise CommandError(f'uv is not on PATH and pip could not install it: {reason[-1]}', PIP_FIX)


def find_links(environ: Mapping[str, str]) -> list[str]:
    """Return the wheel folders that uv or pip is told to look in, by variable or pip's own file."""
    if environ.get('UV_FIND_LINKS'):
        return [part for part in environ['UV_FIND_LINKS'].split(',') if part]
    command = [running_python(), '-m', 'pip', 'config', 'list']
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=dict(environ))
    folders: list[str] = []
    for line in result.stdout.splitlines() if result.returncode == 0 else ():
        name, _, value = line.partition('=')
        if name.endswith('.find-links'):
            folders += str(ast.literal_eval(value)).split()
    return list(dict.fromkeys(folders))


def local_wheel(name: str, *, tag: str, environ: Mapping[str, str]) -> Path | None:
    """Return a wheel of `name` ('torch-2.13.0') for Python `tag` ('cp311') in those folders."""
    for folder in find_links(environ):
        for wheel in sorted(Path(folder).glob(f'{name}*-{tag}-*.whl')):
            return wheel
    return None


def uv_environment(environ: Mapping[str, str], *, state: Path) -> dict[str, str]:
    """Return the variables for running uv: as given, plus pip's sources, minus any other venv."""
    result = dict(environ)
    result.pop('VIRTUAL_ENV', None)
    links = find_links(environ)
    if links:
        result['UV_FIND_LINKS'] = ','.join(links)
    if 'PIP_INDEX_URL' in environ:
        result.setdefault('UV_DEFAULT_INDEX', environ['PIP_INDEX_URL'])
    if 'UV_CACHE_DIR' not in environ and not home_is_usable(environ):
        result['UV_CACHE_DIR'] = str(state / 'cache' / 'uv')
    result['UV_NO_PROGRESS'] = '1'
    return result


def home_is_usable(environ: Mapping[str, str]) -> bool:
    """Whether programs may write below HOME."""
    home = environ.get('HOME', '')
    return bool(home) and os.access(home, os.W_OK)
