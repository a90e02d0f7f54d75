"""Setup steps of the Python environment: `.venv`, the pinned packages, torch, the CMake repair.

Contract: packages are installed exactly as pinned and without their declared dependencies, some of
which are left out on purpose (requirements/overrides.txt). torch goes last and by itself, because
its build depends on the machine: a wheel in a local folder if there is one, else what uv chooses
(`--torch-backend=auto`: the CPU build unless there is a GPU).
"""

import os
import re
import subprocess
from pathlib import Path

from bbia_sim_ros.cli.child import run_logged
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.interpreter import VERSIONS
from bbia_sim_ros.cli.interpreter import find_interpreters
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.progress import Row
from bbia_sim_ros.cli.repair import repair
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import file_digest
from bbia_sim_ros.cli.uv import find_uv
from bbia_sim_ros.cli.uv import local_wheel
from bbia_sim_ros.cli.uv import uv_environment

CORE_LOCK = 'requirements-core.lock'
FULL_LOCK = 'requirements.lock'
MEGABYTE = 10**6
DOWNLOAD = re.compile(r'\s*(Downloading|Downloaded|Building|Built) (\S+)(?: \(([\d.]+)(\w)iB\))?')
IN_VENV = ('packages', 'cmake-repair', 'ai-packages', 'torch')
UNIT_MIB = {'K': 1 / 1024, 'M': 1.0, 'G': 1024.0}


def pins(lock: Path) -> dict[str, str]:
    """Return package name -> version of a lock file. Raises CommandError if a line is no pin."""
    result = {}
    for number, raw in enumerate(lock.read_text(encoding='utf-8').splitlines(), start=1):
        line = raw.split('#')[0].strip()
        if not line:
            continue
        match = re.fullmatch(r'([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)', line)
        if match is None:
            fix = 'run requirements/lock.py'
            raise CommandError(f'{lock.name}:{number} is not a pin: {line!r}', fix)
        result[match[1]] = match[2]
    return result


def package_steps(layout: Layout, *, core: bool) -> list[Step]:
    """Return the steps that make `.venv`; without the large AI packages when `core`."""
    steps = [
        Step(
            name='venv',
            title='Python environment',
            inputs=lambda: str(layout.root),
            run=lambda task: _make_venv(layout, task),
            outputs=(layout.python,),
        ),
        Step(
            name='packages',
            title='ROS 2, MuJoCo and other packages',
            inputs=lambda: file_digest(layout.root / CORE_LOCK),
            run=lambda task: _install(layout, _core_pins(layout), task),
            after=('venv',),
            disk_b=1100 * MEGABYTE,
        ),
        Step(
            name='cmake-repair',
            title='CMake paths of the ROS wheels',
            inputs=lambda: file_digest(Path(repair.__code__.co_filename)),
            run=lambda task: _repair(layout),
            after=('packages',),
        ),
    ]
    if core:
        return steps
    return [
        *steps,
        Step(
            name='ai-packages',
            title='AI packages',
            inputs=lambda: file_digest(layout.root / FULL_LOCK),
            run=lambda task: _install(layout, ai_pins(layout), task),
            after=('packages',),
            disk_b=1200 * MEGABYTE,
        ),
        Step(
            name='torch',
            title='PyTorch',
            inputs=lambda: pins(layout.root / FULL_LOCK)['torch'],
            run=lambda task: _install_torch(layout, task),
            after=('ai-packages',),
            disk_b=2500 * MEGABYTE,
        ),
    ]


def _make_venv(layout: Layout, task: Task) -> None:
    Stamps(layout.stamps).forget(*IN_VENV)  # the new one is empty
    create_venv(layout, layout.venv, prompt='bbia', row=task.row)


def create_venv(layout: Layout, folder: Path, *, prompt: str, row: Row) -> None:
    """Make an empty environment in `folder` from the best Python here, in place of what is there.

    Raises CommandError when uv fails.
    """
    suitable = [python for python in find_interpreters() if python.is_suitable]
    major, minor = VERSIONS[0]
    python = suitable[0].path if suitable else f'{major}.{minor}'
    row.update(0, 0, python)
    command: list[str | Path] = [find_uv(layout.state), 'venv', '--clear', '--prompt', prompt]
    run_uv(layout, [*command, '--python', python, folder], log='venv.log', row=row)


def _core_pins(layout: Layout) -> dict[str, str]:
    return pins(layout.root / CORE_LOCK)


def ai_pins(layout: Layout) -> dict[str, str]:
    """Return what the full lock adds, without torch.

    Not one package of the core may be touched here: messages are compiled against it meanwhile.
    """
    core = _core_pins(layout)
    full = pins(layout.root / FULL_LOCK)
    return {name: full[name] for name in full if name not in core and name != 'torch'}


def _install(layout: Layout, wanted: dict[str, str], task: Task) -> None:
    command: list[str | Path] = [find_uv(layout.state), 'pip', 'install', '--no-deps']
    command += ['--python', layout.python]
    if task.interrupted:  # a package may be there in part, which uv does not notice
        command.append('--reinstall')
    command += [f'{name}=={version}' for name, version in wanted.items()]
    run_uv(layout, command, log='packages.log', row=task.row)


def _install_torch(layout: Layout, task: Task) -> None:
    version = pins(layout.root / FULL_LOCK)['torch']
    uv = find_uv(layout.state)
    command: list[str | Path] = [uv, 'pip', 'install', f'torch=={version}']
    command += ['--python', layout.python]
    if task.interrupted:
        command += ['--reinstall-package', 'torch']
    tag = 'cp' + layout.site_packages(layout.venv).parent.name.removeprefix('python')
    wheel = local_wheel(f'torch-{version}', tag=tag.replace('.', ''), environ=os.environ)
    if wheel is not None:
        command += ['--no-deps', '--no-index', '--find-links', wheel.parent]
    else:
        command += ['--torch-backend', 'auto', '--constraint', layout.root / FULL_LOCK]
    run_uv(layout, command, log='packages.log', row=task.row)


def run_uv(layout: Layout, command: list[str | Path], *, log: str, row: Row) -> None:
    """Run uv with its progress in `row`, output in the file `log`; raises CommandError."""
    announced: dict[str, float] = {}
    loaded: set[str] = set()

    def on_line(line: str) -> None:
        match = DOWNLOAD.match(line)
        if match is None:
            return
        verb, name, size, unit = match.groups()
        if verb in {'Downloading', 'Building'}:
            announced[name] = float(size) * UNIT_MIB.get(unit, 1.0) if size else 1.0
        else:
            loaded.add(name)
        row.update(sum(announced.get(done, 0.0) for done in loaded), sum(announced.values()), name)

    run_logged(
        command,
        log=layout.log / log,
        environment=uv_environment(os.environ, state=layout.state),
        cwd=layout.root,
        on_line=on_line,
    )


def _repair(layout: Layout) -> None:
    asked = subprocess.run(
        [layout.python, '-I', '-c', 'import sysconfig; print(sysconfig.get_path("include"))'],
        capture_output=True,
        text=True,
        check=True,
    )
    repair(
        layout.venv,
        include=Path(asked.stdout.strip()),
        site_packages=layout.site_packages(layout.venv),
    )
