"""Paths of bodies as the service `simulator/set_paths` gets them; no state, any thread."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Duration

from bbia_msgs.srv import SetPaths
from bbia_sim_ros.nodes.messages import matrix
from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.poses import PoseError
from bbia_sim_ros.simulation.errors import PathError
from bbia_sim_ros.simulation.paths import Paths
from bbia_sim_ros.simulation.paths import check_count

_NANOSECONDS = 1e-9


def paths_of(request: SetPaths.Request) -> Paths:
    """Return what a request asks for; its stamp, velocities and accelerations are not read.

    Raises
    ------
    PathError
        A frame other than `base_link`, a point with too many or too few poses, and whatever
        `Paths` refuses.

    """
    trajectory = request.trajectory
    frame = trajectory.header.frame_id.lstrip('/')
    if frame not in ('', BASE_LINK):
        raise PathError(f'paths in the frame {frame!r} are not known; give them in {BASE_LINK}')
    bodies, points = trajectory.joint_names, trajectory.points
    check_count(len(points), len(bodies))
    poses = np.empty((len(points), len(bodies), 4, 4))
    for number, point in enumerate(points):
        if len(point.transforms) != len(bodies):
            raise PathError(
                f'point {number} has {len(point.transforms)} poses for {len(bodies)} bodies; one'
                ' for each is needed'
            )
        for body, transform in enumerate(point.transforms):
            try:
                poses[number, body] = matrix(transform)
            except PoseError as error:
                raise PathError(f'{bodies[body]}, point {number}: {error}') from error
    return Paths(
        bodies=tuple(bodies),
        times_s=tuple(_seconds(point.time_from_start) for point in points),
        poses=poses,
        loop=request.loop,
    )


def _seconds(duration: Duration) -> float:
    return float(duration.sec + duration.nanosec * _NANOSECONDS)
