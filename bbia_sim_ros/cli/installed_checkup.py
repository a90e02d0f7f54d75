"""The checks of a ROS installation, where `colcon build` took the place of `./bbia setup`.

Contract: those of `./bbia doctor` without what is about `.venv` and `.bbia`; instead, whether this
interpreter finds the Python packages that the nodes import. Nothing is imported for that.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from importlib.util import find_spec

from bbia_sim_ros.cli.checkup import runtime_checkup
from bbia_sim_ros.cli.media_checkup import check_camera
from bbia_sim_ros.cli.media_checkup import sound_checkup
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import this_runtime
from bbia_sim_ros.cli.robot_checkup import check_local_daemon

MODULES = {
    'aiohttp': 'aiohttp',
    'cbor2': 'cbor2',
    'cv2': 'opencv-contrib-python-headless',
    'fast_simplification': 'fast-simplification',
    'feedparser': 'feedparser',
    'mcap': 'mcap',
    'mujoco': 'mujoco==4.0.0',
    'numpy': 'numpy',
    'orjson': 'orjson',
    'prometheus_client': 'prometheus-client',
    'psutil': 'psutil',
    'pydantic': 'pydantic',
    'scipy': 'scipy',
    'trimesh': 'trimesh',
    'websockets': 'websockets',
    'xacro': 'xacro',
    'yaml': 'pyyaml',
}
"""Module -> what pip calls it; those of requirements/core.in that a node does not start without.

The robot's model, which comes from a package too, has a check of its own.
"""
SOURCE_IT = 'source the setup file of ROS 2 and that of your colcon workspace'


def installed_checkup() -> Iterator[Finding]:
    """Run every check, one at a time, and yield its finding."""
    yield check_modules(MODULES)
    try:
        runtime = this_runtime(SOURCE_IT)
    except FileNotFoundError as error:
        yield Finding(FAIL, 'package', str(error), SOURCE_IT)
        return
    for check in runtime_checkup(runtime):
        yield check()
    yield check_local_daemon()
    yield check_camera(needed=False)
    yield from sound_checkup(runtime)


def check_modules(modules: Mapping[str, str]) -> Finding:
    """The Python packages that the nodes import are there."""
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return Finding(OK, 'packages', f'the {len(modules)} that the nodes import are there')
    fix = f'pip install {" ".join(modules[module] for module in missing)}'
    return Finding(FAIL, 'packages', f'missing: {", ".join(missing)}', fix)
