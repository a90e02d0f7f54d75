"""A sound device as a sink, played by a child process (`device_child.py`).

A device that vanishes ends the child; opening again starts a new one, which sees the devices that
are there by then. The child is never waited for while something is played.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.errors import SinkError
from bbia_sim_ros.speech.resampling import resampling_stream

# As in device_child.py, which needs sounddevice to be imported.
_DROP: Final = 0
_FINISH: Final = 0xFFFF_FFFF
_LENGTH_B: Final = 4
# With its length less than PIPE_BUF of Linux: written whole or not at all.
_MOST_B: Final = 4000
_OPENING_S: Final = 5.0
_ENDING_S: Final = 2.0
_LATENCY_S: Final = 0.05
_LEAD_S: Final = 0.06


class DeviceSink:
    """See the module's docstring; `device` is a name, part of one, an index, or '': the default.

    `rate` is that of the samples, Hz; a device that does not take it gets resampled ones.
    """

    def __init__(self, device: str, rate: int) -> None:
        self._device = device
        self._rate = rate
        self._process: subprocess.Popen[bytes] | None = None
        self._resampler: Any = None
        self._delay_s = 0.0
        self.name = ''
        """The device that plays, while open."""

    @property
    def lead_s(self) -> float:
        """See `Sink`."""
        return _LEAD_S + self._delay_s

    @property
    def alive(self) -> bool:
        """Whether the device is open and has reported nothing."""
        return self._process is not None and self._process.poll() is None

    def open(self) -> None:
        """See `Sink`."""
        if self.alive:
            return
        self.close()
        asked = {'device': self._device, 'rate': self._rate, 'latency_s': _LATENCY_S}
        child = Path(__file__).with_name('device_child.py')
        self._process = subprocess.Popen(
            [sys.executable, '-P', str(child), json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
        )
        answer = self._answer(_OPENING_S)
        if 'rate' not in answer:
            self.close()
            raise SinkError(answer.get('error') or _cannot_start())
        os.set_blocking(self._process.stdin.fileno(), False)  # type: ignore[union-attr]
        self.name = str(answer['name'])
        self._delay_s = float(answer['latency_s'])
        rate = int(answer['rate'])
        self._resampler = None
        if rate != self._rate:
            self._resampler = resampling_stream(self._rate, rate)

    def write(self, samples: Samples) -> None:
        """See `Sink`."""
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        if samples.size:
            data = samples.astype('<i2').tobytes()
            for begin in range(0, len(data), _MOST_B):
                piece = data[begin : begin + _MOST_B]
                self._send(len(piece).to_bytes(_LENGTH_B, 'little') + piece)

    def finish(self) -> None:
        """See `Sink`."""
        self._send(_FINISH.to_bytes(_LENGTH_B, 'little'))

    def drop(self) -> None:
        """See `Sink`; also on a device that is gone."""
        if self._resampler is not None:
            self._resampler.clear()
        if self.alive:
            self._send(_DROP.to_bytes(_LENGTH_B, 'little'))

    def close(self) -> None:
        """See `Sink`."""
        process, self._process = self._process, None
        self.name = ''
        if process is None:
            return
        process.kill()
        process.wait(_ENDING_S)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, message: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise SinkError('the sound device is not open')
        try:
            whole = os.write(process.stdin.fileno(), message) == len(message)
        except BlockingIOError:
            whole = False
        except OSError as error:
            reason = self._answer(0.0).get('error', 'its process ended')
            self.close()
            raise SinkError(f'the sound device is gone: {reason}') from error
        if not whole:
            self.close()
            raise SinkError('the sound device takes no sound any more')

    def _answer(self, timeout_s: float) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdout is None:
            return {}
        if not select.select([process.stdout], [], [], timeout_s)[0]:
            return {'error': f'the sound device did not answer within {timeout_s:g} s'}
        try:
            answer: dict[str, Any] = json.loads(process.stdout.readline())
        except ValueError:
            return {}
        return answer


def _cannot_start() -> str:
    return (
        'sound devices cannot be used: PortAudio is not installed (on Debian: apt install'
        ' libportaudio2), or this is a set-up without sounddevice (--core)'
    )
