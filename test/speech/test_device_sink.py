"""A sound device: ALSA's own file device, through PortAudio and the playing process."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from speech.conftest import Start

from bbia_sim_ros.speech.device_sink import DeviceSink
from bbia_sim_ros.speech.errors import SinkError
from bbia_sim_ros.speech.output import Output
from bbia_sim_ros.speech.output import OutputSettings
from bbia_sim_ros.speech.player import CHUNK_S
from bbia_sim_ros.speech.utterance import Order
from support.speech_ear import Ear
from support.speech_ear import understood
from support.waiting import wait_until

RATE = 16_000
DEVICE = 'bbia_test'
ALSA = Path('/usr/share/alsa/alsa.conf')
pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith('linux') and ALSA.is_file()), reason='there is no ALSA'
)


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file into which the device `bbia_test` plays: raw int16."""
    pytest.importorskip('soxr', reason='soxr is not installed')
    played = tmp_path / 'played.raw'
    configuration = tmp_path / 'asound.conf'
    configuration.write_text(
        f'pcm.{DEVICE} {{ type file; file {played}; format raw; slave.pcm {{ type null }} }}\n'
        'pcm.!default { type null }\n'
    )
    monkeypatch.setenv('ALSA_CONFIG_PATH', str(configuration))
    sink = DeviceSink(DEVICE, RATE)
    try:
        sink.open()
    except SinkError as error:
        pytest.skip(f'PortAudio does not offer the device of ALSA: {error}')
    finally:
        sink.close()
    return played


def test_a_device_plays_what_was_said(start: Start, played: Path) -> None:
    speaker = start(output='device', device=DEVICE)
    result = speaker.say(Order(text='Look left. Wake up.')).outcome.result(30.0)
    assert result.success, result.message
    speaker.close()
    samples = np.fromfile(played, '<i2')
    assert samples.size / RATE >= result.duration_s - 0.05
    assert understood(samples, RATE) == 'look left wake up'


def test_an_unknown_device_is_told_with_those_that_are_there(start: Start, played: Path) -> None:
    speaker = start(output='device', device='nothing')
    message = speaker.say(Order(text='hi')).outcome.result(30.0).message
    assert "no device 'nothing'" in message
    assert DEVICE in message


def test_a_device_that_goes_fails_its_text_and_comes_back_for_the_next(
    start: Start, ear: Ear, played: Path
) -> None:
    speaker = start(output='device', device=DEVICE)
    utterance = speaker.say(Order(text='This is being said while the device is taken away.'))
    wait_until(lambda: len(ear.chunks) > 5, 'sound')
    (child,) = playing_children()
    os.kill(child, signal.SIGKILL)
    result = utterance.outcome.result(30.0)
    assert 'the sound device is gone' in result.message
    assert speaker.say(Order(text='back')).outcome.result(30.0).success


def playing_children() -> list[int]:
    """Return the processes that play for us."""
    children = Path('/proc/self/task').glob('*/children')
    found = {int(pid) for file in children for pid in file.read_text().split()}
    return [pid for pid in found if b'device_child' in Path(f'/proc/{pid}/cmdline').read_bytes()]


def test_cancelling_drops_what_the_device_has_not_played(played: Path) -> None:
    sink = DeviceSink(DEVICE, RATE)
    sink.open()
    sink.write(np.full(round(CHUNK_S * RATE), 1000, np.int16))
    sink.drop()
    sink.write(np.full(round(CHUNK_S * RATE), 2000, np.int16))
    sink.finish()
    wait_until(lambda: played.exists() and 2000 in np.fromfile(played, '<i2'), 'the second chunk')
    sink.close()
    with pytest.raises(SinkError, match='not open'):
        sink.write(np.zeros(4, np.int16))


def test_without_a_device_auto_speaks_into_nowhere_and_says_so(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / 'empty.conf'
    empty.write_text('')
    monkeypatch.setenv('ALSA_CONFIG_PATH', str(empty))
    output = Output(OutputSettings(output='auto', device='', file='', rate=RATE))
    output.look()
    assert output.state.where.startswith('nowhere')
    assert 'sound' in output.state.problem
    output.close()
    assert start(output='auto').say(Order(text='hi')).outcome.result(30.0).success
