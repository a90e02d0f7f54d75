"""The checks of `./bbia doctor`: prerequisites, what was installed, and what the nodes will need.

Contract: nothing is changed but a probe file in the cache folder, removed again. Every subprocess
has a time limit; all checks together take a few seconds.
"""

import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from bbia_sim_ros.cli.assets import cache_folder
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
from bbia_sim_ros.cli.probes import run_probe
from bbia_sim_ros.cli.probes import variables_inside
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import pending

PORTS = {9090: 'rosbridge', 8080: 'dashboard'}
SHARED_MEMORY = Path('/dev/shm')
SHARED_MEMORY_NEEDED_B = 256 * 2**20  # Fast DDS takes a 16 MiB segment per process, twice to spare
RENDER_PROBE = """
import mujoco
context = mujoco.GLContext(64, 64)
context.make_current()
context.free()
"""
DDS_PROBE = """
import sys, time
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('bbia_doctor_' + sys.argv[1])
heard = []
publisher = node.create_publisher(String, 'bbia_doctor', 1)
if sys.argv[1] == 'listener':
    node.create_subscription(String, 'bbia_doctor', heard.append, 1)
deadline = time.monotonic() + 10
while not heard and time.monotonic() < deadline:
    publisher.publish(String(data='hello')) if sys.argv[1] == 'talker' else None
    rclpy.spin_once(node, timeout_sec=0.05)
sys.exit(0 if heard else 1)
"""


def checkup(layout: Layout) -> list[Callable[[], Finding]]:
    """Return every check, in the order in which to run and read them."""
    left = pending(all_steps(layout, core=is_core_only(layout)), Stamps(layout.stamps))
    return [
        *prerequisites(layout, need_b=sum(step.disk_b for step in left)),
        lambda: check_set_up(layout),
        lambda: check_packages(layout),
        lambda: check_cache(cache_folder(layout)),
        lambda: check_rendering(layout),
        lambda: check_dds(layout),
        lambda: check_shared_memory(SHARED_MEMORY),
        *(lambda port=port, use=use: check_port(port, use) for port, use in PORTS.items()),
        lambda: check_official_daemon(layout),
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


def check_cache(folder: Path) -> Finding:
    """The prepared robot model can be read, and written when it is out of date."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            pass
    except OSError as error:
        fix = 'set BBIA_CACHE_DIR to a folder that you may write to'
        return Finding(FAIL, 'cache', f'{existing}: {error.strerror}', fix)
    return Finding(OK, 'cache', str(folder))


def check_rendering(layout: Layout) -> Finding:
    """An off-screen OpenGL context for the camera; without it the robot runs, but sees nothing."""
    variables = {'MUJOCO_GL': 'egl', **variables_inside(layout)}
    how = f'MUJOCO_GL={variables["MUJOCO_GL"]}'
    error = run_probe(layout, [RENDER_PROBE], variables).error
    if not error:
        return Finding(OK, 'rendering', f'off-screen OpenGL works ({how})')
    fix = package_command(
        debian='libegl1 libegl-mesa0 libgl1-mesa-dri',
        fedora='mesa-libEGL mesa-dri-drivers',
        arch='mesa',
    )
    return Finding(WARN, 'rendering', f'no camera picture, {how}: {error}', fix)


def check_dds(layout: Layout) -> Finding:
    """Two processes on this machine find each other and exchange a message."""
    variables = variables_inside(layout)
    variables['ROS_DOMAIN_ID'] = str(random.randint(1, 100))
    if not layout.python.exists():
        return Finding(FAIL, 'dds', 'not installed', SET_UP)
    command = [str(layout.python), '-c', DDS_PROBE]
    talker = subprocess.Popen(
        [*command, 'talker'], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        error = run_probe(layout, [DDS_PROBE, 'listener'], variables).error
    finally:
        talker.kill()
        talker.wait()
    if not error:
        return Finding(OK, 'dds', 'a message went from one process to another')
    fix = 'let multicast through on the loopback interface: sudo ip link set lo multicast on'
    return Finding(FAIL, 'dds', f'no message arrived: {error}', fix)


def check_shared_memory(folder: Path) -> Finding:
    """Fast DDS sends camera frames through shared memory."""
    try:
        usage = shutil.disk_usage(folder)
    except FileNotFoundError:
        return Finding(WARN, 'shm', f'{folder} does not exist: camera frames get lost', 'mount it')
    text = f'{usage.free / 2**20:.0f} MiB free in {folder}'
    if usage.free >= SHARED_MEMORY_NEEDED_B:
        return Finding(OK, 'shm', text)
    fix = f'sudo mount -o remount,size=1G {folder} (in a container: --shm-size=1g)'
    return Finding(WARN, 'shm', f'{text}: camera frames may get lost', fix)


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
