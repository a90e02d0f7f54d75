"""A running vision node, a camera that shows it what a test wants, and all that it tells."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import Self

import numpy as np
import psutil
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PointStamped
from geometry_msgs.msg import PoseStamped
from rclpy.action import ActionClient
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection2DArray

from bbia_msgs.action import Follow
from bbia_msgs.msg import BodyPose
from bbia_msgs.msg import HandArray
from bbia_msgs.msg import ModelStatus
from bbia_msgs.msg import PersonArray
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import pose_message
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.encodings import from_rgb
from support.motion import Goal
from support.optional import SEEING
from support.optional import need
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

PERIOD_S = 1.0 / 15.0
WORKER = 'bbia_sim_ros.models.worker_main'
# A model has to be loaded in a process of its own, beside whatever else the machine does.
SIGHT_DEADLINE_S = 60.0
_TOPICS: dict[str, Any] = {
    'vision/faces': Detection2DArray,
    'vision/people': PersonArray,
    'vision/objects': Detection2DArray,
    'vision/hands': HandArray,
    'vision/body': BodyPose,
    'vision/annotated/compressed': CompressedImage,
}


class Camera:
    """Publishes a picture, its camera_info and a head pose, 15 times a second.

    `picture` RGB, `fields` those of another message that takes its place, `late_s` how old the
    stamp is, `focal_px` the lens, None for no camera_info, `head` the head pose, None for none.
    """

    def __init__(self, probe: Probe, *, compressed: bool = False) -> None:
        self.picture: Any = np.full((480, 640, 3), 128, np.uint8)
        self.fields: dict[str, Any] | None = None
        self.late_s = 0.0
        self.focal_px: float | None = 500.0
        self.head: FloatArray | None = np.eye(4)
        self._node = probe.node
        topic = 'camera/image_raw' + ('/compressed' if compressed else '')
        kind = CompressedImage if compressed else Image
        self._images = self._node.create_publisher(kind, topic, qos.SENSOR_DATA)
        self._infos = self._node.create_publisher(CameraInfo, 'camera/camera_info', qos.SENSOR_DATA)
        self._poses = self._node.create_publisher(PoseStamped, 'head_pose', qos.STREAM)
        self._compressed = compressed
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def watched(self) -> bool:
        """Whether somebody takes its pictures."""
        return bool(self._images.get_subscription_count())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Publish nothing more."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(PERIOD_S):
            now = self._node.get_clock().now().nanoseconds * 1e-9 - self.late_s
            header = Header(stamp=time_message(now), frame_id=CAMERA_OPTICAL_FRAME)
            if self.head is not None:
                place = Header(stamp=header.stamp, frame_id=HEAD_NEUTRAL)
                self._poses.publish(PoseStamped(header=place, pose=pose_message(self.head)))
            height, width = self.picture.shape[:2]
            if self.focal_px is not None:
                k = (self.focal_px, 0.0, width / 2, 0.0, self.focal_px, height / 2, 0.0, 0.0, 1.0)
                self._infos.publish(CameraInfo(header=header, width=width, height=height, k=k))
            self._images.publish(self._message(header))

    def _message(self, header: Header) -> Any:
        if self._compressed:
            return CompressedImage(header=header, **(self.fields or {}))
        return Image(header=header, **(self.fields or from_rgb(self.picture)))


class Eyes:
    """A vision node, seen through its topics; subscribes to nothing until `watch`."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.models = probe.collect(ModelStatus, 'models/status', qos.LATCHED_MANY)
        self.gazes = probe.collect(PointStamped, 'cmd_gaze', qos.SENSOR_DATA)
        self.transforms = probe.collect(TFMessage, '/tf', qos.TRANSFORMS)
        self.reports = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        self._watching: dict[str, Any] = {}
        self._received: dict[str, list[Any]] = {}
        self._client: Any = probe.make(lambda node: ActionClient(node, Follow, 'follow'))
        wait_until(lambda: self.report('detectors'), f'vision is up; it says:\n{process.output}')
        wait_until(self._client.server_is_ready, 'the action follow')

    def watch(self, topic: str) -> list[Any]:
        """Subscribe to a topic; return the list that its messages are appended to."""
        if topic not in self._watching:
            received = self._received.setdefault(topic, [])
            self._watching[topic] = self.probe.make(
                lambda node: node.create_subscription(
                    _TOPICS[topic], topic, received.append, qos.SENSOR_DATA
                )
            )
        return self._received[topic]

    def leave(self) -> None:
        """Subscribe to nothing more."""
        for subscription in self._watching.values():
            self.probe.make(lambda node, old=subscription: node.destroy_subscription(old))
        self._watching.clear()

    def next(self, topic: str, count: int = 1) -> list[Any]:
        """Return the next messages of a topic, from now on."""
        received = self.watch(topic)
        begun = len(received)
        wait_until(
            lambda: len(received) >= begun + count,
            f'{count} messages of {topic}; the node says {self.report("detectors")}',
            SIGHT_DEADLINE_S,
        )
        return received[begun : begun + count]

    def until(self, topic: str, condition: Any, what: str) -> Any:
        """Return the first message of a topic from now on that meets a condition."""
        received = self.watch(topic)
        begun = len(received)
        wait_until(
            lambda: any(condition(message) for message in received[begun:]),
            f'{what}; the node says {self.report("camera")} {self.report("detectors")}',
            SIGHT_DEADLINE_S,
        )
        return next(message for message in received[begun:] if condition(message))

    def report(self, part: str) -> DiagnosticStatus | None:
        """Return what the node said last of a part of it."""
        return next(self._reports(part, reversed(self.reports)), None)

    @staticmethod
    def _reports(part: str, messages: Iterable[DiagnosticArray]) -> Iterator[DiagnosticStatus]:
        for message in messages:
            for status in message.status:
                if status.name == f'vision: {part}':
                    yield status

    def wait_report(self, part: str, condition: Any, what: str) -> DiagnosticStatus:
        """Return the first report on a part from now on that meets a condition."""
        begun = len(self.reports)
        return wait_until(
            lambda: next(filter(condition, self._reports(part, self.reports[begun:])), None),
            f'{what}; it said {self.report(part)}',
        )

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes of its models."""
        return psutil.Process(self.process.process.pid).children(recursive=True)

    @contextmanager
    def loading(self, *loaded: psutil.Process) -> Iterator[None]:
        """Hold the one model that begins to load beside those loaded, until the block ends."""
        worker = wait_until(lambda: self._started_worker(loaded), 'the process of a model')
        worker.suspend()
        try:
            wait_until(
                lambda: any(one.state == 'loading' for one in self.models), 'its status tells so'
            )
            yield
        finally:
            worker.resume()

    def _started_worker(self, loaded: Sequence[psutil.Process]) -> psutil.Process | None:
        # Before it runs its own program, whoever starts it waits for it.
        fresh = (one for one in self.workers if one not in loaded and WORKER in one.cmdline())
        return next(fresh, None)

    def follow(self, target: str, **fields: Any) -> Goal:
        """Send a goal to `follow`; it is accepted."""
        feedback: list[Any] = []
        sent = self._client.send_goal_async(
            Follow.Goal(target=target, **fields),
            feedback_callback=lambda message: feedback.append(message.feedback),
        )
        wait_until(sent.done, 'the answer of follow')
        handle = sent.result()
        assert handle.accepted
        return Goal('follow', handle, feedback)


@contextmanager
def eyes(probe: Probe, **parameters: object) -> Iterator[Eyes]:
    """Return a vision node that is up, and looks at raw pictures unless told otherwise."""
    need(*SEEING)
    values = {'transport': 'raw', **parameters}
    split = tuple(part for name, value in values.items() for part in ('-p', f'{name}:={value}'))
    with StackProcess('vision_node', ros_arguments=split) as process:
        yield Eyes(process, probe)


def fields_of(data: bytes) -> dict[str, Any]:
    """Return the fields of a CompressedImage."""
    return {'format': 'jpeg', 'data': array('B', data)}
