"""The checks of `./bbia doctor` for camera, microphone and speaker of this computer.

Contract: devices are asked what they can do; nothing is recorded or played. The robot moves without
any of them, so what is missing is a warning.
"""

import ctypes
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.prerequisites import package_command
from bbia_sim_ros.cli.probes import Runtime
from bbia_sim_ros.cli.probes import run_probe

DEVICES = Path('/dev')
ALSA_DEVICES = Path('/proc/asound/pcm')
SHOWN = 8
SOUND_PROBE = """
import json
import sounddevice
found = sounddevice.query_devices()
for direction, default in zip(('input', 'output'), sounddevice.default.device):
    print(json.dumps([
        f"{d['index']} {d['name']}" + (' (default)' if d['index'] == default else '')
        for d in found if d[f'max_{direction}_channels'] > 0
    ]))
"""

VIDIOC_QUERYCAP = 0x80685600  # _IOR('V', 0, struct v4l2_capability), linux/videodev2.h
V4L2_CAP_VIDEO_CAPTURE = 0x00000001
V4L2_CAP_VIDEO_CAPTURE_MPLANE = 0x00001000
V4L2_CAP_DEVICE_CAPS = 0x80000000


class V4l2Capability(ctypes.Structure):
    """struct v4l2_capability of linux/videodev2.h."""

    _fields_ = (
        ('driver', ctypes.c_char * 16),
        ('card', ctypes.c_char * 32),
        ('bus_info', ctypes.c_char * 32),
        ('version', ctypes.c_uint32),
        ('capabilities', ctypes.c_uint32),
        ('device_caps', ctypes.c_uint32),
        ('reserved', ctypes.c_uint32 * 3),
    )

    @property
    def captures(self) -> bool:
        """Whether pictures come out of it; a USB camera has a second device without any."""
        wanted = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE
        of_device = self.capabilities & V4L2_CAP_DEVICE_CAPS
        return bool((self.device_caps if of_device else self.capabilities) & wanted)


def check_camera(devices: Path = DEVICES, *, needed: bool = True) -> Finding:
    """A V4L2 device that pictures can be read from; the simulator has a camera of its own."""
    cameras, refused = [], []
    for device in sorted(devices.glob('video[0-9]*')):
        try:
            capability = query_capability(device)
        except OSError as error:
            if error.errno == errno.EACCES:
                refused.append(str(device))
            continue  # anything else: unplugged meanwhile, or no V4L2 device
        if capability.captures:
            cameras.append(f'{capability.card.decode(errors="replace")} at {device}')
    if cameras:
        return Finding(OK, 'camera', _list(cameras))
    if refused:
        fix = 'sudo usermod -aG video "$USER", then log in again'
        return Finding(WARN, 'camera', f'no permission to open {_list(refused)}', fix)
    if not needed:
        text = 'none on this computer; the simulator has its own'
        return Finding(NOT_APPLICABLE, 'camera', text)
    fix = (
        'plug it in (in a container: --device /dev/video0); for one on another computer run'
        ' camera_node there, or give it an RTSP or HTTP stream'
    )
    return Finding(WARN, 'camera', 'none on this computer', fix)


def query_capability(device: Path) -> V4l2Capability:
    """Ask a V4L2 device what it is. Raises OSError."""
    capability = V4l2Capability()
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, VIDIOC_QUERYCAP, capability)
    finally:
        os.close(descriptor)
    return capability


@dataclass(frozen=True)
class SoundDevices:
    """The devices to hear and to speak with, and why there are none.

    As PortAudio lists them: index and name, either of which names one to a node; as ALSA does: the
    names alone.
    """

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    problem: str = ''
    fix: str = ''


def sound_devices(runtime: Runtime, alsa: Path = ALSA_DEVICES) -> SoundDevices:
    """Ask PortAudio as the nodes do; without `sounddevice` look at what ALSA lists."""
    answer = run_probe(runtime, SOUND_PROBE)
    if not answer.error:
        microphones, speakers = map(json.loads, answer.output.splitlines()[-2:])
        return SoundDevices(tuple(microphones), tuple(speakers))
    if 'PortAudio library not found' in answer.error:
        fix = package_command(debian='libportaudio2', fedora='portaudio', arch='portaudio')
        return SoundDevices(problem='PortAudio is not installed', fix=fix)
    if runtime.python.exists() and 'ModuleNotFoundError' not in answer.error:
        return SoundDevices(problem=answer.error, fix='a restart of the sound server may help')
    return alsa_devices(alsa)


def alsa_devices(alsa: Path) -> SoundDevices:
    """Read ALSA's list, with lines like `00-00: USB Audio : USB Audio : playback 1 : capture 1`."""
    try:
        lines = alsa.read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError:
        return SoundDevices()
    rows = [[part.strip() for part in line.split(':')] for line in lines]
    return SoundDevices(
        tuple(row[1] for row in rows if any(part.startswith('capture') for part in row[2:])),
        tuple(row[1] for row in rows if any(part.startswith('playback') for part in row[2:])),
    )


def sound_checkup(runtime: Runtime) -> Iterator[Finding]:
    """What to hear and to speak with."""
    found = sound_devices(runtime)
    yield check_microphone(found)
    yield check_speaker(found)


def check_microphone(found: SoundDevices) -> Finding:
    """Something to hear with."""
    return _sound('microphone', found.microphones, found)


def check_speaker(found: SoundDevices) -> Finding:
    """Something to speak with."""
    return _sound('speaker', found.speakers, found)


def _sound(name: str, devices: tuple[str, ...], found: SoundDevices) -> Finding:
    if devices:
        return Finding(OK, name, _list(devices))
    fix = found.fix or (
        'plug it in; in a container: --device /dev/snd; no permission:'
        ' sudo usermod -aG audio "$USER", then log in again'
    )
    return Finding(WARN, name, found.problem or 'none on this computer', fix)


def _list(names: list[str] | tuple[str, ...]) -> str:
    more = f' and {len(names) - SHOWN} more' if len(names) > SHOWN else ''
    return ', '.join(names[:SHOWN]) + more
