"""The robot's URDF: the official model from the asset cache plus this project's frames.

`robot_description()` expands `urdf/bbia.urdf.xacro`; `python -m bbia_sim_ros.description` prints
it. Mesh addresses are `file://` URIs into the cache, which RViz on the same computer resolves.
"""

from __future__ import annotations

import xacro

from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.stack import share_directory


def robot_description() -> str:
    """Return the URDF as text.

    The assets are prepared first if they are not; raises what
    `bbia_sim_ros.simulation.assets.prepare` raises when they cannot be.
    """
    template = share_directory() / 'urdf' / 'bbia.urdf.xacro'
    document = xacro.process_file(str(template), mappings={'assets': str(prepare().root)})
    text: str = document.toprettyxml(indent='  ')
    return text


if __name__ == '__main__':
    print(robot_description())
