"""The microphone node with real files and a real sound server, seen through its topics."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from bbia_msgs.msg import AudioChunk
from bbia_sim_ros.container import EXIT_CANNOT_START
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.audio_publisher import AUDIO_QOS
from support.ros import Probe
from support.ros import StackProcess
from support.sound_files import cut_off
from support.sound_files import write_sound
from support.sound_server import RATE_HZ
from support.sound_server import ROOM
from support.sound_server import sound_server
from support.spoken import noise
from support.spoken import spoken
from support.spoken import tone
from support.waiting import wait_until

CHUNK_S = 0.032
SIZE = 512
OK, WARN, ERROR = 0, 1, 2


class Microphone:
    """A microphone node seen through its topics."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.reports = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        wait_until(self._ready, 'the microphone is up')

    def _ready(self) -> bool:
        if self.process.process.poll() is not None:
            raise AssertionError(f'the microphone ended:\n{self.process.output}')
        return bool(self.reports)

    def listen(self) -> list[AudioChunk]:
        """Return a list to which every chunk is appended as it comes."""
        return self.probe.collect(AudioChunk, 'audio', AUDIO_QOS)

    @property
    def report(self) -> DiagnosticStatus:
        """What the node says of its sound now."""
        return self.reports[-1].status[0]

    def wait_report(self, level: int, text: str) -> DiagnosticStatus:
        """Return the first report of a level whose message holds a text."""
        wait_until(
            lambda: self.report.level[0] == level and text in self.report.message,
            f'a report of level {level} with {text!r}',
        )
        return self.report

    def mute(self, on: bool) -> None:
        """Call the service."""
        answer = self.probe.call(SetBool, 'microphone/mute', SetBool.Request(data=on))
        assert answer.success

    @property
    def recorders(self) -> list[psutil.Process]:
        """The processes that record."""
        return psutil.Process(self.process.process.pid).children()


Start = Callable[..., Microphone]


@pytest.fixture
def start_microphone(ros_probe: Probe) -> Iterator[Start]:
    """Return a function that starts a microphone node and waits until it is there."""
    with ExitStack() as cleanup:

        def start(
            source: object, environment: dict[str, str] | None = None, **parameters: object
        ) -> Microphone:
            values = {'audio_source': source, 'start_delay': 0.5, **parameters}
            pairs = [('-p', f'{name}:={value}') for name, value in values.items()]
            process = StackProcess(
                'microphone_node',
                ros_arguments=tuple(text for pair in pairs for text in pair),
                **(environment or {}),
            )
            return Microphone(cleanup.enter_context(process), ros_probe)

        yield start


def stamp_s(chunk: AudioChunk) -> float:
    return float(chunk.header.stamp.sec + 1e-9 * chunk.header.stamp.nanosec)


def heard(chunks: list[AudioChunk]) -> np.ndarray:
    return np.concatenate([np.array(chunk.samples, np.int16) for chunk in list(chunks)])


def values(report: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in report.values}


def assert_unbroken(chunks: list[AudioChunk]) -> None:
    for before, after in pairwise(chunks):
        assert after.sequence == before.sequence + 1
        assert stamp_s(after) - stamp_s(before) == pytest.approx(CHUNK_S, abs=0.001)


def test_a_file_comes_bit_by_bit_in_real_time_and_then_the_node_stays(
    start_microphone: Start, tmp_path: Path
) -> None:
    sound = spoken('look left')
    path = write_sound(tmp_path / 'said.wav', sound)
    microphone = start_microphone(path, silence_at_end=0.3)
    assert microphone.report.message == 'off: nobody subscribes'
    chunks = microphone.listen()
    report = microphone.wait_report(OK, 'ended')
    count = -(-(sound.size + 4800) // SIZE)
    wait_until(lambda: len(chunks) == count, f'{count} chunks, not {len(chunks)}')
    assert np.array_equal(heard(chunks)[: sound.size], sound)
    assert not heard(chunks)[sound.size :].any()
    assert chunks[0].sequence == 0
    assert_unbroken(chunks)
    for chunk in chunks:
        assert (chunk.sample_rate, chunk.channels, len(chunk.samples)) == (16_000, 1, SIZE)
        assert chunk.header.frame_id == 'microphone'
    # A chunk is sent when its last sample would have been recorded: never before.
    assert (
        microphone.probe.node.get_clock().now().nanoseconds * 1e-9 > stamp_s(chunks[-1]) + CHUNK_S
    )
    assert report.name == 'microphone: audio'
    assert report.hardware_id == str(path)
    assert values(report)['files read'] == '1'
    assert microphone.process.stop() == 0
    assert 'Traceback' not in microphone.process.output


def test_a_folder_at_full_speed_loses_nothing(start_microphone: Start, tmp_path: Path) -> None:
    """Half a minute, stereo at 44.1 kHz and mono FLAC at 16 kHz, in a few seconds."""
    first, second = tone(20.0, 440.0, rate=44_100), noise(10.0, 0.1)
    write_sound(tmp_path / '1.wav', np.stack([first, first], axis=1), rate=44_100)
    write_sound(tmp_path / '2.flac', second)
    microphone = start_microphone(
        tmp_path, playback_speed=0.0, silence_between=0.0, silence_at_end=0.0, chunk_duration=0.1
    )
    chunks = microphone.listen()
    microphone.wait_report(OK, 'ended')
    wait_until(lambda: len(chunks) >= 300, 'all chunks')
    assert [chunk.sequence for chunk in chunks] == list(range(len(chunks)))
    sound = heard(chunks)
    start = 20 * 16_000
    assert np.abs(sound[1000 : start - 1000]).max() == pytest.approx(16_384, rel=0.01)
    found = sound[start - 2 : start + second.size + 2]
    assert any(np.array_equal(found[k : k + second.size], second) for k in range(5))


def test_a_damaged_file_is_a_warning_and_the_next_goes_on(
    start_microphone: Start, tmp_path: Path
) -> None:
    sound = noise(0.3, 0.1)
    cut_off(write_sound(tmp_path / '1.flac', noise(2.0, 0.1)), 0.01)
    (tmp_path / '2.wav').write_text('no sound', encoding='utf-8')
    write_sound(tmp_path / '3.wav', sound)
    microphone = start_microphone(tmp_path, silence_between=0.0, silence_at_end=0.0)
    chunks = microphone.listen()
    microphone.wait_report(WARN, '2.wav: is no WAV, FLAC, OGG or MP3 file')
    wait_until(lambda: values(microphone.report)['state'] == 'ended', 'the end')
    wait_until(lambda: len(chunks) * SIZE >= sound.size, 'all chunks')
    assert np.array_equal(heard(chunks)[-SIZE * -(-sound.size // SIZE) :][: sound.size], sound)
    assert values(microphone.report)['files damaged'] == '2'
    for name in ('1.flac', '2.wav'):
        assert microphone.process.output.count(name) == 1


def test_a_file_that_is_not_there_yet_is_an_error_until_it_comes(
    start_microphone: Start, tmp_path: Path
) -> None:
    path = tmp_path / 'later.wav'
    microphone = start_microphone(path)
    chunks = microphone.listen()
    microphone.wait_report(ERROR, f'no sound: {path}: does not exist')
    write_sound(path, noise(5.0, 0.1))
    wait_until(lambda: chunks, 'sound')
    microphone.wait_report(OK, 'listening')
    assert microphone.process.output.count('sound comes again') == 1


def test_clipped_sound_is_a_warning_and_what_is_no_number_is_counted(
    start_microphone: Start, tmp_path: Path
) -> None:
    samples = np.full(160_000, 1.5, np.float32)
    samples[:100] = np.nan
    path = write_sound(tmp_path / 'loud.wav', samples, subtype='FLOAT')
    microphone = start_microphone(path)
    microphone.listen()
    report = microphone.wait_report(WARN, 'of the sound is clipped, lower the gain')
    assert values(report)['samples that are no number'] == '100'


def test_while_muted_nothing_is_published_and_a_file_waits(
    start_microphone: Start, tmp_path: Path
) -> None:
    sound = noise(60.0, 0.1)
    microphone = start_microphone(write_sound(tmp_path / 'long.wav', sound))
    chunks = microphone.listen()
    wait_until(lambda: len(chunks) > 5, 'sound')
    microphone.mute(True)
    microphone.wait_report(OK, 'muted')
    count = len(chunks)
    microphone.reports.clear()
    wait_until(lambda: microphone.reports, 'the next report')
    assert len(chunks) == count
    microphone.mute(False)
    wait_until(lambda: len(chunks) > count, 'sound again')
    before, after = chunks[count - 1], chunks[count]
    assert after.sequence > before.sequence + 1
    skipped_s = (after.sequence - before.sequence) * CHUNK_S
    assert stamp_s(after) - stamp_s(before) == pytest.approx(skipped_s, abs=CHUNK_S)
    # It goes on where it was, but for what was in the chunk that was begun.
    place = next(
        start
        for start in range(count * SIZE, (count + 3) * SIZE, 8)
        if np.array_equal(sound[start : start + SIZE], np.array(after.samples, np.int16))
    )
    assert place < (count + 3) * SIZE


def test_mute_is_a_parameter_as_well(start_microphone: Start, tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'long.wav', noise(60.0, 0.1))
    microphone = start_microphone(path, muted=True)
    chunks = microphone.listen()
    microphone.wait_report(OK, 'muted')
    assert not chunks
    request = SetParameters.Request(parameters=[Parameter('muted', value=False).to_parameter_msg()])
    answer = microphone.probe.call(SetParameters, 'microphone/set_parameters', request)
    assert answer.results[0].successful
    wait_until(lambda: chunks, 'sound')


def test_a_microphone_comes_goes_and_comes_back(start_microphone: Start, tmp_path: Path) -> None:
    with sound_server(tmp_path) as server:
        microphone = start_microphone(f'"{ROOM}"', server.environment, device_timeout=1.0)
        chunks = microphone.listen()
        microphone.wait_report(ERROR, 'no input device')
        server.start()
        server.play(tone(60.0, 1000.0, rate=RATE_HZ))
        wait_until(lambda: len(chunks) > 30, 'sound')
        report = microphone.wait_report(OK, 'listening')
        assert ROOM in values(report)['device']
        spectrum = np.abs(np.fft.rfft(heard(chunks[10:26])))
        assert int(np.argmax(spectrum)) * 16_000 / (16 * SIZE) == pytest.approx(1000.0, abs=5.0)
        last = chunks[-1]
        server.stop()
        microphone.wait_report(ERROR, 'no sound')
        server.start()
        server.play(tone(60.0, 1000.0, rate=RATE_HZ))
        count = len(chunks)
        wait_until(lambda: len(chunks) > count + 5, 'sound again')
        assert chunks[-1].sequence > last.sequence + 1
        microphone.mute(True)
        wait_until(lambda: not microphone.recorders, 'the device is let go of')
        microphone.mute(False)
        wait_until(lambda: microphone.recorders, 'the device is opened again')
        assert microphone.process.stop() == 0
        assert 'Traceback' not in microphone.process.output


@pytest.mark.parametrize(
    ('name', 'value', 'complaint'),
    [
        ('chunk_duration', '0.01', 'chunk_duration'),
        ('playback_speed', '-1.0', 'playback_speed'),
        ('audio_source', '3', 'audio_source'),
    ],
)
def test_a_wrong_parameter_stops_the_start_with_one_line(
    ros_domain: int, name: str, value: str, complaint: str
) -> None:
    with StackProcess('microphone_node', ros_arguments=('-p', f'{name}:={value}')) as process:
        assert process.wait() == EXIT_CANNOT_START
        assert complaint in process.output
        assert 'Traceback' not in process.output


def test_a_second_microphone_of_the_same_name_is_refused(start_microphone: Start) -> None:
    start_microphone('nowhere.wav')
    with StackProcess('microphone_node') as second:
        assert second.wait() == EXIT_CANNOT_START
        assert 'already runs' in second.output
