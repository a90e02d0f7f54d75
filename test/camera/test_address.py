"""What a person may write as a camera's source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbia_sim_ros.camera.address import Kind
from bbia_sim_ros.camera.address import parse_address
from bbia_sim_ros.camera.parameters import CameraParameters
from bbia_sim_ros.parameters import ParameterError


def test_sources_are_told_apart_by_their_form(tmp_path: Path) -> None:
    kinds = {
        '0': Kind.DEVICE,
        '/dev/video2': Kind.DEVICE,
        '/dev/v4l/by-id/usb-camera-index0': Kind.DEVICE,
        'rtsp://robot.local:8554/camera': Kind.STREAM,
        'https://robot.local/stream.mjpg': Kind.STREAM,
        str(tmp_path): Kind.FOLDER,
        str(tmp_path / 'later.mp4'): Kind.FILE,
    }
    assert {text: parse_address(text).kind for text in kinds} == kinds
    assert parse_address(' 3 ').location == '/dev/video3'


def test_a_path_in_the_home_folder_is_found(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    assert parse_address('~/film.mp4').location == str(tmp_path / 'film.mp4')


def test_a_password_is_used_and_not_shown() -> None:
    address = parse_address('rtsp://me:secret@[::1]:8554/camera?token=hidden')
    assert address.location == 'rtsp://me:secret@[::1]:8554/camera?token=hidden'
    assert address.label == 'rtsp://[::1]:8554/camera?...'


@pytest.mark.parametrize(
    'text', ['', '  ', 'ftp://host/film', 'http://', 'http:///path', 'rtsp://host:99999/x']
)
def test_what_cannot_be_opened_is_refused_with_what_can(text: str) -> None:
    with pytest.raises(ParameterError, match=r'camera_source .*allowed are a V4L2 device'):
        CameraParameters(camera_source=text)


def test_a_refusal_keeps_a_password_to_itself() -> None:
    with pytest.raises(ParameterError) as caught:
        CameraParameters(camera_source='ftp://me:secret@host/film')
    assert 'secret' not in str(caught.value)
