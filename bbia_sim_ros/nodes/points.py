"""Points to look at, in whatever frame or pixel they come, as points in `head_neutral`.

`head_neutral` and `base_link` are a fixed distance apart. `head_link` and the camera's frames move
with the head, so the measured head pose at the point's stamp is used. Every other frame is asked of
TF, where only the newest transform is known (`nodes/transform_listener.py`). A pixel is a ray from
the camera as it stood when the picture was taken; `camera/camera_info` is subscribed to until a
usable message has come, since a simulated camera is rendered while somebody listens. All in the
executor's thread; metres and pixels.
"""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PointStamped
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo

from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.camera.rays import LensError
from bbia_sim_ros.camera.rays import lens_of
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.look_at import point_of_pixel
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.robot_listener import RobotListener
from bbia_sim_ros.nodes.transform_listener import TransformListener
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import HEAD_NEUTRAL

Point = tuple[float, float, float]

_NO_CAMERA = 'nothing came on camera/camera_info; does the camera run?'


class PointResolver:
    """See the module's docstring."""

    def __init__(self, node: Node, robot: RobotListener) -> None:
        self._node = node
        self._robot = robot
        self._transforms = TransformListener(node)
        self._lens: Lens | None = None
        self._lens_problem = _NO_CAMERA
        self._subscription: Subscription[CameraInfo] | None = None

    def point(self, message: PointStamped) -> Point:
        """Return the point in `head_neutral`; raises `FrameError` where its frame is not known.

        A frame that is asked of TF for the first time is known a moment later: ask again.
        """
        frame = message.header.frame_id.lstrip('/')
        place = np.array((message.point.x, message.point.y, message.point.z, 1.0))
        if not np.isfinite(place).all():
            raise FrameError(f'the point {place[:3].tolist()} is not finite')
        if not frame:
            raise FrameError(
                f'the point has no frame; set header.frame_id, for instance to {HEAD_NEUTRAL}'
            )
        if frame == BASE_LINK:
            place[2] -= HEAD_HEIGHT_M
        elif frame in HEAD_FRAMES:
            head = self._robot.head_pose(seconds(message.header.stamp))
            place = head @ HEAD_FRAMES[frame] @ place
        elif frame != HEAD_NEUTRAL:
            place = self._transforms.lookup(HEAD_NEUTRAL, frame) @ place
        x, y, z = place[:3].tolist()
        return x, y, z

    def pixel(self, column: float, row: float, stamp: Time) -> Point:
        """Return a point 1 m away on the ray through a pixel of a picture taken at `stamp`.

        Raises `FrameError` while the camera's intrinsics are not known: ask again; `GoalError` for
        a pixel that is outside the picture.
        """
        lens = self._usable_lens()
        camera = lens.intrinsics
        if not (0.0 <= column < camera.width and 0.0 <= row < camera.height):
            raise GoalError(
                f'pixel ({column:g}, {row:g}) is outside the picture of {camera.width} x'
                f' {camera.height} pixels'
            )
        return point_of_pixel(
            lens.straight((column, row))[0].tolist(),
            intrinsics=(camera.fx, camera.fy, camera.cx, camera.cy),
            head_pose=self._robot.head_pose(seconds(stamp)),
        )

    def forget_camera(self) -> None:
        """Ask for the camera's intrinsics anew when they are next needed."""
        self._lens = None

    def _usable_lens(self) -> Lens:
        if self._lens is None:
            if self._subscription is None:
                self._subscription = self._node.create_subscription(
                    CameraInfo, 'camera/camera_info', self._on_camera_info, qos.SENSOR_DATA
                )
            raise FrameError(self._lens_problem)
        return self._lens

    def _on_camera_info(self, message: CameraInfo) -> None:
        try:
            self._lens = lens_of(
                width=message.width,
                height=message.height,
                k=message.k,
                d=message.d,
                distortion_model=message.distortion_model,
            )
        except LensError as error:
            self._lens_problem = str(error)
            return
        self._lens_problem = _NO_CAMERA
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
