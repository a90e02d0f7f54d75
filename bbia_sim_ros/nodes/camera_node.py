"""The camera of the real robot, or any other source of pictures, behind the contract's topics.

The parameter `camera_source` names a V4L2 device, a video file, a stream or a folder of pictures;
what is published and when: `nodes/camera_publisher.py`. `/diagnostics` says in `<node>: camera`
whether pictures come, from where, how many, and why not. A simulator in the same namespace has to
leave the topics alone (`camera_enabled: false`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from rclpy.node import Node

from bbia_sim_ros.camera.calibration import Calibration
from bbia_sim_ros.camera.calibration_file import load_calibration
from bbia_sim_ros.camera.captured import CapturedCamera
from bbia_sim_ros.camera.captured import CaptureSettings
from bbia_sim_ros.camera.parameters import CameraParameters
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.nodes.camera_publisher import CameraPublisher
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.node_parameters import NodeParameters

_REPORT_PERIOD_S = 1.0


class CameraNode(Node):
    """The node `camera`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('camera')
        self.parameters = NodeParameters(self, CameraParameters)
        self._publisher: CameraPublisher | None = None
        self._source = self._make_source(self.parameters.value)
        self._diagnostics = Diagnostics(self, hardware_id=self._source.address.label)
        self._publisher = CameraPublisher(
            self,
            self._source,
            idle_timeout=lambda: self.parameters.value.camera_idle_timeout,
            on_change=self._report,
        )
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())
        self.get_logger().info(
            f'{self._source.address.kind} {self._source.address.label} is opened when somebody'
            ' subscribes'
        )

    def _make_source(self, values: CameraParameters) -> CapturedCamera:
        settings = CaptureSettings(
            source=values.camera_source,
            width=values.camera_width,
            height=values.camera_height,
            max_width=values.camera_max_width,
            jpeg_quality=values.camera_quality,
        )
        measured = None
        if values.calibration_file:
            try:
                measured = load_calibration(Path(values.calibration_file).expanduser())
            except FileError as error:
                raise StartError(f'calibration_file: {error}') from error
        return CapturedCamera(
            settings,
            Calibration(measured=measured, model=values.camera_model),
            rate=lambda: self.parameters.value.camera_rate,
            timeout=lambda: self.parameters.value.camera_timeout,
            now=lambda: ros_seconds(self),
        )

    def _report(self) -> None:
        """Say on /diagnostics how it goes. Called by executor and camera thread."""
        camera = self._publisher
        if camera is None:
            return
        level, message = Level.OK, camera.state
        if camera.failed:
            level = Level.ERROR
        elif camera.warning:
            level, message = Level.WARN, camera.warning
        values = {
            'source': self._source.address.label,
            'state': camera.state,
            'published': str(camera.published),
            'dropped': str(self._source.dropped),
        }
        self._diagnostics.update('camera', level, message, values)

    def destroy_node(self) -> None:
        """Close the camera, destroy the node."""
        if self._publisher is not None:
            self._publisher.close()
        super().destroy_node()


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['camera_node', *sys.argv[1:]])
