"""What the machine must have before setting up, each as one small check with its fix.

Contract: checks read, run short probes, and write nothing. `Finding.level` is OK, WARN or FAIL,
or NOT_APPLICABLE for what does not matter on this machine as it is set.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bbia_sim_ros.cli.interpreter import VERSIONS
from bbia_sim_ros.cli.interpreter import find_interpreters
from bbia_sim_ros.cli.layout import Layout

OK = 'OK'
WARN = 'WARN'
FAIL = 'FAIL'
NOT_APPLICABLE = 'N/A'
GIB = 2**30
ROS_ROAD = (
    'install ROS 2 Kilted from its own packages, then `colcon build --base-paths . bbia_msgs` and'
    ' `ros2 launch bbia_sim_ros full.launch.py`'
)


@dataclass(frozen=True)
class Finding:
    """The answer of one check; `fix` is a sentence or a command, empty when all is well."""

    level: str
    name: str
    text: str
    fix: str = ''


def package_command(*, debian: str, fedora: str, arch: str) -> str:
    """Return the command that installs packages on this Linux, or all three when it is unknown."""
    if shutil.which('apt-get'):
        return f'sudo apt install {debian}'
    if shutil.which('dnf'):
        return f'sudo dnf install {fedora}'
    if shutil.which('pacman'):
        return f'sudo pacman -S {arch}'
    return (
        f'Debian/Ubuntu: apt install {debian}; Fedora: dnf install {fedora}; Arch: pacman -S {arch}'
    )


def check_platform(system: str = sys.platform, machine: str = platform.machine()) -> Finding:
    """The ROS 2 wheels are for x86-64 Linux only."""
    if system.startswith('linux') and machine in {'x86_64', 'AMD64'}:
        return Finding(OK, 'platform', f'{machine} Linux')
    text = f'the ROS 2 wheels exist for x86-64 Linux only, this is {machine} {system}'
    if system == 'darwin':
        return Finding(FAIL, 'platform', text, f'run it in an x86-64 Linux machine; or {ROS_ROAD}')
    return Finding(FAIL, 'platform', text, ROS_ROAD)


def check_python() -> Finding:
    """A Python 3.11 or 3.12 with Python.h; uv can bring one when there is none at all."""
    found = find_interpreters()
    for interpreter in found:
        major, minor = interpreter.version
        if interpreter.is_suitable:
            return Finding(OK, 'python', f'{major}.{minor} at {interpreter.path}')
    for interpreter in found:
        major, minor = interpreter.version
        if interpreter.version in VERSIONS:
            fix = package_command(
                debian=f'python{major}.{minor}-dev',
                fedora=f'python{major}.{minor}-devel',
                arch=f'python{major}{minor}',
            )
            text = f'{interpreter.path} has no Python.h, uv will download a Python of its own'
            return Finding(WARN, 'python', text, fix)
    fix = package_command(
        debian='python3.11 python3.11-dev python3.11-venv', fedora='python3.12-devel', arch='uv'
    )
    return Finding(
        WARN, 'python', 'no Python 3.11 or 3.12 here, uv will download one (needs internet)', fix
    )


def check_compiler() -> Finding:
    """The message packages are compiled with gcc/g++ or clang, and make."""
    compilers = [shutil.which('cc') or shutil.which('gcc') or shutil.which('clang')]
    compilers.append(shutil.which('c++') or shutil.which('g++') or shutil.which('clang++'))
    missing = [
        name
        for name, path in zip(('C compiler', 'C++ compiler'), compilers, strict=True)
        if path is None
    ]
    if shutil.which('make') is None:
        missing.append('make')
    if not missing:
        return Finding(OK, 'compiler', str(compilers[1]))
    fix = package_command(debian='build-essential', fedora='gcc-c++ make', arch='base-devel')
    return Finding(FAIL, 'compiler', f'missing: {", ".join(missing)}', fix)


def check_disk(layout: Layout, *, need_b: int) -> Finding:
    """Room for `need_b` bytes that are still to be installed and built."""
    free_b = shutil.disk_usage(layout.root).free
    text = f'{free_b / GIB:.1f} GiB free at {layout.root}'
    if free_b >= need_b:
        return Finding(OK, 'disk', text)
    fix = f'free {(need_b - free_b) / GIB:.1f} GiB; --core needs about 2 GiB in all'
    return Finding(FAIL, 'disk', f'{text}, setting up needs {need_b / GIB:.1f} GiB more', fix)


def check_writable(layout: Layout) -> Finding:
    """`.venv` and `.bbia` are made in the checkout."""
    if os.access(layout.root, os.W_OK):
        return Finding(OK, 'folder', str(layout.root))
    fix = f'copy the checkout to a folder of yours, or: sudo chown -R "$USER" "{layout.root}"'
    return Finding(FAIL, 'folder', f'{layout.root} is not writable', fix)


def prerequisites(layout: Layout, *, need_b: int) -> list[Callable[[], Finding]]:
    """Return the checks to pass before `need_b` bytes are installed and built."""
    return [
        check_platform,
        check_python,
        check_compiler,
        lambda: check_disk(layout, need_b=need_b),
        lambda: check_writable(layout),
    ]
