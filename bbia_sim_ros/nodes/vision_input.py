"""What the node `vision` looks at: the newest picture, and where the camera stood for it.

In, only while something is wanted: `camera/image_raw` or `camera/image_raw/compressed`,
`camera/camera_info` and `head_pose`; a camera renders or decodes only for who subscribes. Pictures
arrive in the executor's thread and are turned into pixels by whoever looks at them. A picture whose
stamp lies more than `MAX_AGE_S` in the past or `MAX_AHEAD_S` in the future is refused and counted.
`view` may be called by any thread. Without any `head_pose` the camera is taken to stand where the
head at rest has it, and `problem` says so.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from typing import Final

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image

from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.camera.rays import LensError
from bbia_sim_ros.camera.rays import lens_of
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.head_pose_reader import HeadPoseReader
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.pose_history import PoseHistory
from bbia_sim_ros.vision.compressed import decompressed
from bbia_sim_ros.vision.encodings import to_rgb
from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.frames import NewestFrame
from bbia_sim_ros.vision.view import View

MAX_AGE_S: Final = 2.0
MAX_AHEAD_S: Final = 0.5
_LOG_PERIOD_S: Final = 5.0
_RAW: Final = 'raw'
_NO_HEAD_POSE: Final = (
    'nothing came on head_pose: directions are those of a head at rest; does the driver run?'
)


class VisionInput:
    """See the module's docstring.

    Attributes
    ----------
    newest:
        The newest picture.
    arrived, refused:
        Pictures that came, and those refused, by reason.
    problem:
        Why the directions of what is seen are not known, or not certain; '' if they are.

    """

    def __init__(self, node: Node, *, transport: str) -> None:
        self.newest = NewestFrame()
        self.arrived = 0
        self.refused: Counter[str] = Counter()
        self.problem = ''
        self._node = node
        self._is_raw = transport == _RAW
        self._subscriptions: list[Subscription[Any]] = []
        self._lock = threading.Lock()
        self._poses = PoseHistory()
        self._pose_reader = HeadPoseReader()
        self._lens: Lens | None = None
        self._camera_info: CameraInfo | None = None
        self._heard = 0.0

    @property
    def open(self) -> bool:
        """Whether pictures are subscribed to."""
        return bool(self._subscriptions)

    @property
    def silent_s(self) -> float:
        """Seconds since the last picture, or since pictures were subscribed to."""
        return time.monotonic() - self._heard if self.open else 0.0

    def start(self) -> None:
        """Subscribe; in the executor's thread, as `stop`."""
        if self.open:
            return
        self._heard = time.monotonic()
        # Pictures last: the first one would be looked at without knowing where the camera stood.
        self._subscribe(CameraInfo, 'camera/camera_info', self._on_camera_info, qos.SENSOR_DATA)
        self._subscribe(PoseStamped, 'head_pose', self._on_head_pose, qos.SENSOR_DATA, raw=True)
        if self._is_raw:
            self._subscribe(Image, 'camera/image_raw', self._on_image, qos.NEWEST_COMMAND)
        else:
            topic = 'camera/image_raw/compressed'
            self._subscribe(CompressedImage, topic, self._on_compressed, qos.NEWEST_COMMAND)

    def stop(self) -> None:
        """Subscribe to nothing, and forget what would be old when it is wanted again."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        self.newest.clear()
        with self._lock:
            self._poses = PoseHistory()
            self._camera_info, self._lens = None, None

    def view(self, frame: Frame) -> View | None:
        """Return where the camera stood when it took a picture; None while that is not known."""
        height, width = frame.pixels().shape[:2]
        try:
            lens = self._lens_now()
            if lens is None:
                self.problem = 'nothing came on camera/camera_info, so no direction is known'
                return None
            lens = lens.of_picture(width, height)
            pose = self._head_pose(frame.stamp_s)
        except (LensError, FrameError) as error:
            self.problem = str(error)
            return None
        return View.of_head(lens, head_pose=pose, stamp_s=frame.stamp_s)

    def head_pose(self) -> FloatArray:
        """Return the newest head pose (4, 4), that of a head at rest when none has come."""
        with self._lock:
            return self._poses.at(None) if len(self._poses) else np.eye(4)

    def _lens_now(self) -> Lens | None:
        """Return the lens of the newest camera_info; raises `LensError`."""
        with self._lock:
            info, lens = self._camera_info, self._lens
        if info is None or lens is not None:
            return lens
        lens = lens_of(
            width=info.width,
            height=info.height,
            k=info.k,
            d=info.d,
            distortion_model=info.distortion_model,
        )
        with self._lock:
            if self._camera_info is info:
                self._lens = lens
        return lens

    def _head_pose(self, stamp_s: float) -> FloatArray:
        with self._lock:
            if len(self._poses):
                self.problem = ''
                return self._poses.at(stamp_s)
        self.problem = _NO_HEAD_POSE
        return np.eye(4)

    def _subscribe(
        self,
        kind: type[Any],
        topic: str,
        on_message: Callable[[Any], None],
        profile: Any,
        **more: Any,
    ) -> None:
        self._subscriptions.append(
            self._node.create_subscription(
                kind,
                topic,
                on_message,
                profile,
                # The default ones crash the executor when the subscription is destroyed.
                event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
                **more,
            )
        )

    def _on_image(self, message: Image) -> None:
        self._take(
            message,
            partial(
                to_rgb,
                encoding=message.encoding,
                height=message.height,
                width=message.width,
                step=message.step,
                is_bigendian=bool(message.is_bigendian),
                data=message.data,
            ),
        )

    def _on_compressed(self, message: CompressedImage) -> None:
        self._take(message, partial(decompressed, message.data))

    def _take(self, message: Any, decode: Callable[[], Any]) -> None:
        self._heard = time.monotonic()
        self.arrived += 1
        now = ros_seconds(self._node)
        stamp = seconds(message.header.stamp)
        stamp = now if stamp is None else stamp
        if not -MAX_AHEAD_S <= now - stamp <= MAX_AGE_S:
            self._refuse('stamp', f'a picture is stamped {now - stamp:.2f} s before now')
            return
        self.newest.put(Frame(self.arrived, stamp_s=stamp, source=message.header, decode=decode))

    def _on_camera_info(self, message: CameraInfo) -> None:
        with self._lock:
            known = self._camera_info
            if known is None or not _same(known, message):
                self._camera_info, self._lens = message, None

    def _on_head_pose(self, serialised: bytes) -> None:
        try:
            stamp, pose = self._pose_reader.read(serialised)
        except ValueError as error:
            self._refuse('head_pose', f'head_pose ignored: {error}')
            return
        with self._lock:
            self._poses.add(stamp or ros_seconds(self._node), pose)

    def _refuse(self, reason: str, text: str) -> None:
        self.refused[reason] += 1
        self._node.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD_S)


def _same(one: CameraInfo, other: CameraInfo) -> bool:
    return bool(
        (one.width, one.height, one.distortion_model)
        == (other.width, other.height, other.distortion_model)
        and np.array_equal(one.k, other.k)
        and list(one.d) == list(other.d)
    )
