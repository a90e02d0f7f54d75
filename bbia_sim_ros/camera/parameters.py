"""Parameters of `camera_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.camera.address import parse_address
from bbia_sim_ros.camera.models import NO_MODEL
from bbia_sim_ros.camera.models import OFFICIAL_MODES
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class CameraParameters(Parameters):
    """Parameters of `camera_node`."""

    camera_source: str = parameter(
        '/dev/video0',
        'Where the pictures come from: a V4L2 device (/dev/videoN, /dev/v4l/by-id/..., or a number'
        ' in quotes), a video file (shown at its own rate, again and again), a stream (rtsp://, rtsps://,'
        ' http://, https://), or a folder of pictures (shown in the order of their names at'
        ' camera_rate, again and again).',
        read_only=True,
    )
    camera_rate: float = parameter(
        15.0,
        'Most pictures per second, Hz; what comes faster is left out.',
        minimum=0.1,
        maximum=60.0,
    )
    camera_width: int = parameter(
        1920,
        'Width asked of a V4L2 device, px; it takes the nearest that it can.',
        minimum=16,
        maximum=4608,
        read_only=True,
    )
    camera_height: int = parameter(
        1080,
        'Height asked of a V4L2 device, px; it takes the nearest that it can.',
        minimum=16,
        maximum=4608,
        read_only=True,
    )
    camera_max_width: int = parameter(
        1280,
        'Pictures that are wider are scaled down to this width, px. A raw picture above 4 MiB does'
        ' not fit into the buffer of a socket (config/fastdds.xml).',
        minimum=16,
        maximum=4608,
        read_only=True,
    )
    camera_quality: int = parameter(
        80, 'JPEG quality of camera/image_raw/compressed.', minimum=1, maximum=100, read_only=True
    )
    camera_timeout: float = parameter(
        5.0,
        'Seconds without a picture after which the source is given up and opened anew.',
        minimum=0.5,
        maximum=20.0,
    )
    camera_idle_timeout: float = parameter(
        10.0,
        'Seconds without a subscriber after which the source is closed.',
        minimum=0.0,
        maximum=3600.0,
    )
    calibration_file: str = parameter(
        '',
        'YAML file that camera_calibration wrote; empty: the numbers of camera_model.',
        read_only=True,
    )
    camera_model: str = parameter(
        NO_MODEL,
        'Whose official numbers go to camera/camera_info when there is no calibration file; with'
        ' none the camera is said to be not calibrated.',
        choices=(NO_MODEL, *OFFICIAL_MODES),
        read_only=True,
    )

    def conflicts(self) -> Iterable[str]:
        """Return what contradicts what."""
        try:
            parse_address(self.camera_source)
        except ValueError as error:
            yield str(error)
