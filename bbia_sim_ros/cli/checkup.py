"""The checks of `./bbia doctor`: prerequisites, what was installed, and what the nodes will need.

Contract: nothing is changed but probe files, removed again. Every subprocess and every answer that
is waited for has a time limit; all checks together take a few seconds where all is well.
`checkup` is for a checkout that `./bbia` sets up; what a ROS installation can be asked too is in
`runtime_checkup`, which `installed_checkup.py` uses.
"""

import socket
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from bbia_sim_ros.cli.access_checkup import check_serial_access
from bbia_sim_ros.cli.access_checkup import check_sound_access
from bbia_sim_ros.cli.discovery_checkup import check_buffers
from bbia_sim_ros.cli.discovery_checkup import check_dds
from bbia_sim_ros.cli.discovery_checkup import check_domain
from bbia_sim_ros.cli.discovery_checkup import check_loopback
from bbia_sim_ros.cli.discovery_checkup import check_multicast
from bbia_sim_ros.cli.discovery_checkup import interfaces_up
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.official_daemon import check_official_daemon
from bbia_sim_ros.cli.packages import CORE_LOCK
from bbia_sim_ros.cli.packages import FULL_LOCK
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.plan import all_steps
from bbia_sim_ros.cli.plan import is_core_only
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.prerequisites import package_command
from bbia_sim_ros.cli.prerequisites import prerequisites
from bbia_sim_ros.cli.probes import SET_UP
from bbia_sim_ros.cli.probes import Runtime
from bbia_sim_ros.cli.probes import run_probe
from bbia_sim_ros.cli.probes import runtime_of
from bbia_sim_ros.cli.shared_memory_checkup import check_segments
from bbia_sim_ros.cli.shared_memory_checkup import check_shared_memory
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import pending
from bbia_sim_ros.cli.storage_checkup import check_lasting_state
from bbia_sim_ros.cli.storage_checkup import check_private
from bbia_sim_ros.cli.storage_checkup import check_store
from bbia_sim_ros.cli.storage_checkup import data_folder
from bbia_sim_ros.cli.storage_checkup import stores

PORTS = {9090: 'rosbridge', 8080: 'dashboard'}
DISTRIBUTION = 'kilted'
MIDDLEWARE = 'rmw_fastrtps_cpp'
VERSIONS_PROBE = """
import os, platform
from rclpy.utilities import get_rmw_implementation_identifier
print(platform.python_version())
print(os.environ.get('ROS_DISTRO', ''))
print(get_rmw_implementation_identifier())
"""
ASSETS_PROBE = """
from bbia_sim_ros.simulation.assets import default_cache_dir, find_source
source = find_source()
print(source.version)
print(default_cache_dir() / source.key)
"""
RENDER_PROBE = """
import mujoco
context = mujoco.GLContext(64, 64)
context.make_current()
context.free()
"""


def checkup(layout: Layout) -> list[Callable[[], Finding]]:
    """Return every check of a checkout, in the order in which to run and read them."""
    left = pending(all_steps(layout, core=is_core_only(layout)), Stamps(layout.stamps))
    return [
        *prerequisites(layout, need_b=sum(step.disk_b for step in left)),
        lambda: check_set_up(layout),
        lambda: check_packages(layout),
        *runtime_checkup(runtime_of(layout)),
        lambda: check_official_daemon(layout),
    ]


def runtime_checkup(runtime: Runtime) -> list[Callable[[], Finding]]:
    """Return the checks of where the nodes run, in a checkout or a ROS installation."""
    variables = runtime.variables
    return [
        lambda: check_versions(runtime),
        lambda: check_assets(runtime),
        lambda: check_rendering(runtime),
        lambda: check_domain(variables),
        lambda: check_loopback(interfaces_up()),
        lambda: check_dds(runtime),
        check_buffers,
        lambda: check_multicast(variables, interfaces_up()),
        check_shared_memory,
        lambda: check_segments(runtime.prefix),
        *(lambda store=store: check_store(store) for store in stores(variables, Path.cwd())),
        lambda: check_private(data_folder(variables)),
        lambda: check_lasting_state(runtime),
        *(lambda port=port, use=use: check_port(port, use) for port, use in PORTS.items()),
        check_sound_access,
        check_serial_access,
    ]


def check_set_up(layout: Layout) -> Finding:
    """Every setup step is done for the present state of the checkout."""
    left = pending(all_steps(layout, core=is_core_only(layout)), Stamps(layout.stamps))
    if not left:
        return Finding(OK, 'set-up', 'complete' + (' (core)' if is_core_only(layout) else ''))
    titles = ', '.join(step.title for step in left)
    return Finding(WARN, 'set-up', f'to be done at the next start: {titles}', SET_UP)


def check_packages(layout: Layout) -> Finding:
    """What is installed is what the lock pins."""
    lock = CORE_LOCK if is_core_only(layout) else FULL_LOCK
    try:
        folder = layout.site_packages(layout.venv)
    except FileNotFoundError:
        return Finding(FAIL, 'packages', 'not installed', SET_UP)
    installed = {
        _normal(distribution.metadata['Name']): distribution.version.partition('+')[0]
        for distribution in metadata.distributions(path=[str(folder)])
    }
    wanted = pins(layout.root / lock)
    wrong = [
        f'{name} {installed.get(_normal(name), "missing")} instead of {version}'
        for name, version in wanted.items()
        if installed.get(_normal(name)) != version
    ]
    if not wrong:
        return Finding(OK, 'packages', f'{len(wanted)} as pinned in {lock}')
    shown = '; '.join(wrong[:3]) + (f' and {len(wrong) - 3} more' if len(wrong) > 3 else '')
    return Finding(FAIL, 'packages', shown, f'rm -r "{layout.venv}" && {SET_UP}')


def _normal(name: str) -> str:
    return name.lower().replace('_', '-').replace('.', '-')


def check_versions(runtime: Runtime) -> Finding:
    """ROS is there, and it is the one that the stack is written for."""
    answer = run_probe(runtime, VERSIONS_PROBE)
    if answer.error:
        return Finding(FAIL, 'versions', f'ROS does not load: {answer.error}', runtime.set_up)
    python, distribution, middleware = answer.output.splitlines()[-3:]
    text = f'ROS 2 {distribution}, {middleware}, Python {python}'
    if middleware != MIDDLEWARE:
        text += ': the profile that keeps DDS on this computer is for Fast DDS'
        return Finding(WARN, 'versions', text, f'export RMW_IMPLEMENTATION={MIDDLEWARE}')
    if distribution != DISTRIBUTION:
        fix = f'source the setup file of ROS 2 {DISTRIBUTION}, or start through ./bbia'
        return Finding(WARN, 'versions', f'{text}; tested with {DISTRIBUTION}', fix)
    return Finding(OK, 'versions', text)


def check_assets(runtime: Runtime) -> Finding:
    """The robot's model is installed, and prepared for the simulator."""
    answer = run_probe(runtime, ASSETS_PROBE)
    if answer.error:
        # As an AssetError says it: what; fix.
        what, _, fix = answer.error.rpartition('AssetError: ')[2].partition('; ')
        return Finding(FAIL, 'assets', what, fix or runtime.set_up)
    version, folder = answer.output.splitlines()[-2:]
    if Path(folder).is_dir():
        return Finding(OK, 'assets', f'reachy-mini {version}, prepared in {folder}')
    fix = (
        f'it takes seconds then; or now: {runtime.prefix}python3 -m bbia_sim_ros.simulation.assets'
    )
    return Finding(WARN, 'assets', f'reachy-mini {version}, to be prepared at the next start', fix)


def check_rendering(runtime: Runtime) -> Finding:
    """An off-screen OpenGL context for the camera; without it the robot runs, but sees nothing."""
    variables = {'MUJOCO_GL': 'egl', **runtime.variables}
    how = f'MUJOCO_GL={variables["MUJOCO_GL"]}'
    error = run_probe(replace(runtime, variables=variables), RENDER_PROBE).error
    if not error:
        return Finding(OK, 'rendering', f'off-screen OpenGL works ({how})')
    fix = package_command(
        debian='libegl1 libegl-mesa0 libgl1-mesa-dri',
        fedora='mesa-libEGL mesa-dri-drivers',
        arch='mesa',
    )
    return Finding(WARN, 'rendering', f'no camera picture, {how}: {error}', fix)


def check_port(port: int, use: str) -> Finding:
    """Nothing else listens on a port that the stack needs."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError as error:
            fix = f'find who has it: ss -ltnp sport = :{port} (another ./bbia up?)'
            return Finding(WARN, f'port {port}', f'{use}: {error.strerror}', fix)
    return Finding(OK, f'port {port}', f'free for the {use}')
