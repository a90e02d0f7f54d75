"""The rhythm model in its worker process: sounds of known tempo, and sounds of none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bbia_sim_ros.behaviors import music
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from support.rhythms import RATE_HZ
from support.rhythms import clicks
from support.rhythms import rock
from support.sound_files import cut_off
from support.sound_files import write_sound

pytest.importorskip('librosa', reason='librosa is not installed')
LOADING_S = 100.0


@pytest.fixture(scope='module')
def pool() -> Iterator[ModelPool]:
    """A pool with the rhythm model, shared by the tests of this file."""
    made = ModelPool(owner='behavior', limits=PoolLimits())
    try:
        made.add(music.rhythm_spec())
        made.load(music.MODEL).result(LOADING_S)
        yield made
    finally:
        made.close()


def asked(pool: ModelPool, method: str, **arguments: Any) -> Beats:
    request = pool.request(music.MODEL, method, arguments, deadline_s=music.DEADLINE_S)
    return music.beats_of(request.result(music.DEADLINE_S))


def heard(pool: ModelPool, sound: npt.NDArray[np.int16], rate_hz: int = RATE_HZ) -> Beats:
    """Return the rhythm of samples."""
    return asked(pool, music.OF_SAMPLES, samples=sound, rate_hz=rate_hz)


def noise(seconds: float, seed: int = 0) -> npt.NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    return (3000 * rng.standard_normal(round(seconds * RATE_HZ))).astype(np.int16)


def check(beats: Beats, tempo: float, onsets: npt.NDArray[np.float64]) -> None:
    """Demand a tempo within 2 %, and beats within 50 ms of onsets, none of which is missed."""
    assert beats.tempo == pytest.approx(tempo, rel=0.02)
    times = np.array(beats.times)
    off = np.abs(times[:, np.newaxis] - onsets[np.newaxis, :])
    assert off.min(axis=1).max() <= 0.05
    # Beats at both ends may be left out.
    assert off.min(axis=0)[2:-2].max() <= 0.05
    assert len(beats.strengths) == len(beats.times)
    assert max(beats.strengths) == 1.0
    assert min(beats.strengths) >= 0.0


@pytest.mark.parametrize('tempo', [90.0, 120.0, 150.0])
@pytest.mark.parametrize('seconds', [8.0, 30.0])
def test_clicks_have_the_tempo_and_the_beats_that_they_were_made_with(
    pool: ModelPool, tempo: float, seconds: float
) -> None:
    sound, onsets = clicks(tempo, seconds)
    beats = heard(pool, sound)
    check(beats, tempo, onsets)
    assert beats.duration == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize('tempo', [95.0, 112.5, 140.0])
def test_drums_and_bass_have_their_tempo(pool: ModelPool, tempo: float) -> None:
    sound, onsets = rock(tempo, 15.0)
    check(heard(pool, sound), tempo, onsets)


def test_clicks_in_noise_are_still_a_rhythm(pool: ModelPool) -> None:
    sound, onsets = clicks(120.0, 12.0)
    loud = np.clip(sound + noise(12.0).astype(int) // 2, -32_768, 32_767).astype(np.int16)
    check(heard(pool, loud), 120.0, onsets)


def test_sound_at_the_microphone_s_rate_keeps_its_times(pool: ModelPool) -> None:
    sound, onsets = clicks(120.0, 10.0, rate_hz=16_000)
    check(heard(pool, sound, 16_000), 120.0, onsets)


@pytest.mark.parametrize('suffix', ['.wav', '.mp3'])
def test_a_stereo_file_has_the_rhythm_of_its_sound(
    pool: ModelPool, tmp_path: Path, suffix: str
) -> None:
    sound, onsets = rock(120.0, 10.0)
    subtype = 'MPEG_LAYER_III' if suffix == '.mp3' else 'PCM_16'
    # libsndfile's encoder takes numbers of full scale 1 only, and begins with 47 ms of silence.
    stereo = np.column_stack([sound, sound]) / 32_768
    path = write_sound(tmp_path / f'song{suffix}', stereo, RATE_HZ, subtype)
    delay_s = 0.047 if suffix == '.mp3' else 0.0
    check(asked(pool, music.OF_FILE, path=str(path)), 120.0, onsets + delay_s)


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.parametrize('seconds', [5.0, 12.0, 40.0])
def test_noise_has_no_beats(pool: ModelPool, seed: int, seconds: float) -> None:
    beats = heard(pool, noise(seconds, seed))
    assert (beats.tempo, beats.times, beats.strengths) == (0.0, (), ())
    assert beats.duration == pytest.approx(seconds, abs=0.01)


def test_silence_and_a_steady_tone_have_no_beats(pool: ModelPool) -> None:
    tone = 8000 * np.sin(2 * np.pi * 440.0 * np.arange(10 * RATE_HZ) / RATE_HZ)
    for sound in (np.zeros(10 * RATE_HZ, np.int16), tone.astype(np.int16)):
        assert heard(pool, sound).times == ()


@pytest.mark.parametrize('seconds', [0.0, 0.5, 3.9])
def test_a_sound_that_is_too_short_has_no_beats(pool: ModelPool, seconds: float) -> None:
    sound, _ = clicks(120.0, 5.0)
    assert heard(pool, sound[: round(seconds * RATE_HZ)]).times == ()


def test_a_damaged_file_and_one_that_is_missing_are_told(pool: ModelPool, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r'none\.wav: does not exist'):
        asked(pool, music.OF_FILE, path=str(tmp_path / 'none.wav'))
    sound, _ = clicks(120.0, 10.0)
    path = cut_off(write_sound(tmp_path / 'cut.wav', sound, RATE_HZ))
    with pytest.raises(ModelError, match='cut off after'):
        asked(pool, music.OF_FILE, path=str(path))


def test_a_file_that_is_too_long_is_refused(pool: ModelPool, tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'long.flac', np.zeros(901 * 1000, np.int16), 1000)
    with pytest.raises(ModelError, match='is longer than 900 s'):
        asked(pool, music.OF_FILE, path=str(path))


def test_times_can_be_told_from_another_moment() -> None:
    answer = {'tempo': 120.0, 'times': [0.5, 1.0], 'strengths': [1.0, 0.5], 'duration': 4.0}
    assert music.beats_of(answer, later_s=0.25).times == (0.75, 1.25)
