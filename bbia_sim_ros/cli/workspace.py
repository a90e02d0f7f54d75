"""Setup steps that compile: the message packages, then the root package, with colcon.

Contract: everything goes to `.bbia/build` and `.bbia/install` (merged). Interface packages that the
wheels already have are skipped. The build folder is thrown away when `.venv` is another one than it
was made with, and after a build that was killed: make does not notice a half-written file.

The root package is a step of its own: the messages take minutes and change rarely. Its code runs
from the checkout (environment.py), so an edited Python file needs no new build; an added or removed
one does, and so do the launch, config, URDF and packaging files. `--symlink-install` would do the
same, but colcon calls an option of `setup.py develop` that setuptools has removed.
"""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from bbia_sim_ros.cli.child import run_logged
from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.progress import Row
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import names_fingerprint
from bbia_sim_ros.cli.steps import tree_fingerprint

INSTALLED_FILES = ('config', 'launch', 'package.xml', 'resource', 'setup.cfg', 'setup.py', 'urdf')
FINISHED = re.compile(r'Finished <<< (\S+)')
STARTING = re.compile(r'Starting >>> (\S+)')
PERCENT = re.compile(r'\[ *(\d+)%\]')


def interface_folders(layout: Layout) -> list[Path]:
    """Return the folders of the message packages to compile, those of the wheels left out."""
    candidates = [*sorted(layout.root.glob('interfaces/*/package.xml'))]
    candidates += layout.root.glob('bbia_msgs/package.xml')
    installed = layout.venv / 'share' / 'ament_index' / 'resource_index' / 'packages'
    return [
        manifest.parent
        for manifest in candidates
        if not (installed / package_name(manifest)).exists()
    ]


def package_name(manifest: Path) -> str:
    """Return the name in a package.xml. Raises CommandError when it has none."""
    try:
        name = ElementTree.parse(manifest).findtext('name')
    except ElementTree.ParseError as error:
        raise CommandError(f'{manifest} is not XML: {error}') from error
    if not name:
        raise CommandError(f'{manifest} names no package')
    return name.strip()


def workspace_steps(layout: Layout) -> list[Step]:
    """Return the steps that compile this checkout's packages."""
    message_sources = [layout.root / 'interfaces', layout.root / 'bbia_msgs']
    installed = [layout.root / name for name in INSTALLED_FILES]
    code = layout.root / 'bbia_sim_ros'
    return [
        Step(
            name='messages',
            title='Message packages',
            inputs=lambda: tree_fingerprint(message_sources),
            run=lambda task: _build_messages(layout, task),
            after=('cmake-repair',),
            outputs=(layout.install,),
            disk_b=150 * 10**6,
        ),
        Step(
            name='package',
            title='bbia_sim_ros package',
            inputs=lambda: tree_fingerprint(installed) + names_fingerprint(code),
            run=lambda task: _build_root(layout, task),
            after=('messages',),
            outputs=(layout.install / 'share' / 'bbia_sim_ros',),
        ),
    ]


def _build_messages(layout: Layout, task: Task) -> None:
    made_with = layout.build / 'made-with'
    present = Stamps(layout.stamps).run_id('venv')
    if task.interrupted or not _says(made_with, present):
        shutil.rmtree(layout.build, ignore_errors=True)
        shutil.rmtree(layout.install, ignore_errors=True)
    layout.build.mkdir(parents=True, exist_ok=True)
    made_with.write_text(present, encoding='utf-8')
    layout.install.mkdir(exist_ok=True)
    folders = interface_folders(layout)
    if folders:
        _colcon(layout, folders, task.row, log='messages.log')


def _says(path: Path, content: str) -> bool:
    return path.is_file() and path.read_text(encoding='utf-8') == content


def _build_root(layout: Layout, task: Task) -> None:
    if task.interrupted:
        shutil.rmtree(layout.build / 'bbia_sim_ros', ignore_errors=True)
    _colcon(layout, [layout.root], task.row, log='package.log')


def _colcon(layout: Layout, folders: Sequence[Path], row: Row, *, log: str) -> None:
    variables = environment(layout, os.environ).variables
    variables['MAKEFLAGS'] = f'-j{os.cpu_count() or 1}'
    command: list[str | Path] = [
        layout.python, '-m', 'colcon', '--log-base', layout.log / 'colcon',
        'build', '--merge-install',
        '--build-base', layout.build, '--install-base', layout.install,
        '--paths', *folders,
        '--event-handlers', 'console_direct+', 'status-', 'desktop_notification-',
        '--cmake-args', '-DBUILD_TESTING=OFF', f'-DPython3_EXECUTABLE={layout.python}',
        # Nobody compiles C++ against this environment; leaving that out saves minutes.
        '-DPYTHON_ONLY=ON',
    ]  # fmt: skip
    finished: set[str] = set()
    best = 0.0

    def on_line(line: str) -> None:
        nonlocal best
        if match := FINISHED.search(line):
            finished.add(match[1])
        started = STARTING.search(line)
        percent = PERCENT.search(line)
        partial = int(percent[1]) / 100 if percent and len(finished) < len(folders) else 0.0
        best = max(best, len(finished) + partial)
        row.update(best, len(folders), started[1] if started else row.what)

    run_logged(command, log=layout.log / log, environment=variables, cwd=layout.root,
               on_line=on_line)  # fmt: skip
