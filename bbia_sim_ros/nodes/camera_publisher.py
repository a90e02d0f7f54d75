"""Publish the simulated head camera while somebody subscribes.

Topics: `camera/image_raw` (rgb8), `camera/image_raw/compressed` (JPEG) and `camera/camera_info`,
with the same stamp and frame `camera_optical_frame`, sensor-data QoS. A thread of its own asks the
renderer, which is a process of its own, for pictures at `camera_rate`; neither holds up the control
loop, whose lock is held only to copy the position vector. Without a subscriber nothing is rendered,
and after `camera_idle_timeout` the renderer ends. If no picture can be made, `state` says why, the
log says it once per reason, and it is tried again later; the robot runs on.
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

from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.camera import Frame
from bbia_sim_ros.simulation.errors import SimulationError
from bbia_sim_ros.simulation.intrinsics import Intrinsics
from bbia_sim_ros.simulation.parameters import SimulatorParameters

STATE_OFF = 'off'
STATE_STREAMING = 'streaming'
_POLL_PERIOD_S = 0.1
_RETRY_DELAYS_S = (1.0, 5.0, 30.0)
_JOIN_TIMEOUT_S = 10.0


class CameraPublisher:
    """See the module's docstring.

    `snapshot` returns the scene's position vector and its time in seconds, or None when there is no
    model; it is called from the camera's thread.
    """

    def __init__(
        self,
        node: Node,
        parameters: NodeParameters[SimulatorParameters],
        assets: Assets,
        snapshot: Callable[[], tuple[FloatArray, float] | None],
    ) -> None:
        values = parameters.value
        self._node = node
        self._parameters = parameters
        self._snapshot = snapshot
        self._settings = CameraSettings(
            width=values.camera_width,
            height=values.camera_height,
            shadows=values.camera_shadows,
            reflections=values.camera_shadows,
            jpeg_quality=values.camera_quality,
        )
        self._worker = CameraWorker(values.scene, assets, self._settings)
        self._images = node.create_publisher(Image, 'camera/image_raw', qos.SENSOR_DATA)
        self._compressed = node.create_publisher(
            CompressedImage, 'camera/image_raw/compressed', qos.SENSOR_DATA
        )
        self._infos = node.create_publisher(CameraInfo, 'camera/camera_info', qos.SENSOR_DATA)
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name='camera', daemon=True)
        self.state = STATE_OFF
        self._thread.start()

    def close(self) -> None:
        """End the thread and the renderer."""
        self._stopping.set()
        self._thread.join(_JOIN_TIMEOUT_S)
        self._worker.close()

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
            self._worker.close_if_idle(self._parameters.value.camera_idle_timeout)
            self.state = STATE_OFF
            return _POLL_PERIOD_S
        snapshot = self._snapshot()
        if snapshot is None:
            self.state = 'off: the simulation is stopped'
            return _POLL_PERIOD_S
        qpos, stamp = snapshot
        try:
            intrinsics = self._worker.start()
            frame = self._worker.render(qpos, rgb=raw, jpeg=jpeg) if raw or jpeg else None
        except SimulationError as error:
            return self._fail(error)
        self._failures = 0
        self.state = STATE_STREAMING
        header = Header(stamp=time_message(stamp), frame_id=CAMERA_OPTICAL_FRAME)
        if frame is not None:
            self._publish(header, frame)
        self._infos.publish(_camera_info(header, intrinsics))
        return 1.0 / self._parameters.value.camera_rate

    def _fail(self, error: SimulationError) -> float:
        text = f'no picture: {error}'
        if text != self.state:
            self._node.get_logger().error(text)
        self.state = text
        delay = _RETRY_DELAYS_S[min(self._failures, len(_RETRY_DELAYS_S) - 1)]
        self._failures += 1
        return delay

    def _publish(self, header: Header, frame: Frame) -> None:
        if frame.rgb is not None:
            height, width, _ = frame.rgb.shape
            pixels = array('B')
            pixels.frombytes(frame.rgb.data)
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
        if frame.jpeg is not None:
            self._compressed.publish(
                CompressedImage(header=header, format='jpeg', data=array('B', frame.jpeg))
            )


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
