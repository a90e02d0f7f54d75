"""An input device as a source.

Contract
    The device is opened and recorded from by a process of its own, started by the first `read`, so
    a sound server that hangs holds up nothing, a recording never waits for this process, and every
    new try sees the devices that exist then. A device that gives no sound for `silence_timeout_s`,
    and FIRST_SOUND_TIMEOUT_S more at first, is given up with its process. Not thread-safe.

    Where no device could be opened, `read` fails again for the same reason, without a process,
    until a sign of another device shows (`audio/device_search.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.audio.address import Address
from bbia_sim_ros.audio.capture_messages import Failed
from bbia_sim_ros.audio.capture_messages import Opened
from bbia_sim_ros.audio.capture_messages import Recorded
from bbia_sim_ros.audio.device_search import DeviceSearch
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.source import Block
from bbia_sim_ros.cli.child import die_with_parent

PROCESS_MODULE: Final = 'bbia_sim_ros.audio.capture_process'
START_TIMEOUT_S: Final = 20.0
# A sound server may let the first sound wait for its longest buffer.
FIRST_SOUND_TIMEOUT_S: Final = 5.0
EXIT_TIMEOUT_S: Final = 2.0
_POLL_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class DeviceSettings:
    """How a device is recorded from.

    Attributes
    ----------
    channels:
        How many of its channels are asked for, the first ones; fewer where it has fewer.
    rate_hz:
        Frames per second, 0 for the device's own rate.

    """

    channels: int = 1
    rate_hz: int = 0


class DeviceSource:
    """See the module's docstring; `silence_timeout_s` is asked at each look."""

    def __init__(
        self, address: Address, settings: DeviceSettings, *, silence_timeout_s: Callable[[], float]
    ) -> None:
        self._address = address
        self._settings = settings
        self._silence_timeout_s = silence_timeout_s
        self._search = DeviceSearch()
        self._process: _CaptureProcess | None = None
        self._opened: Opened | None = None
        self._deadline_s = 0.0
        self._starts = 0

    @property
    def label(self) -> str:
        """The device as it was asked for."""
        return self._address.label

    @property
    def details(self) -> dict[str, str]:
        """The device that was found, and how it is recorded from."""
        opened = self._opened
        return {
            'device': opened.device if opened else '',
            'rate': f'{opened.rate_hz} Hz' if opened else '',
            'channels': str(opened.channels) if opened else '',
            'starts': str(self._starts),
        }

    @property
    def problem(self) -> str:
        """Nothing: a device gives sound or it does not."""
        return ''

    @property
    def pid(self) -> int | None:
        """The id of the recording process, None while none runs."""
        return self._process.pid if self._process else None

    def read(self) -> Block | None:
        """Return the next block, None if there is none yet; see `source.SoundSource`."""
        if self._process is None:
            if reason := self._search.known_failure():
                raise AudioError(reason)
            self._search.begin()
            self._process = _CaptureProcess(self._config())
            self._starts += 1
            self._deadline_s = time.monotonic() + START_TIMEOUT_S
        try:
            message = self._process.receive(_POLL_S)
        except AudioError:
            self._close()
            raise
        if message is None:
            self._give_up_if_silent()
            return None
        self._deadline_s = time.monotonic() + self._silence_timeout_s()
        if isinstance(message, Failed):
            if self._opened is None:
                self._search.fail(message.reason)
            self._close()
            raise AudioError(message.reason)
        if isinstance(message, Opened):
            self._opened = message
            self._deadline_s += FIRST_SOUND_TIMEOUT_S
            return None
        return self._block(message)

    def pause(self) -> None:
        """End the recording process, and so let go of the device; the next `read` looks for one."""
        self._search.forget()
        self._close()

    def _close(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None
            self._opened = None

    def _config(self) -> dict[str, Any]:
        return {
            'device': self._address.location,
            'channels': self._settings.channels,
            'rate_hz': self._settings.rate_hz,
        }

    def _block(self, message: Recorded) -> Block:
        if self._opened is None:
            raise AudioError(f'{self.label}: the recording process sent sound before it opened')
        samples = np.frombuffer(message.data, np.float32).reshape(-1, self._opened.channels)
        return Block(
            samples=samples,
            rate_hz=self._opened.rate_hz,
            start_s=message.start_s,
            overruns=message.overruns,
        )

    def _give_up_if_silent(self) -> None:
        if time.monotonic() < self._deadline_s:
            return
        device = self._opened.device if self._opened else ''
        if self._process is not None:
            self._process.kill()
        self._close()
        if not device:
            raise AudioError(f'{self.label}: could not be opened within {START_TIMEOUT_S:g} s')
        raise AudioError(f'{device}: gave nothing for {self._silence_timeout_s():g} s')


class _CaptureProcess:
    """The parent's end of `audio/capture_process.py`."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._connection, theirs = Pipe(duplex=True)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, '-P', '-m', PROCESS_MODULE),
                    json.dumps({**config, 'connection_fd': theirs.fileno()}),
                ],
                # The package is found where this process found it.
                env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))},
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
                start_new_session=True,  # Ctrl-C is for us alone
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
            )
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def receive(self, timeout_s: float) -> Opened | Recorded | Failed | None:
        """Return the next message, None if there is none in time; AudioError when it is dead."""
        try:
            if not self._connection.poll(timeout_s):
                return None
            message: Opened | Recorded | Failed = self._connection.recv()
        except (EOFError, OSError) as error:
            raise AudioError(self._obituary()) from error
        return message

    def kill(self) -> None:
        """Do not wait for it any more."""
        self._process.kill()

    def close(self) -> None:
        """End it, by force if it does not end by itself."""
        self._connection.close()
        try:
            self._process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def _obituary(self) -> str:
        """Say how it ended, with the last line that it wrote."""
        try:
            code = self._process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return 'the recording process closed its connection'
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors='replace').strip().splitlines()
        how = f'was killed by signal {-code}' if code < 0 else f'ended with exit code {code}'
        return f'the recording process {how}' + (f': {lines[-1]}' if lines else '')
