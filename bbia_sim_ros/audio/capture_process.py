"""The process that records from a device: `python -m bbia_sim_ros.audio.capture_process JSON`.

Contract
    JSON has `device`, `channels`, `rate_hz` (0: the device's own) and `connection_fd`. What is sent
    over the connection: `Opened`, then `Recorded` again and again; `Failed` at last, when the
    device cannot be opened or stops. The process ends after that, and when the other end of the
    connection is closed. Up to QUEUE_S of sound wait here for a slow reader, then the newest is
    dropped and counted as an overrun. Nothing but the standard library and sounddevice is imported.
"""

from __future__ import annotations

import json
import queue
import sys
import time
from multiprocessing.connection import Connection
from typing import Any
from typing import Final

from bbia_sim_ros.audio.capture_messages import Failed
from bbia_sim_ros.audio.capture_messages import Opened
from bbia_sim_ros.audio.capture_messages import Recorded
from bbia_sim_ros.audio.devices import InputDevice
from bbia_sim_ros.audio.devices import choose_device
from bbia_sim_ros.audio.devices import input_devices
from bbia_sim_ros.audio.errors import AudioError

BLOCK_S: Final = 0.02
QUEUE_S: Final = 5.0
LATENCY_S: Final = 0.1
USUAL_RATES_HZ: Final = (48_000, 44_100, 16_000)
_LOOK_PERIOD_S: Final = 0.2


class Recorder:
    """Takes sound from PortAudio's thread to the one that sends."""

    def __init__(self) -> None:
        self.blocks: queue.Queue[Recorded] = queue.Queue(round(QUEUE_S / BLOCK_S))
        self.stopped = False
        self._overruns = 0

    def on_sound(self, data: Any, frames: int, times: Any, status: Any) -> None:
        """Queue a block; called by PortAudio."""
        self._overruns += bool(status.input_overflow)
        # PortAudio has a clock of its own, and some hosts tell nonsense.
        age_s = times.currentTime - times.inputBufferAdcTime
        start_s = time.monotonic() - (age_s if 0.0 < age_s < QUEUE_S else 0.0)
        block = Recorded(start_s=start_s, overruns=self._overruns, data=bytes(data))
        try:
            self.blocks.put_nowait(block)
        except queue.Full:
            self._overruns += 1
        else:
            self._overruns = 0

    def on_end(self) -> None:
        """Note that PortAudio gave up the device; called by PortAudio."""
        self.stopped = True


def _record(connection: Connection, *, device: str, channels: int, rate_hz: int) -> None:
    """Send sound until the device stops or nobody listens any more; raises AudioError."""
    chosen = choose_device(input_devices(), device)
    import sounddevice  # noqa: PLC0415 - input_devices said what to do where it is missing

    channels = min(channels, chosen.channels)
    recorder = Recorder()
    try:
        rate_hz = _working_rate(sounddevice, chosen, channels, rate_hz)
        stream = sounddevice.RawInputStream(
            device=chosen.index,
            samplerate=rate_hz,
            channels=channels,
            dtype='float32',
            blocksize=round(rate_hz * BLOCK_S),
            latency=LATENCY_S,
            callback=recorder.on_sound,
            finished_callback=recorder.on_end,
        )
        with stream:
            connection.send(Opened(device=str(chosen), rate_hz=rate_hz, channels=channels))
            while not (recorder.stopped or connection.poll()):
                try:
                    connection.send(recorder.blocks.get(timeout=_LOOK_PERIOD_S))
                except queue.Empty:
                    continue
            gone = recorder.stopped
    except sounddevice.PortAudioError as error:
        raise AudioError(f'{chosen}: {error}') from error
    if gone:
        raise AudioError(f'{chosen}: stopped; was it unplugged?')


def _working_rate(sounddevice: Any, device: InputDevice, channels: int, wanted_hz: int) -> int:
    """Return the first rate that the device takes; raises PortAudioError when it takes none."""
    rates = [wanted_hz] if wanted_hz else [device.rate_hz, *USUAL_RATES_HZ]
    for rate_hz in rates[:-1]:
        try:
            _check(sounddevice, device, channels, rate_hz)
        except sounddevice.PortAudioError:
            continue
        return rate_hz
    _check(sounddevice, device, channels, rates[-1])
    return rates[-1]


def _check(sounddevice: Any, device: InputDevice, channels: int, rate_hz: int) -> None:
    sounddevice.check_input_settings(
        device=device.index, channels=channels, dtype='float32', samplerate=rate_hz
    )


def main(config: dict[str, Any]) -> None:
    """Record, and send why it ended."""
    connection = Connection(config.pop('connection_fd'))
    try:
        try:
            _record(connection, **config)
        except AudioError as error:
            connection.send(Failed(reason=str(error)))
    except (BrokenPipeError, ConnectionResetError):
        pass  # nobody listens any more


if __name__ == '__main__':
    main(json.loads(sys.argv[1]))
