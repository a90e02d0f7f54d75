"""The speaker with sound files: what is heard of them, where one is, and what cannot be played."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from speech.conftest import Start

from bbia_sim_ros.speech.speaker import Speaker
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Outcome
from bbia_sim_ros.speech.utterance import Position
from bbia_sim_ros.speech.utterance import SoundOrder
from support.sound_files import cut_off
from support.sound_files import overwrite_middle
from support.sound_files import write_sound
from support.speech_ear import Ear
from support.waiting import DEADLINE_S
from support.waiting import wait_until

RATE_HZ = 16_000
# A thousand steps up and down: each sample tells where it is.
RAMP = (np.arange(RATE_HZ // 2, dtype=np.int32) % 2000 * 10 - 10_000).astype(np.int16)


def tone(
    frequency_hz: float, *, seconds: float = 0.5, rate: int = RATE_HZ
) -> npt.NDArray[np.int16]:
    """Return a sine of half the full scale."""
    times = np.arange(round(seconds * rate)) / rate
    return (16_384 * np.sin(2.0 * np.pi * frequency_hz * times)).astype(np.int16)


def played(speaker: Speaker, path: Path | str, volume: float = 0.0) -> Outcome:
    """Return the outcome of a file."""
    playback = speaker.play(SoundOrder(path=str(path), volume=volume))
    return playback.outcome.result(DEADLINE_S)


def heard(ear: Ear) -> npt.NDArray[np.int16]:
    return np.concatenate([chunk.samples for chunk in ear.chunks])


def test_a_file_at_the_output_s_rate_is_heard_sample_for_sample(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    begin = time.monotonic()
    result = played(start(), write_sound(tmp_path / 'ramp.wav', RAMP))
    assert time.monotonic() - begin >= RAMP.size / RATE_HZ
    assert (result.success, result.message) == (True, '0.5 s were played')
    assert result.duration_s == pytest.approx(0.5)
    np.testing.assert_array_equal(heard(ear), RAMP)
    assert ear.speaking == [True, False]


@pytest.mark.parametrize('suffix', ['.wav', '.flac', '.ogg', '.mp3'])
def test_stereo_files_of_all_formats_are_heard_at_their_own_pitch(
    start: Start, ear: Ear, tmp_path: Path, suffix: str
) -> None:
    sound = tone(440.0, rate=44_100)
    path = tmp_path / f'tone{suffix}'
    subtype = {'.ogg': 'VORBIS', '.mp3': 'MPEG_LAYER_III'}.get(suffix, 'PCM_16')
    # libsndfile's encoder of MP3 takes numbers of full scale 1 only.
    write_sound(path, np.column_stack([sound, sound]) / 32_768, 44_100, subtype)
    assert played(start(), path).success
    samples = heard(ear).astype(float)
    # A lossy file may begin and end with a frame of silence.
    assert samples.size / RATE_HZ == pytest.approx(0.5, abs=0.06)
    loudest = np.abs(np.fft.rfft(samples)).argmax() * RATE_HZ / samples.size
    assert loudest == pytest.approx(440.0, abs=3.0)


def test_the_place_in_the_file_is_told_as_it_is_heard(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    told: list[tuple[float, Position]] = []
    path = write_sound(tmp_path / 'ramp.wav', RAMP)
    playback = start().play(
        SoundOrder(path=str(path)), lambda place: told.append((time.monotonic(), place))
    )
    assert playback.outcome.result(DEADLINE_S).success
    assert [place.position_s for _, place in told] == [chunk.position_s for chunk in ear.chunks]
    assert told[0][1].progress == 0.0
    # Twelve whole chunks come before the last one.
    assert told[-1][1].progress == pytest.approx(12 * 0.04 / 0.5)
    for (moment, _), chunk in zip(told, ear.chunks, strict=True):
        assert moment >= chunk.start


def test_the_volumes_of_file_and_speaker_are_multiplied(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / 'tone.wav', tone(440.0))
    assert played(start(volume=0.5), path, volume=0.5).success
    assert np.abs(heard(ear)).max() == pytest.approx(4096, rel=0.01)


def test_a_text_waits_for_the_sound_and_a_text_that_replaces_is_heard_instead(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    speaker = start(speed=2.0)
    short = speaker.play(SoundOrder(path=str(write_sound(tmp_path / 'short.wav', RAMP))))
    assert speaker.say(Order(text='one')).outcome.result(DEADLINE_S).success
    assert short.outcome.result(0.0).success
    long = write_sound(tmp_path / 'long.wav', tone(440.0, seconds=60.0))
    replaced = speaker.play(SoundOrder(path=str(long)))
    count = len(ear.chunks)
    wait_until(lambda: len(ear.chunks) > count, 'sound')
    speaker.say(Order(text='stop', when_busy='replace')).outcome.result(DEADLINE_S)
    assert replaced.outcome.result(0.0).message == 'another text took its place'


def test_cancelling_ends_the_sound(start: Start, ear: Ear, tmp_path: Path) -> None:
    speaker = start()
    path = write_sound(tmp_path / 'long.wav', tone(440.0, seconds=60.0))
    playback = speaker.play(SoundOrder(path=str(path)))
    wait_until(lambda: len(ear.chunks) > 5, 'sound')
    speaker.cancel(playback)
    result = playback.outcome.result(DEADLINE_S)
    assert (result.success, result.message) == (False, 'cancelled')
    assert result.duration_s == pytest.approx(ear.duration_s)
    assert ear.speaking == [True, False]


def test_what_could_be_read_of_a_damaged_file_is_heard(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(-3000, 3000, RATE_HZ * 2).astype(np.int16)
    path = overwrite_middle(write_sound(tmp_path / 'noise.flac', noise), 4000)
    result = played(start(), path)
    assert not result.success
    assert 'damaged or cut off after' in result.message
    assert 0.2 < ear.duration_s < 1.5


def test_a_file_that_is_shorter_than_it_says_is_told(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    result = played(start(), cut_off(write_sound(tmp_path / 'cut.wav', RAMP)))
    assert (result.success, 'cut off after' in result.message) == (False, True)
    assert ear.duration_s == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('', 'name a sound file by its whole path'),
        ('song.wav', 'name a sound file by its whole path'),
        ('/a\0.wav', 'name a sound file by its whole path'),
        ('~nobody-of-that-name/song.wav', 'home directory'),
        ('{folder}/missing.wav', 'missing.wav: does not exist'),
        ('{folder}', 'is no file'),
        ('{folder}/pipe', 'pipe: is no file'),
        ('{folder}/text.wav', 'is no WAV, FLAC, OGG or MP3 file'),
        ('{folder}/silent.wav', 'there is no sound in it'),
        ('{folder}/' + 'x' * 300 + '.wav', 'cannot be read: File name too long'),
        ('{folder}/noise.raw', 'is no WAV, FLAC, OGG or MP3 file'),
    ],
)
def test_what_cannot_be_played_is_told(
    start: Start, ear: Ear, tmp_path: Path, name: str, reason: str
) -> None:
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'text.wav').write_text('hello ' * 100, encoding='utf-8')
    (tmp_path / 'noise.raw').write_bytes(RAMP.tobytes())
    write_sound(tmp_path / 'silent.wav', np.zeros(0, np.int16))
    speaker = start()
    result = played(speaker, name.format(folder=tmp_path))
    assert not result.success
    assert reason in result.message
    assert not ear.chunks
    assert played(speaker, write_sound(tmp_path / 'ramp.wav', RAMP)).success


def test_an_order_that_raises_fails_alone(start: Start, tmp_path: Path) -> None:
    speaker = start(speed=2.0)
    path = write_sound(tmp_path / 'ramp.wav', RAMP)

    def fail(_: Position) -> None:
        raise KeyError('no such place')

    result = speaker.play(SoundOrder(path=str(path)), fail).outcome.result(DEADLINE_S)
    assert (result.success, result.message) == (False, "it failed: KeyError: 'no such place'")
    assert speaker.say(Order(text='one')).outcome.result(DEADLINE_S).success


@pytest.mark.parametrize('volume', [-0.1, 1.5, float('nan'), float('inf')])
def test_a_volume_out_of_range_is_refused(
    start: Start, ear: Ear, tmp_path: Path, volume: float
) -> None:
    result = played(start(), write_sound(tmp_path / 'ramp.wav', RAMP), volume)
    assert 'allowed is 0 .. 1' in result.message
    assert not ear.chunks
