"""Pictures from real sources: files, folders, streams that die, hang and come back."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from bbia_sim_ros.camera.calibration import Calibration
from bbia_sim_ros.camera.captured import CapturedCamera
from bbia_sim_ros.camera.captured import CaptureSettings
from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.source import Picture
from support.pictures import colour_of
from support.pictures import mjpeg_server
from support.pictures import picture
from support.pictures import silent_server
from support.pictures import write_folder
from support.pictures import write_video
from support.rtsp import rtsp_server
from support.waiting import is_running
from support.waiting import wait_until

Open = Callable[..., CapturedCamera]


@pytest.fixture
def open_camera() -> Iterator[Open]:
    """Return a function that makes a camera; all are closed at the end."""
    with ExitStack() as cleanup:

        def make(
            source: object, *, rate: float = 60.0, timeout: float = 20.0, **settings: Any
        ) -> CapturedCamera:
            camera = CapturedCamera(
                CaptureSettings(source=str(source), **settings),
                Calibration(),
                rate=lambda: rate,
                timeout=lambda: timeout,
            )
            cleanup.callback(camera.close)
            return camera

        yield make


def take(camera: CapturedCamera, *, jpeg: bool = False) -> Picture:
    """Return the next picture."""
    found = wait_until(lambda: camera.take(rgb=True, jpeg=jpeg), 'a picture')
    assert found is not None
    assert found.rgb is not None
    return found


def failure(camera: CapturedCamera) -> str:
    """Take pictures until that fails; return why."""
    reasons: list[str] = []

    def fails() -> bool:
        try:
            camera.take(rgb=True, jpeg=False)
        except CameraError as error:
            reasons.append(str(error))
        return bool(reasons)

    wait_until(fails, 'a failure')
    return reasons[0]


def test_a_video_is_shown_from_the_beginning_again(open_camera: Open, tmp_path: Path) -> None:
    write_video(tmp_path / 'film.avi', ['red', 'green', 'blue'], rate=20.0, each=4)
    camera = open_camera(tmp_path / 'film.avi')
    seen: list[str] = []
    stamps: list[float] = []

    def watch() -> bool:
        shot = take(camera)
        stamps.append(shot.stamp_s)
        if seen[-1:] != [colour_of(shot.rgb)]:
            seen.append(colour_of(shot.rgb))
        return len(seen) == 6

    wait_until(watch, 'the film a second time')
    order = ['red', 'green', 'blue'] * 3
    start = order.index(seen[0])
    assert seen == order[start : start + 6]
    assert stamps == sorted(stamps)


def test_a_folder_is_shown_in_the_order_of_names_and_listed_anew(
    open_camera: Open, tmp_path: Path
) -> None:
    write_folder(tmp_path, ['red', 'blue'])
    (tmp_path / 'notes.txt').write_text('no picture')
    camera = open_camera(tmp_path)
    assert [colour_of(take(camera).rgb) for _ in range(4)] == ['red', 'blue', 'red', 'blue']
    write_folder(tmp_path, ['red', 'blue', 'green'])
    assert [colour_of(take(camera).rgb) for _ in range(3)] == ['red', 'blue', 'green']


def test_pixels_are_red_green_blue_and_jpeg_is_the_same_picture(
    open_camera: Open, tmp_path: Path
) -> None:
    write_folder(tmp_path, ['red'])
    shot = take(open_camera(tmp_path), jpeg=True)
    np.testing.assert_array_equal(shot.rgb, picture('red')[:, :, ::-1])
    decoded = cv2.imdecode(np.frombuffer(shot.jpeg or b'', np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.abs(decoded.astype(int) - picture('red')).mean() < 3.0


def test_wide_pictures_are_scaled_down_with_their_intrinsics(
    open_camera: Open, tmp_path: Path
) -> None:
    write_folder(tmp_path, ['green'])
    shot = take(open_camera(tmp_path, max_width=80))
    assert shot.rgb is not None
    assert shot.rgb.shape == (60, 80, 3)
    assert (shot.intrinsics.width, shot.intrinsics.height) == (80, 60)


def test_nothing_is_opened_before_the_first_take_and_an_idle_source_is_closed(
    open_camera: Open, tmp_path: Path
) -> None:
    write_folder(tmp_path, ['red'])
    camera = open_camera(tmp_path)
    assert camera.pid is None
    assert not camera.close_if_idle(0.0)
    take(camera)
    pid = camera.pid
    assert pid is not None
    assert not camera.close_if_idle(3600.0)
    assert camera.close_if_idle(0.0)
    assert not is_running(pid)
    assert colour_of(take(camera).rgb) == 'red'
    assert camera.starts == 2


def test_a_stream_that_dies_is_reported_and_read_again_when_it_is_back(open_camera: Open) -> None:
    with mjpeg_server() as url:
        camera = open_camera(url)
        assert colour_of(take(camera).rgb) == 'green'
    assert 'gives no more pictures' in failure(camera)
    assert 'Connection refused' in failure(camera)
    with mjpeg_server(urlsplit(url).port or 0):
        assert colour_of(take(camera).rgb) == 'green'
    assert camera.starts == 1


def test_an_rtsp_stream_is_read_until_it_ends(open_camera: Open) -> None:
    with rtsp_server() as url:
        camera = open_camera(url)
        shots = [take(camera) for _ in range(5)]
    assert {colour_of(shot.rgb) for shot in shots} == {'blue'}
    assert 'gives no more pictures' in failure(camera)


@pytest.mark.parametrize('scheme', ['http', 'rtsp'])
def test_a_server_that_never_answers_is_given_up(open_camera: Open, scheme: str) -> None:
    with silent_server(scheme) as url:
        camera = open_camera(url, timeout=0.5)
        assert failure(camera) == f'{url} gave no picture for 0.5 s'
        assert camera.pid is None


def test_closing_does_not_wait_for_a_server_that_never_answers(open_camera: Open) -> None:
    with silent_server('http') as url:
        camera = open_camera(url)
        assert camera.take(rgb=True, jpeg=False) is None
        pid = camera.pid
        assert pid is not None
        camera.close()
        assert not is_running(pid)


def test_a_killed_process_is_reported_and_replaced(open_camera: Open, tmp_path: Path) -> None:
    write_folder(tmp_path, ['blue'])
    camera = open_camera(tmp_path)
    take(camera)
    assert camera.pid is not None
    os.kill(camera.pid, signal.SIGKILL)
    assert 'killed by signal 9' in failure(camera)
    assert colour_of(take(camera).rgb) == 'blue'


def test_a_stopped_process_is_reported_and_ended(
    open_camera: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('bbia_sim_ros.camera.captured.ANSWER_TIMEOUT_S', 1.0)
    monkeypatch.setattr('bbia_sim_ros.camera.worker.EXIT_TIMEOUT_S', 0.2)
    write_folder(tmp_path, ['blue'])
    camera = open_camera(tmp_path)
    take(camera)
    pid = camera.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert 'did not answer within 1.0 s' in failure(camera)
    assert not is_running(pid)


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return int(listener.getsockname()[1])


def test_each_kind_of_source_says_why_it_cannot_be_read(open_camera: Open, tmp_path: Path) -> None:
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.mp4').write_text('no film')
    damaged = tmp_path / 'damaged'
    damaged.mkdir()
    (damaged / 'a.png').write_bytes(b'no picture')
    port = closed_port()
    reasons = {
        '/dev/video99': r'No such file or directory; plug the camera in',
        str(tmp_path / 'nowhere'): 'is neither a file nor a folder',
        str(tmp_path / 'empty'): 'holds no picture; allowed are .bmp',
        str(tmp_path / 'text.mp4'): 'is not a video that OpenCV can read',
        str(damaged): 'a.png is no picture that OpenCV can read',
        f'http://127.0.0.1:{port}/x': f'127.0.0.1 port {port}: Connection refused',
        f'rtsp://127.0.0.1:{port}/x': f'127.0.0.1 port {port}: Connection refused',
    }
    for source, reason in reasons.items():
        assert reason in failure(open_camera(source)), source


def test_a_folder_that_appears_later_is_shown(open_camera: Open, tmp_path: Path) -> None:
    camera = open_camera(tmp_path / 'stick')
    assert 'neither a file nor a folder' in failure(camera)
    write_folder(tmp_path / 'stick', ['blue'])
    assert colour_of(take(camera).rgb) == 'blue'


def test_a_password_never_comes_out_of_a_failure(open_camera: Open) -> None:
    url = f'http://me:secret@127.0.0.1:{closed_port()}/x?token=hidden'
    reason = failure(open_camera(url))
    assert 'secret' not in reason
    assert 'hidden' not in reason
