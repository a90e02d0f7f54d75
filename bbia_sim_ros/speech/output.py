"""The one place that sound goes to at a time, chosen by settings, and whether it works.

Contract
    `take` hands out the sink for a text and `look` tries, while nothing is played and at most every
    `RETRY_S`, to get a device back that is gone or not there yet; a mutex keeps the two apart. With
    `auto` sound goes to a device when one is there, else nowhere; with the others a text fails with
    the reason. Any thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bbia_sim_ros.speech.device_sink import DeviceSink
from bbia_sim_ros.speech.errors import SinkError
from bbia_sim_ros.speech.sinks import NullSink
from bbia_sim_ros.speech.sinks import Sink
from bbia_sim_ros.speech.sinks import WavSink

AUTO: Final = 'auto'
DEVICE: Final = 'device'
FILE: Final = 'file'
NONE: Final = 'none'
# Each try is a process that loads PortAudio anew: a tenth of a second of CPU.
RETRY_S: Final = 10.0
OUTPUTS: Final = (AUTO, DEVICE, FILE, NONE)


@dataclass(frozen=True, kw_only=True)
class OutputSettings:
    """What is chosen; `device` and `file` are read for their outputs only. `rate` in Hz."""

    output: str
    device: str
    file: str
    rate: int


@dataclass(frozen=True, kw_only=True)
class OutputState:
    """Where sound goes now, in words, and the problem with it, '' when there is none."""

    where: str
    problem: str = ''


class Output:
    """See the module's docstring; closed with `close`."""

    def __init__(self, settings: OutputSettings) -> None:
        self._mutex = threading.Lock()
        self._wanted = settings
        self._settings = settings
        self._sink = _sink_of(settings)
        self._next_try = 0.0
        self.state = OutputState(where='nothing was played yet')

    def choose(self, settings: OutputSettings) -> None:
        """Take other settings, from the next text on."""
        self._wanted = settings

    @contextmanager
    def take(self) -> Iterator[tuple[Sink, int]]:
        """Return the sink, open, for as long as the block lasts, and its rate, Hz.

        Raises `SinkError`; one raised inside the block marks the sink as broken.
        """
        with self._mutex:
            self._follow()
            try:
                yield self._opened(), self._settings.rate
            except SinkError as error:
                self.state = OutputState(where='nowhere', problem=str(error))
                raise

    def look(self) -> None:
        """Open what is not open, unless it is in use."""
        if not self._mutex.acquire(blocking=False):
            return
        try:
            self._follow()
            if not self.state.problem or time.monotonic() >= self._next_try:
                self._next_try = time.monotonic() + RETRY_S
                self._opened(patient=True)
        except SinkError as error:
            self.state = OutputState(where='nowhere', problem=str(error))
        finally:
            self._mutex.release()

    def close(self) -> None:
        """Close the sink."""
        with self._mutex:
            self._sink.close()

    def _follow(self) -> None:
        if self._settings != self._wanted:
            self._sink.close()
            self._settings = self._wanted
            self._sink = _sink_of(self._settings)
            self._next_try = 0.0
            self.state = OutputState(where='nothing was played yet')

    def _opened(self, *, patient: bool = False) -> Sink:
        """Return the open sink; with `auto` a text does not wait for a device (not `patient`)."""
        sink = self._sink
        if self._settings.output == FILE and patient:
            return sink  # it would be emptied
        if self._settings.output == AUTO and isinstance(sink, DeviceSink):
            if not sink.alive and (patient or not self.state.problem):
                try:
                    sink.open()
                except SinkError as error:
                    self.state = OutputState(where='nowhere, in real time', problem=str(error))
            if not sink.alive:
                return NullSink()
        sink.open()
        self.state = OutputState(where=_where(self._settings, sink))
        return sink


def _sink_of(settings: OutputSettings) -> Sink:
    if settings.output in (AUTO, DEVICE):
        return DeviceSink(settings.device, settings.rate)
    if settings.output == FILE:
        return WavSink(Path(settings.file).expanduser(), settings.rate)
    return NullSink()


def _where(settings: OutputSettings, sink: Sink) -> str:
    if isinstance(sink, DeviceSink):
        return f'the device {sink.name}'
    if isinstance(sink, WavSink):
        return f'the file {settings.file}'
    return 'nowhere, in real time'
