"""A real sound server's microphone as a source: heard, lost, and found again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.audio.address import Address
from bbia_sim_ros.audio.address import Kind
from bbia_sim_ros.audio.device_source import DeviceSettings
from bbia_sim_ros.audio.device_source import DeviceSource
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.source import Block
from support.sound_server import RATE_HZ
from support.sound_server import ROOM
from support.sound_server import SoundServer
from support.sound_server import sound_server
from support.spoken import tone
from support.waiting import is_running
from support.waiting import wait_until

TONE_HZ = 1000.0


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server of this test, not yet started; the processes of sources see only that."""
    with sound_server(tmp_path) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def play_tone(server: SoundServer) -> None:
    server.play(tone(60.0, TONE_HZ, rate=RATE_HZ))


class Listening:
    """A source that is closed at the end of the block."""

    def __init__(self, device: str = ROOM, **settings: int) -> None:
        address = Address(kind=Kind.DEVICE, location=device)
        self.source = DeviceSource(
            address, DeviceSettings(**settings), silence_timeout_s=lambda: 1.0
        )

    def __enter__(self) -> DeviceSource:
        return self.source

    def __exit__(self, *_: object) -> None:
        self.source.pause()


def hear(source: DeviceSource, seconds: float) -> list[Block]:
    """Return blocks that last so long."""
    blocks: list[Block] = []

    def enough() -> bool:
        block = source.read()
        if block is not None:
            blocks.append(block)
        return sum(len(one.samples) / one.rate_hz for one in blocks) >= seconds

    wait_until(enough, f'{seconds} s of sound')
    return blocks


def loudest_hertz(blocks: list[Block]) -> float:
    sound = np.concatenate([block.samples[:, 0] for block in blocks])
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    return float(np.argmax(spectrum)) * blocks[0].rate_hz / sound.size


def failure(source: DeviceSource) -> str:
    """Return why there is no sound any more."""
    reasons: list[str] = []

    def failed() -> bool:
        try:
            source.read()
        except AudioError as error:
            reasons.append(str(error))
        return bool(reasons)

    wait_until(failed, 'the source fails')
    return reasons[0]


@pytest.mark.parametrize('rate_hz', [0, 16_000])
def test_what_is_played_in_the_room_is_heard(server: SoundServer, rate_hz: int) -> None:
    server.start()
    play_tone(server)
    with Listening(rate_hz=rate_hz) as source:
        blocks = hear(source, 1.0)[-25:]
        assert source.details['device'].endswith(f'{ROOM!r}')
        assert blocks[0].rate_hz == rate_hz or not rate_hz
        assert loudest_hertz(blocks) == pytest.approx(TONE_HZ, abs=5.0)
        assert all(later.start_s >= blocks[0].start_s for later in blocks)


def test_an_unknown_device_is_refused_with_those_that_there_are(server: SoundServer) -> None:
    server.start()
    with Listening('Bluetooth') as source:
        reason = failure(source)
    assert reason.startswith("no input device 'Bluetooth'; there are: ")
    assert ROOM in reason


def test_a_rate_that_is_no_rate_is_refused_by_the_device(server: SoundServer) -> None:
    server.start()
    with Listening(rate_hz=1) as source:
        assert ROOM in failure(source)


def test_a_recording_process_that_is_killed_is_replaced(server: SoundServer) -> None:
    server.start()
    play_tone(server)
    with Listening() as source:
        hear(source, 0.2)
        assert source.pid is not None
        os.kill(source.pid, signal.SIGKILL)
        assert 'was killed by signal 9' in failure(source)
        hear(source, 0.2)
        assert source.details['starts'] == '2'


def test_a_pause_lets_go_of_the_device(server: SoundServer) -> None:
    server.start()
    play_tone(server)
    with Listening() as source:
        hear(source, 0.2)
        pid = source.pid
        assert pid is not None
        source.pause()
        assert not is_running(pid)
        hear(source, 0.2)


def test_a_device_that_gives_nothing_is_given_up(server: SoundServer) -> None:
    server.start()
    play_tone(server)
    with Listening() as source:
        hear(source, 0.2)
        assert source.pid is not None
        os.kill(source.pid, signal.SIGSTOP)
        assert 'gave nothing for 1 s' in failure(source)


def test_as_long_as_nothing_shows_a_device_no_process_looks_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('bbia_sim_ros.audio.device_search.SETTLING_S', 0.0)
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(tmp_path))
    with Listening('no such device') as source:
        reason = failure(source)
        assert failure(source) == reason
        assert source.details['starts'] == '1'
        (tmp_path / 'pipewire-0').touch()
        failure(source)
        assert source.details['starts'] == '2'
        failure(source)
        assert source.details['starts'] == '2'
        source.pause()
        failure(source)
        assert source.details['starts'] == '3'
