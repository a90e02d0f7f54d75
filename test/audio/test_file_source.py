"""Files as a source: order, silence, pace on a clock that the tests move, damage."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.audio.address import Kind
from bbia_sim_ros.audio.address import parse_address
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.errors import EndOfSound
from bbia_sim_ros.audio.file_source import FileSource
from bbia_sim_ros.audio.file_source import Playback
from bbia_sim_ros.audio.source import Block
from support.sound_files import cut_off
from support.sound_files import write_sound
from support.spoken import noise
from support.spoken import tone

RATE = 16_000


@dataclass
class Clock:
    """A clock on which sleeping takes no time."""

    now: float = 1000.0
    problems: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def source(self, path: Path, **playback: float) -> FileSource:
        return FileSource(
            parse_address(str(path)),
            Playback(**playback),
            on_problem=self.problems.append,
            clock=lambda: self.now,
            sleep=self.sleep,
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rest(source: FileSource, most: int = 10_000) -> list[Block]:
    """Return all blocks that are still to come."""
    blocks: list[Block] = []
    for _ in range(most):
        try:
            block = source.read()
        except EndOfSound:
            return blocks
        if block is not None:
            blocks.append(block)
    raise AssertionError(f'no end after {most} reads')


def joined(blocks: list[Block]) -> np.ndarray:
    return np.rint(np.concatenate([block.samples[:, 0] for block in blocks]) * 32768)


def test_what_the_parameter_names_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / 'plain').touch()
    kinds = {
        '': Kind.DEVICE,
        '3': Kind.DEVICE,
        'USB Audio: - (hw:1,0)': Kind.DEVICE,
        'Reachy Mini Audio': Kind.DEVICE,
        'not/there.WAV': Kind.FILE,
        '/not/there': Kind.FILE,
        str(tmp_path / 'plain'): Kind.FILE,
        str(tmp_path): Kind.FOLDER,
    }
    assert {text: parse_address(text).kind for text in kinds} == kinds


def test_a_file_comes_whole_and_then_ends_for_good(tmp_path: Path, clock: Clock) -> None:
    sound = noise(0.5, 0.1)
    source = clock.source(write_sound(tmp_path / 'a.wav', sound))
    assert np.array_equal(joined(rest(source)), sound)
    with pytest.raises(EndOfSound):
        source.read()
    assert source.files_read == 1


def test_sound_comes_when_it_would_have_been_recorded(tmp_path: Path, clock: Clock) -> None:
    source = clock.source(write_sound(tmp_path / 'a.wav', noise(1.0, 0.1)))
    start_s = clock.now
    place = 0
    while place < RATE:
        block = source.read()
        assert block is not None
        assert block.start_s == pytest.approx(start_s + place / RATE)
        place += len(block.samples)
        assert clock.now == pytest.approx(start_s + place / RATE)


@pytest.mark.parametrize(('speed', 'taken_s'), [(4.0, 0.25), (0.05, 20.0), (0.0, 0.0)])
def test_at_another_speed_the_stamps_follow_the_sound(
    tmp_path: Path, clock: Clock, speed: float, taken_s: float
) -> None:
    source = clock.source(write_sound(tmp_path / 'a.wav', noise(1.0, 0.1)), speed=speed)
    start_s = clock.now
    blocks = rest(source)
    assert clock.now - start_s == pytest.approx(taken_s)
    last = blocks[-1]
    assert last.start_s + len(last.samples) / RATE == pytest.approx(start_s + 1.0)


def test_a_folder_is_heard_in_the_order_of_names_with_silence_between(
    tmp_path: Path, clock: Clock
) -> None:
    sounds = {'b.wav': noise(0.1, 0.1, seed=1), 'a.flac': noise(0.1, 0.1, seed=2)}
    for name, sound in sounds.items():
        write_sound(tmp_path / name, sound)
    (tmp_path / 'notes.txt').write_text('not a sound', encoding='utf-8')
    source = clock.source(tmp_path, silence_between_s=0.05, silence_at_end_s=0.2)
    expected = [sounds['a.flac'], np.zeros(800), sounds['b.wav'], np.zeros(3200)]
    assert np.array_equal(joined(rest(source)), np.concatenate(expected))
    assert clock.problems == []


def test_files_of_different_rates_follow_each_other_in_time(tmp_path: Path, clock: Clock) -> None:
    write_sound(tmp_path / 'a.wav', tone(0.5, 440.0, rate=48_000), rate=48_000)
    write_sound(tmp_path / 'b.wav', tone(0.5, 440.0, rate=8000), rate=8000)
    blocks = rest(clock.source(tmp_path))
    assert {block.rate_hz for block in blocks} == {48_000, 8000}
    for before, after in pairwise(blocks):
        assert after.start_s == pytest.approx(before.start_s + len(before.samples) / before.rate_hz)


def test_a_loop_begins_anew_and_does_not_end(tmp_path: Path, clock: Clock) -> None:
    sound = noise(0.064, 0.1)
    source = clock.source(write_sound(tmp_path / 'a.wav', sound), loop=True)
    blocks = [source.read() for _ in range(6)]
    assert np.array_equal(joined([block for block in blocks if block]), np.tile(sound, 3))


def test_a_damaged_file_is_reported_once_and_the_next_goes_on(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / 'a.wav').write_text('no sound', encoding='utf-8')
    cut_off(write_sound(tmp_path / 'b.wav', noise(1.0, 0.1)))
    sound = noise(0.2, 0.1, seed=3)
    write_sound(tmp_path / 'c.wav', sound)
    source = clock.source(tmp_path)
    heard = joined(rest(source))
    assert np.array_equal(heard[-sound.size :], sound)
    assert heard.size > sound.size + 0.4 * RATE
    assert (source.files_read, source.files_damaged) == (1, 2)
    assert [Path(problem.split(':')[0]).name for problem in clock.problems] == ['a.wav', 'b.wav']
    assert 'b.wav: cut off after 0.50 of 1.00 s' in source.problem


def test_what_cannot_be_read_at_all_is_an_error_and_is_tried_again(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / 'later.wav'
    source = clock.source(path, loop=True)
    for _ in range(2):
        with pytest.raises(AudioError, match=r'later\.wav: does not exist'):
            source.read()
    assert len(clock.problems) == 1
    write_sound(path, noise(0.1, 0.1))
    assert source.read() is not None


def test_a_folder_without_sound_says_what_is_looked_for(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(AudioError, match=r'no file in it ends in \.wav or \.flac'):
        clock.source(tmp_path).read()


def test_a_pause_loses_nothing_and_the_stamps_go_on_with_the_clock(
    tmp_path: Path, clock: Clock
) -> None:
    sound = noise(0.32, 0.1)
    source = clock.source(write_sound(tmp_path / 'a.wav', sound))
    before = [source.read() for _ in range(5)]
    source.pause()
    clock.now += 60.0
    resumed_s = clock.now
    after = rest(source)
    assert np.array_equal(joined([*filter(None, before), *after]), sound)
    assert after[0].start_s == resumed_s


def test_after_a_long_stall_it_goes_on_in_real_time(tmp_path: Path, clock: Clock) -> None:
    source = clock.source(write_sound(tmp_path / 'a.wav', noise(1.0, 0.1)))
    source.read()
    clock.now += 30.0
    source.read()
    late_s = clock.now
    source.read()
    assert clock.now == pytest.approx(late_s + 0.032)
