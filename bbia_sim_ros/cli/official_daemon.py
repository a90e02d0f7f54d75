"""Setup step of the official Reachy Mini daemon, which tests and measurements compare with.

Contract: it lives in an environment of its own, `.bbia/daemon-venv`, made anew whenever the step
runs, with exactly the packages of requirements/daemon.lock. One of them, PyGObject, is compiled,
and the daemon does not start without GStreamer's type libraries: system packages that `./bbia up`
does without, so the step is optional and `check_system_parts` names what is missing.
BBIA_DAEMON_VENV names an existing environment instead; nothing is made then.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.packages import MEGABYTE
from bbia_sim_ros.cli.packages import create_venv
from bbia_sim_ros.cli.packages import run_uv
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.prerequisites import package_command
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import file_digest
from bbia_sim_ros.cli.uv import find_uv

VENV_VARIABLE = 'BBIA_DAEMON_VENV'
LOCK = Path('requirements', 'daemon.lock')
LIBRARIES = ('cairo', 'gobject-introspection-1.0')  # as pkg-config names them
TYPE_LIBRARIES = ('Gst-1.0', 'GstApp-1.0')
PKG_CONFIG_TIMEOUT_S = 20


def program(layout: Layout, environ: Mapping[str, str]) -> Path:
    """Return where the daemon's program is, or would be."""
    venv = Path(environ.get(VENV_VARIABLE) or layout.daemon_venv)
    return venv / 'bin' / 'reachy-mini-daemon'


def official_daemon_steps(layout: Layout) -> list[Step]:
    """Return the step that makes the environment; none when the person names one."""
    if os.environ.get(VENV_VARIABLE):
        return []
    return [
        Step(
            name='official-daemon',
            title='Official daemon for the tests',
            inputs=lambda: f'{layout.root} {file_digest(layout.root / LOCK)}',
            run=lambda task: _make(layout, task),
            outputs=(program(layout, {}),),
            disk_b=350 * MEGABYTE,
            check=check_system_parts,
        )
    ]


def _make(layout: Layout, task: Task) -> None:
    create_venv(layout, layout.daemon_venv, prompt='official-daemon', row=task.row)
    command: list[str | Path] = [find_uv(layout.state), 'pip', 'install', '--no-deps']
    command += ['--python', layout.daemon_venv / 'bin' / 'python', '-r', layout.root / LOCK]
    run_uv(layout, command, log='official-daemon.log', row=task.row)


def check_system_parts() -> Finding:
    """The compiler and libraries for PyGObject, and the type libraries that the daemon loads."""
    missing = [] if shutil.which('cc') or shutil.which('gcc') else ['C compiler']
    if shutil.which('pkg-config') is None:
        missing.append('pkg-config')  # without it nobody knows about the others
    else:
        missing += [name for name in LIBRARIES if _pkg_config('--exists', name) is None]
        missing += [name for name in TYPE_LIBRARIES if not _has_type_library(name)]
    if not missing:
        return Finding(OK, 'tests', 'the official daemon can be set up')
    fix = package_command(
        debian=(
            'gcc pkg-config libcairo2-dev libgirepository1.0-dev gir1.2-gstreamer-1.0'
            ' gir1.2-gst-plugins-base-1.0'
        ),
        fedora='gcc pkgconf-pkg-config cairo-gobject-devel gobject-introspection-devel'
        ' gstreamer1 gstreamer1-plugins-base',
        arch='gcc pkgconf cairo gobject-introspection gst-plugins-base-libs',
    )
    return Finding(WARN, 'tests', f'missing: {", ".join(missing)}; its tests are skipped', fix)


def check_official_daemon(layout: Layout) -> Finding:
    """The daemon is there for the tests; nothing else needs it."""
    installed = program(layout, os.environ)
    if installed.exists():
        return Finding(OK, 'tests', f'official daemon to compare with: {installed}')
    if os.environ.get(VENV_VARIABLE):
        text = f'{VENV_VARIABLE} is set, but there is no {installed}'
        return Finding(WARN, 'tests', text, f'unset {VENV_VARIABLE}, then ./bbia setup --tests')
    finding = check_system_parts()
    if finding.level == OK:
        return Finding(OK, 'tests', 'the official daemon will be set up by ./bbia test')
    return Finding(WARN, 'tests', f'no official daemon, {finding.text}', finding.fix)


def _has_type_library(name: str) -> bool:
    folders = os.environ.get('GI_TYPELIB_PATH', '').split(os.pathsep)
    folders.append(_pkg_config('--variable=typelibdir', 'gobject-introspection-1.0') or '')
    return any(Path(folder, f'{name}.typelib').exists() for folder in folders if folder)


def _pkg_config(*arguments: str) -> str | None:
    """Return what pkg-config answers; None when it fails."""
    try:
        result = subprocess.run(
            ['pkg-config', *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=PKG_CONFIG_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None
