"""Publish a camera, simulated or real, while somebody subscribes.

Topics: `camera/image_raw` (rgb8), `camera/image_raw/compressed` (JPEG) and `camera/camera_info`,
with the same stamp and frame `camera_optical_frame`, sensor-data QoS. A thread of its own takes
pictures from a `camera.source.PictureSource`, whose work is done by another process, so nothing
else is held up. Without a subscriber nothing is taken, and after the idle timeout the source is
closed. If no picture can be had, `state` says why, the log says it once per reason, and it is tried
again later; the node runs on.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.errors import CameraOff
from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.source import Picture
from bbia_sim_ros.camera.source import PictureSource
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME

STATE_OFF = 'off'
STATE_OPENING = 'opening'
STATE_STREAMING = 'streaming'
_POLL_PERIOD_S = 0.1
_JOIN_TIMEOUT_S = 10.0
_MAX_REPORTED = 16


class CameraPublisher:
    """See the module's docstring.

    `idle_timeout` returns the seconds without a subscriber after which the source is closed;
    `on_change` is called when `state` has changed. Both are called from the camera's thread.

    Attributes
    ----------
    state:
        One line: off, opening, streaming, or why there is no picture.
    failed:
        Whether `state` is a failure.
    warning:
        What a reader of `camera/camera_info` has to know, '' if there is nothing.
    published:
        Pictures published so far.

    """

    def __init__(
        self,
        node: Node,
        source: PictureSource,
        *,
        idle_timeout: Callable[[], float],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._source = source
        self._idle_timeout = idle_timeout
        self._on_change = on_change
        self._images = node.create_publisher(Image, 'camera/image_raw', qos.SENSOR_DATA)
        self._compressed = node.create_publisher(
            CompressedImage, 'camera/image_raw/compressed', qos.SENSOR_DATA
        )
        self._infos = node.create_publisher(CameraInfo, 'camera/camera_info', qos.SENSOR_DATA)
        self._failures = 0
        self._reported: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name='camera', daemon=True)
        self.state = STATE_OFF
        self.failed = False
        self.warning = ''
        self.published = 0
        self._thread.start()

    def close(self) -> None:
        """End the thread and close the source."""
        self._stopping.set()
        self._thread.join(_JOIN_TIMEOUT_S)
        self._source.close()

    def _run(self) -> None:
        deadline = time.monotonic()
        while not self._stopping.is_set():
            deadline = max(deadline, time.monotonic() - _POLL_PERIOD_S) + self._step()
            self._stopping.wait(max(0.0, deadline - time.monotonic()))

    def _step(self) -> float:
        """Publish what is wanted and return the seconds until the next look."""
        raw = self._images.get_subscription_count() > 0
        jpeg = self._compressed.get_subscription_count() > 0
        info = self._infos.get_subscription_count() > 0
        if not (raw or jpeg or info):
            self._source.close_if_idle(self._idle_timeout())
            self._set_state(STATE_OFF)
            return _POLL_PERIOD_S
        if self.state == STATE_OFF:
            self._set_state(STATE_OPENING)
        try:
            picture = self._source.take(rgb=raw, jpeg=jpeg)
        except CameraOff as reason:
            self._set_state(f'off: {reason}')
            return _POLL_PERIOD_S
        except CameraError as error:
            return self._fail(error)
        if picture is None:
            return 0.0
        self._succeed(picture)
        self._publish(picture)
        return self._source.interval_s

    def _set_state(self, state: str, *, failed: bool = False) -> None:
        if state != self.state:
            self.state, self.failed = state, failed
            self._on_change()

    def _succeed(self, picture: Picture) -> None:
        if self.failed:
            self._node.get_logger().info('pictures come again')
        self._failures = 0
        self._reported.clear()
        if picture.warning != self.warning:
            self.warning = picture.warning
            if self.warning:
                self._node.get_logger().warning(self.warning)
            self._on_change()
        self._set_state(STATE_STREAMING)

    def _fail(self, error: CameraError) -> float:
        text = f'no picture: {error}'
        delays = self._source.retry_delays_s
        delay = delays[min(self._failures, len(delays) - 1)]
        self._failures += 1
        if text not in self._reported:
            if len(self._reported) >= _MAX_REPORTED:
                self._reported.clear()
            self._reported.add(text)
            self._node.get_logger().error(text)
        self._set_state(text, failed=True)
        return delay

    def _publish(self, picture: Picture) -> None:
        header = Header(stamp=time_message(picture.stamp_s), frame_id=CAMERA_OPTICAL_FRAME)
        if picture.rgb is not None:
            height, width, _ = picture.rgb.shape
            pixels = array('B')
            pixels.frombytes(picture.rgb.data)
            self._images.publish(
                Image(
                    header=header,
                    height=height,
                    width=width,
                    encoding='rgb8',
                    step=3 * width,
                    data=pixels,
                )
            )
        if picture.jpeg is not None:
            self._compressed.publish(
                CompressedImage(header=header, format='jpeg', data=array('B', picture.jpeg))
            )
        self._infos.publish(_camera_info(header, picture.intrinsics))
        self.published += 1


def _camera_info(header: Header, intrinsics: Intrinsics) -> CameraInfo:
    return CameraInfo(
        header=header,
        width=intrinsics.width,
        height=intrinsics.height,
        distortion_model=intrinsics.distortion_model,
        d=list(intrinsics.d),
        k=list(intrinsics.k),
        r=list(intrinsics.r),
        p=list(intrinsics.p),
    )
