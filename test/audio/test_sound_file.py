"""Reading sound files, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.audio.errors import SoundFileError
from bbia_sim_ros.audio.sound_file import SoundFile
from support.sound_files import cut_off
from support.sound_files import write_sound
from support.spoken import noise

SOUND = noise(1.0, 0.1)


def read_all(path: Path, heard: list[np.ndarray] | None = None) -> np.ndarray:
    pieces = [] if heard is None else heard
    with SoundFile(path) as file:
        while len(piece := file.read(512)):
            pieces.append(piece)
    return np.concatenate(pieces)


@pytest.mark.parametrize(
    ('name', 'subtype', 'error'),
    [
        ('sound.wav', 'PCM_U8', 1 / 128),
        ('sound.wav', 'PCM_16', 0.0),
        ('sound.wav', 'PCM_24', 0.0),
        ('sound.wav', 'PCM_32', 0.0),
        ('sound.wav', 'FLOAT', 0.0),
        ('sound.wav', 'DOUBLE', 0.0),
        ('sound.flac', 'PCM_16', 0.0),
        ('sound.FLAC', 'PCM_24', 0.0),
    ],
)
def test_every_format_is_read(tmp_path: Path, name: str, subtype: str, error: float) -> None:
    path = write_sound(tmp_path / name, SOUND, subtype=subtype)
    samples = read_all(path)
    assert samples.shape == (SOUND.size, 1)
    assert np.abs(samples[:, 0] - SOUND / 32768).max() <= error


def test_all_channels_are_read(tmp_path: Path) -> None:
    stereo = np.stack([SOUND, SOUND[::-1]], axis=1)
    path = write_sound(tmp_path / 'stereo.wav', stereo, rate=44_100)
    assert np.array_equal(read_all(path) * 32768, stereo)
    with SoundFile(path) as file:
        assert (file.rate_hz, file.channels, file.frames) == (44_100, 2, SOUND.size)


def test_samples_that_are_no_number_are_handed_on_as_they_are(tmp_path: Path) -> None:
    values = np.array([0.5, np.nan, np.inf], np.float32)
    samples = read_all(write_sound(tmp_path / 'bad.wav', values, subtype='FLOAT'))
    assert np.array_equal(samples[:, 0], values, equal_nan=True)


def missing(path: Path) -> None:
    """Leave nothing there."""


def folder(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text('hello ' * 100, encoding='utf-8')


def wrong_rate(path: Path) -> None:
    write_sound(path, SOUND, rate=100)


@pytest.mark.parametrize(
    ('make', 'reason'),
    [
        (missing, 'does not exist'),
        (folder, 'is no file'),
        (empty, 'is empty'),
        (text, 'is no WAV, FLAC, OGG or MP3 file, or damaged'),
        (wrong_rate, '100 Hz with 1 channels; 1000 .. 768000 Hz'),
    ],
)
def test_what_is_no_sound_is_named_with_the_reason(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / 'sound.wav'
    make(path)
    with pytest.raises(SoundFileError) as error:
        SoundFile(path)
    assert str(error.value).startswith(f'{path}: {reason}')


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('x' * 300 + '.wav', 'cannot be read: File name too long'),
        ('nul\0.wav', 'cannot be read: '),
        ('lone\ud800.wav', 'cannot be read: '),
        ('sound.raw', 'is no WAV, FLAC, OGG or MP3 file, or damaged'),
    ],
)
def test_a_name_that_cannot_be_opened_is_told(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / 'sound.raw').write_bytes(SOUND.tobytes())
    with pytest.raises(SoundFileError) as error:
        SoundFile(tmp_path / name)
    assert f'{name}: {reason}' in str(error.value)


@pytest.mark.parametrize('name', ['sound.wav', 'sound.flac'])
def test_of_a_file_that_was_cut_off_all_that_is_there_is_read_first(
    tmp_path: Path, name: str
) -> None:
    path = cut_off(write_sound(tmp_path / name, np.tile(SOUND, 4)), 0.6)
    heard: list[np.ndarray] = []
    with pytest.raises(SoundFileError, match=r'cut off after \d\.\d\d of 4\.00 s') as error:
        read_all(path, heard)
    assert sum(map(len, heard)) > SOUND.size
    assert str(path) in str(error.value)


def test_a_file_written_into_a_pipe_has_no_length_and_is_whole(tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'sound.wav', SOUND)
    content = bytearray(path.read_bytes())
    for name in (b'RIFF', b'data'):
        place = content.index(name) + 4
        content[place : place + 4] = b'\xff\xff\xff\xff'
    path.write_bytes(content)
    assert len(read_all(path)) == SOUND.size
