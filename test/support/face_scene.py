"""The truth of the scene `people`: where the faces on its panels are, and requests that move them.

A panel's frame has its origin in the middle of the face, x where the face looks and z up, so the
pose of a panel is the pose of its face. Places are in `base_link`, m; head poses in `head_neutral`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Transform
from geometry_msgs.msg import Vector3
from trajectory_msgs.msg import MultiDOFJointTrajectoryPoint

from bbia_msgs.srv import SetPaths
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import quaternion_from_rotation
from bbia_sim_ros.simulation.paths import Paths
from bbia_sim_ros.simulation.people_scene import PANEL_NAMES

# Behind the robot, where its camera does not see it unless it turns round.
OUT_OF_SIGHT = pose_from_euler(x=-2.0, z=0.4)
# A face that swings before the robot: so far to both sides, so fast, from one side to the other.
SWING_DEG = 30.0
TURN_DEG_S = 20.0
SWING_S = 2.0 * SWING_DEG / TURN_DEG_S


def facing_robot(x: float, y: float, z: float) -> FloatArray:
    """Return the pose (4, 4) of a panel whose face is at a place and looks at the robot's axis."""
    return pose_from_euler(x=x, y=y, z=z, yaw=math.pi + math.atan2(y, x))


def panel_at(degrees: float, *, range_m: float = 0.8, height_m: float = 0.23) -> FloatArray:
    """Return the pose (4, 4) of a panel at a bearing from the robot's axis, positive left."""
    angle = math.radians(degrees)
    return facing_robot(range_m * math.cos(angle), range_m * math.sin(angle), height_m)


def swing_bearing(since_s: float) -> float:
    """Return where the swinging face is so long after it began at the left, degrees."""
    phase = since_s % (2.0 * SWING_S)
    return SWING_DEG - TURN_DEG_S * min(phase, 2.0 * SWING_S - phase)


def in_head_neutral(panel: FloatArray) -> FloatArray:
    """Return the middle of a face (3,), m."""
    place: FloatArray = panel[:3, 3] - (0.0, 0.0, HEAD_HEIGHT_M)
    return place


def degrees_off_axis(head_pose: FloatArray, panel: FloatArray) -> float:
    """Return the angle between the optical axis of a head and a face, degrees."""
    optical = head_pose @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME]
    return degrees_between(optical[:3, 2], in_head_neutral(panel) - optical[:3, 3])


def face_in_camera(panel: FloatArray, head_pose: FloatArray = NEUTRAL_HEAD_POSE) -> FloatArray:
    """Return the middle of a face (3,) in the optical frame, m: x right, y down, z ahead."""
    neutral = pose_from_euler(z=HEAD_HEIGHT_M)
    camera = neutral @ head_pose @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME]
    seen: FloatArray = (np.linalg.inv(camera) @ panel)[:3, 3]
    return seen


def panels_at(*poses: FloatArray) -> Paths:
    """Return paths that put the panels, in their order, at these poses at once."""
    return Paths(bodies=PANEL_NAMES[: len(poses)], times_s=(0.0,), poses=np.array([poses]))


def degrees_between(first: FloatArray, second: FloatArray) -> float:
    """Return the angle between two directions (3,) of any length, degrees."""
    cosine = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    return math.degrees(math.acos(min(1.0, float(cosine))))


def paths_request(
    times_s: Sequence[float],
    paths: Mapping[str, Sequence[FloatArray]],
    *,
    loop: bool = False,
    frame: str = BASE_LINK,
) -> SetPaths.Request:
    """Return a request that leads each body to its poses (4, 4) at the times."""
    request = SetPaths.Request(loop=loop)
    request.trajectory.header.frame_id = frame
    request.trajectory.joint_names = list(paths)
    for number, time_s in enumerate(times_s):
        point = MultiDOFJointTrajectoryPoint(
            transforms=[_transform(poses[number]) for poses in paths.values()]
        )
        stamp = time_message(time_s)
        point.time_from_start.sec, point.time_from_start.nanosec = stamp.sec, stamp.nanosec
        request.trajectory.points.append(point)
    return request


def _transform(pose: FloatArray) -> Transform:
    x, y, z = pose[:3, 3].tolist()
    qx, qy, qz, qw = quaternion_from_rotation(pose)
    return Transform(
        translation=Vector3(x=x, y=y, z=z), rotation=Quaternion(x=qx, y=qy, z=qz, w=qw)
    )
