"""A sound server with a room in it: what is played there is heard by its microphone.

PulseAudio with a null sink, seen through ALSA by PortAudio as the device ROOM. It is of this test
alone, and is not reached by anything else on this computer.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.cli.child import die_with_parent
from support.waiting import wait_until

ROOM = 'bbia test room'
RATE_HZ = 48_000
_DEADLINE_S = 20
_ASOUND_CONF = """\
</usr/share/alsa/alsa.conf>
pcm."{room}" {{ type pulse  server "unix:{socket}"  device "room.monitor" }}
ctl."{room}" {{ type pulse  server "unix:{socket}"  device "room.monitor" }}
"""


class SoundServer:
    """A server that can be stopped and started again; `folder` must have a short path."""

    def __init__(self, folder: Path) -> None:
        if shutil.which('pulseaudio') is None or shutil.which('pactl') is None:
            pytest.skip('pulseaudio and pulseaudio-utils are not installed')
        if not list(Path('/usr/lib').glob('*/alsa-lib/libasound_module_pcm_pulse.so')):
            pytest.skip('libasound2-plugins is not installed')
        self._socket = folder / 'socket'
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        configuration = folder / 'asound.conf'
        configuration.write_text(
            _ASOUND_CONF.format(room=ROOM, socket=self._socket), encoding='utf-8'
        )
        self.environment = {
            'ALSA_CONFIG_PATH': str(configuration),
            'PULSE_SERVER': f'unix:{self._socket}',
            'PULSE_COOKIE': str(folder / 'cookie'),
            'XDG_RUNTIME_DIR': str(folder),
            'XDG_CONFIG_HOME': str(folder),
        }

    def start(self) -> None:
        """Start the server, and wait until the room is there."""
        self._run(
            *('pulseaudio', '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no'),
            *('--disable-shm', '--realtime=no', '--high-priority=no'),
            *('-L', f'module-native-protocol-unix socket={self._socket} auth-anonymous=1'),
            *('-L', f'module-null-sink sink_name=room rate={RATE_HZ}'),
        )
        wait_until(self._has_room, 'the sound server is up')

    def stop(self) -> None:
        """End the server and everything that plays; the room is gone."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._processes.clear()
        self._socket.unlink(missing_ok=True)

    def play(self, sound: Any) -> None:
        """Play mono int16 sound of RATE_HZ in the room, from now on."""
        path = self._folder / 'played.raw'
        path.write_bytes(np.asarray(sound, '<i2').tobytes())
        self._run(
            *('pacat', '--playback', '--device=room', '--latency-msec=30', f'--rate={RATE_HZ}'),
            *('--channels=1', '--format=s16le', str(path)),
        )

    def _run(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                env={'PATH': '/usr/bin:/bin', 'HOME': str(self._folder), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
            )
        )

    def _has_room(self) -> bool:
        listed = subprocess.run(
            ['pactl', 'list', 'short', 'sources'],
            env={'PATH': '/usr/bin:/bin', 'HOME': str(self._folder), **self.environment},
            check=False,
            capture_output=True,
            timeout=_DEADLINE_S,
        )
        return b'room.monitor' in listed.stdout


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer]:
    """Return a sound server that is not yet started, and stop it at the end of the block."""
    server = SoundServer(folder)
    try:
        yield server
    finally:
        server.stop()
