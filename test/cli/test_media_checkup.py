"""Camera, microphone and speaker of this computer, as the doctor sees them."""

from __future__ import annotations

import ctypes
import re
from ctypes.util import find_library
from pathlib import Path

import pytest

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.media_checkup import V4L2_CAP_DEVICE_CAPS
from bbia_sim_ros.cli.media_checkup import V4L2_CAP_VIDEO_CAPTURE
from bbia_sim_ros.cli.media_checkup import VIDIOC_QUERYCAP
from bbia_sim_ros.cli.media_checkup import SoundDevices
from bbia_sim_ros.cli.media_checkup import V4l2Capability
from bbia_sim_ros.cli.media_checkup import alsa_devices
from bbia_sim_ros.cli.media_checkup import check_camera
from bbia_sim_ros.cli.media_checkup import check_microphone
from bbia_sim_ros.cli.media_checkup import check_speaker
from bbia_sim_ros.cli.media_checkup import sound_checkup
from bbia_sim_ros.cli.media_checkup import sound_devices
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.probes import runtime_of
from support.sound_server import ROOM
from support.sound_server import sound_server

ALSA = """\
00-00: USB Audio : Reachy Mini Audio : playback 1 : capture 1
01-00: HDMI 0 : HDMI 0 : playback 1
02-00: Webcam : Webcam : capture 1
"""


def test_no_camera_is_a_warning_that_says_what_to_do(tmp_path: Path) -> None:
    finding = check_camera(tmp_path)
    assert finding.level == WARN
    assert '--device /dev/video0' in finding.fix


def test_the_simulator_needs_no_camera(tmp_path: Path) -> None:
    assert check_camera(tmp_path, needed=False).level == NOT_APPLICABLE


def test_a_file_or_a_dangling_link_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / 'video0').touch()
    (tmp_path / 'video1').symlink_to('gone')
    assert check_camera(tmp_path).text == 'none on this computer'


def test_the_kernel_is_asked_with_a_structure_of_the_size_that_it_fills() -> None:
    assert ctypes.sizeof(V4l2Capability) == VIDIOC_QUERYCAP >> 16 & 0x3FFF


def test_a_device_counts_by_what_it_does_not_by_what_its_neighbours_do() -> None:
    metadata = V4l2Capability(capabilities=V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE)
    assert not metadata.captures
    metadata.device_caps = V4L2_CAP_VIDEO_CAPTURE
    assert metadata.captures
    assert V4l2Capability(capabilities=V4L2_CAP_VIDEO_CAPTURE).captures


def test_the_list_of_alsa_is_read(tmp_path: Path) -> None:
    listed = tmp_path / 'pcm'
    listed.write_text(ALSA, encoding='utf-8')
    found = alsa_devices(listed)
    assert found.microphones == ('USB Audio', 'Webcam')
    assert found.speakers == ('USB Audio', 'HDMI 0')
    assert sound_devices(runtime_of(Layout(tmp_path)), listed) == found
    assert alsa_devices(tmp_path / 'none') == SoundDevices()


def test_sound_is_looked_for_with_the_library_of_the_nodes() -> None:
    if find_library('portaudio') is None:
        pytest.skip('PortAudio is not installed')
    assert sound_devices(runtime_of(Layout())).problem == ''


def test_devices_are_listed_with_the_index_that_names_them_to_a_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sound_server(tmp_path) as server:
        server.start()
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        microphone, speaker = sound_checkup(runtime_of(Layout()))
    for finding in (microphone, speaker):
        assert finding.level == OK
        assert re.search(rf'\d+ {ROOM}', finding.text)


def test_devices_are_named_and_their_lack_comes_with_a_fix() -> None:
    found = SoundDevices(microphones=tuple('abcdefghij'))
    assert check_microphone(found).level == OK
    assert check_microphone(found).text == 'a, b, c, d, e, f, g, h and 2 more'
    assert check_speaker(found).level == WARN
    assert '/dev/snd' in check_speaker(found).fix
    broken = check_speaker(SoundDevices(problem='PortAudio is not installed', fix='install it'))
    assert (broken.text, broken.fix) == ('PortAudio is not installed', 'install it')
