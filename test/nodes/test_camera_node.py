"""The camera node with real sources: the simulated camera's topics, lazily, and never silent."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image

from bbia_sim_ros.container import EXIT_CANNOT_START
from bbia_sim_ros.nodes import qos
from support.pictures import HEIGHT
from support.pictures import WIDTH
from support.pictures import colour_of
from support.pictures import mjpeg_server
from support.pictures import silent_server
from support.pictures import write_folder
from support.pictures import write_video
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import is_running
from support.waiting import wait_until

CALIBRATION = """\
image_width: 320
image_height: {height}
camera_matrix: {{rows: 3, cols: 3, data: [300, 0, 159.5, 0, 300, 119.5, 0, 0, 1]}}
distortion_model: plumb_bob
distortion_coefficients: {{rows: 1, cols: 5, data: [0.1, 0, 0, 0, 0]}}
rectification_matrix: {{rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}}
projection_matrix: {{rows: 3, cols: 4, data: [300, 0, 159.5, 0, 0, 300, 119.5, 0, 0, 0, 1, 0]}}
"""


class Camera:
    """A camera node seen through its topics."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.reports = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        wait_until(self._ready, f'the camera is up; it says:\n{process.output}')

    def _ready(self) -> bool:
        if self.process.process.poll() is not None:
            raise AssertionError(f'the camera ended:\n{self.process.output}')
        return bool(self.reports)

    @property
    def report(self) -> DiagnosticStatus:
        """What the node says of its camera now."""
        return self.reports[-1].status[0]

    def wait_report(
        self, condition: Callable[[DiagnosticStatus], bool], what: str
    ) -> DiagnosticStatus:
        """Return the first report that meets a condition."""
        wait_until(lambda: condition(self.report), f'{what}; it says {self.report}')
        return self.report

    @property
    def readers(self) -> list[psutil.Process]:
        """The processes that read the source."""
        return psutil.Process(self.process.process.pid).children(recursive=True)


Start = Callable[..., Camera]


@pytest.fixture
def start_camera(ros_probe: Probe) -> Iterator[Start]:
    """Return a function that starts a camera node with parameters and waits until it is there."""
    with ExitStack() as cleanup:

        def start(source: object, **parameters: object) -> Camera:
            values = {'camera_source': source, **parameters}
            pairs = [('-p', f'{name}:={value}') for name, value in values.items()]
            arguments = tuple(text for pair in pairs for text in pair)
            process = StackProcess('camera_node', ros_arguments=arguments)
            return Camera(cleanup.enter_context(process), ros_probe)

        yield start


def rgb_of(image: Image) -> np.ndarray:
    return np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)


def level(status: DiagnosticStatus) -> int:
    return int(status.level[0])


def test_a_video_comes_on_all_topics_with_one_stamp(start_camera: Start, tmp_path: Path) -> None:
    write_video(tmp_path / 'film.avi', ['blue'], rate=20.0, each=20)
    camera = start_camera(tmp_path / 'film.avi')
    images = camera.probe.collect(Image, 'camera/image_raw')
    compressed = camera.probe.collect(CompressedImage, 'camera/image_raw/compressed')
    infos = camera.probe.collect(CameraInfo, 'camera/camera_info')

    def stamps(messages: list) -> set[tuple[int, int]]:
        return {(one.header.stamp.sec, one.header.stamp.nanosec) for one in list(messages)}

    wait_until(lambda: stamps(images) & stamps(compressed) & stamps(infos), 'the same stamp')
    image, jpeg, info = images[-1], compressed[-1], infos[-1]
    for message in (image, jpeg, info):
        assert message.header.frame_id == 'camera_optical_frame'
    assert (image.encoding, image.step) == ('rgb8', 3 * WIDTH)
    assert colour_of(rgb_of(image)) == 'blue'
    decoded = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert colour_of(decoded[:, :, ::-1]) == 'blue'
    assert (info.width, info.height) == (image.width, image.height) == (WIDTH, HEIGHT)
    # Nobody calibrated it: REP-104.
    assert not any(info.k)
    assert info.distortion_model == ''


def test_nothing_is_opened_until_somebody_subscribes_and_after_they_left(
    start_camera: Start, tmp_path: Path
) -> None:
    write_folder(tmp_path / 'pictures', ['red', 'green'])
    camera = start_camera(tmp_path / 'pictures', camera_idle_timeout=0.2)
    assert camera.report.message == 'off'
    assert camera.readers == []
    infos = camera.probe.collect(CameraInfo, 'camera/camera_info')
    wait_until(lambda: infos, 'camera info, though nobody wants pictures')
    report = camera.wait_report(lambda now: now.message == 'streaming', 'it streams')
    assert level(report) == 0
    assert report.name == 'camera: camera'
    assert report.hardware_id == str(tmp_path / 'pictures')
    assert len(camera.readers) == 1
    for subscription in list(camera.probe.node.subscriptions):
        if subscription.topic_name.endswith('camera_info'):
            camera.probe.node.destroy_subscription(subscription)
    wait_until(lambda: not camera.readers, 'the source is closed')
    camera.wait_report(lambda now: now.message == 'off', 'the camera is off')


def test_what_comes_faster_than_wanted_is_left_out_and_counted(start_camera: Start) -> None:
    with mjpeg_server() as url:
        camera = start_camera(url, camera_rate=5.0)
        camera.probe.collect(CompressedImage, 'camera/image_raw/compressed')

        def counts(status: DiagnosticStatus) -> tuple[int, int]:
            values = {pair.key: pair.value for pair in status.values}
            return int(values['published']), int(values['dropped'])

        report = camera.wait_report(lambda now: counts(now)[0] > 10, 'pictures')
        published, dropped = counts(report)
        assert dropped > published


def test_a_stream_that_dies_is_an_error_and_comes_back(start_camera: Start) -> None:
    with mjpeg_server() as url:
        camera = start_camera(url)
        images = camera.probe.collect(Image, 'camera/image_raw')
        wait_until(lambda: images, 'a picture')
        camera.wait_report(lambda now: now.message == 'streaming', 'it streams')
    camera.wait_report(
        lambda now: level(now) == 2 and 'Connection refused' in now.message, 'it says why'
    )
    with mjpeg_server(urlsplit(url).port or 0):
        camera.wait_report(
            lambda now: level(now) == 0 and now.message == 'streaming', 'it streams again'
        )
    assert camera.process.output.count('Connection refused') == 1
    assert camera.process.output.count('pictures come again') == 1


def test_a_server_that_never_answers_hangs_neither_the_node_nor_its_end(
    start_camera: Start,
) -> None:
    with silent_server('http') as url:
        camera = start_camera(url, camera_timeout=0.5)
        camera.probe.collect(Image, 'camera/image_raw')
        camera.wait_report(
            lambda now: level(now) == 2 and 'gave no picture for 0.5 s' in now.message, 'the reason'
        )
        assert camera.process.stop() == 0


def test_the_reading_process_ends_with_a_killed_node(start_camera: Start) -> None:
    with silent_server('rtsp') as url:
        camera = start_camera(url, camera_timeout=20.0)
        camera.probe.collect(Image, 'camera/image_raw')
        reader = wait_until(lambda: camera.readers, 'the reading process')[0]
        camera.process.process.kill()
        wait_until(lambda: not is_running(reader.pid), 'it ends')


def test_a_missing_device_is_named_with_what_to_do(start_camera: Start) -> None:
    camera = start_camera('/dev/video99')
    camera.probe.collect(Image, 'camera/image_raw')
    report = camera.wait_report(lambda now: level(now) == 2, 'an error')
    assert '/dev/video99 cannot be opened: No such file or directory; plug' in report.message


def test_a_calibration_goes_out_scaled_to_the_picture(start_camera: Start, tmp_path: Path) -> None:
    write_folder(tmp_path / 'pictures', ['red'])
    (tmp_path / 'camera.yaml').write_text(CALIBRATION.format(height=240))
    camera = start_camera(tmp_path / 'pictures', calibration_file=tmp_path / 'camera.yaml')
    infos = camera.probe.collect(CameraInfo, 'camera/camera_info')
    info = wait_until(lambda: infos, 'camera info')[-1]
    assert (info.width, info.height) == (WIDTH, HEIGHT)
    assert list(info.k) == [150.0, 0.0, 79.5, 0.0, 150.0, 59.5, 0.0, 0.0, 1.0]
    assert list(info.p) == [150.0, 0.0, 79.5, 0.0, 0.0, 150.0, 59.5, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert list(info.d) == [0.1, 0.0, 0.0, 0.0, 0.0]


def test_a_calibration_of_another_shape_is_a_warning_and_pictures_come(
    start_camera: Start, tmp_path: Path
) -> None:
    write_folder(tmp_path / 'pictures', ['red'])
    (tmp_path / 'camera.yaml').write_text(CALIBRATION.format(height=180))
    camera = start_camera(tmp_path / 'pictures', calibration_file=tmp_path / 'camera.yaml')
    infos = camera.probe.collect(CameraInfo, 'camera/camera_info')
    report = camera.wait_report(lambda now: level(now) == 1, 'a warning')
    assert '320x180' in report.message
    assert not any(wait_until(lambda: infos, 'camera info')[-1].k)


@pytest.mark.parametrize(
    ('name', 'value', 'complaint'),
    [
        ('calibration_file', 'nowhere.yaml', 'calibration_file: nowhere.yaml: cannot be read'),
        ('camera_source', 'ftp://host/film', 'allowed are a V4L2 device'),
        ('camera_model', 'other', "'other' is not one of 'none', 'reachy_mini_lite'"),
    ],
)
def test_a_wrong_parameter_stops_the_start_with_one_line(
    ros_domain: int, name: str, value: str, complaint: str
) -> None:
    with StackProcess('camera_node', ros_arguments=('-p', f'{name}:={value}')) as process:
        assert process.wait() == EXIT_CANNOT_START
        assert complaint in process.output
        assert 'Traceback' not in process.output
