"""Any sound to 16 kHz mono int16, compared with what was put in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.audio.conversion import OUTPUT_RATE_HZ
from bbia_sim_ros.audio.conversion import Converter
from support.spoken import noise
from support.spoken import tone


def column(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    return (sound.astype(np.float32) / np.float32(32768))[:, None]


def converted(
    sound: npt.NDArray[np.int16], rate: int, piece: int, converter: Converter | None = None
) -> npt.NDArray[np.int16]:
    converter = converter or Converter()
    floats = column(sound)
    pieces = [
        converter.convert(floats[start : start + piece], rate)
        for start in range(0, len(floats), piece)
    ]
    return np.concatenate([*pieces, converter.finish()])


def sine_residual(sound: npt.NDArray[np.int16], hertz: float) -> tuple[float, float]:
    """Return amplitude and largest deviation of the best sine, both of full scale."""
    angle = 2 * np.pi * hertz * np.arange(sound.size) / OUTPUT_RATE_HZ
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    values = sound / 32768
    weights, *_ = np.linalg.lstsq(basis, values, rcond=None)
    return float(np.hypot(*weights)), float(np.abs(values - basis @ weights).max())


def test_every_value_of_mono_16_khz_comes_out_as_it_went_in() -> None:
    sound = np.arange(-32768, 32768).astype(np.int16)
    assert np.array_equal(converted(sound, OUTPUT_RATE_HZ, 512), sound)


@pytest.mark.parametrize('rate', [8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_a_sine_stays_one_sine_where_pieces_meet(rate: int) -> None:
    sound = converted(tone(1.0, 1000.0, rate=rate), rate, round(0.02 * rate))
    assert abs(sound.size - OUTPUT_RATE_HZ) <= 1
    amplitude, deviation = sine_residual(sound[1000:-1000], 1000.0)
    assert amplitude == pytest.approx(0.5, abs=0.001)
    assert deviation < 0.001


def test_time_is_kept_to_the_sample() -> None:
    """An impulse at 0.5 s of 48 kHz is at 0.5 s of 16 kHz."""
    sound = np.zeros(48_000, np.int16)
    sound[24_000] = 32767
    assert int(np.argmax(converted(sound, 48_000, 960))) == OUTPUT_RATE_HZ // 2


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from([8000, 16_000, 44_100, 48_000]),
    piece=st.integers(1, 3000),
    seconds=st.floats(0.0, 0.3),
)
def test_the_result_does_not_depend_on_how_the_sound_was_cut(
    rate: int, piece: int, seconds: float
) -> None:
    sound = noise(seconds, 0.1, rate)
    whole = converted(sound, rate, max(1, sound.size))
    pieces = converted(sound, rate, piece)
    assert pieces.size == whole.size
    assert np.abs(pieces.astype(int) - whole).max(initial=0) <= 1


def test_what_is_above_half_the_rate_is_left_out_instead_of_folded_down() -> None:
    sound = converted(tone(0.5, 12_000.0, rate=48_000), 48_000, 960)
    assert np.abs(sound[1000:-1000]).max() < 10


def test_channels_are_averaged() -> None:
    left, right = column(noise(0.1, 0.1, seed=1)), column(noise(0.1, 0.1, seed=2))
    mono = Converter().convert(np.hstack([left, right]), OUTPUT_RATE_HZ)
    expected = np.rint((left + right)[:, 0] / 2 * 32768)
    assert np.abs(mono - expected).max() <= 1


def test_what_is_no_number_becomes_silence_and_is_counted() -> None:
    samples = np.full((100, 1), 0.25, np.float32)
    samples[10], samples[11], samples[12] = np.nan, np.inf, -np.inf
    converter = Converter()
    mono = converter.convert(samples, OUTPUT_RATE_HZ)
    assert np.flatnonzero(mono == 0).tolist() == [10, 11, 12]
    assert np.all(np.delete(mono, [10, 11, 12]) == 8192)
    assert converter.bad_samples == 3


def test_what_is_no_number_in_one_piece_does_not_spoil_the_resampler() -> None:
    converter = Converter()
    bad = np.full((480, 1), np.nan, np.float32)
    converter.convert(bad, 48_000)
    sound = converted(tone(0.5, 500.0, rate=48_000), 48_000, 480, converter)
    assert sine_residual(sound[1500:-1500], 500.0)[1] < 0.001


def test_what_is_beyond_full_scale_is_cut_and_counted() -> None:
    samples = np.array([[0.5], [1.0], [3.0], [-1.0], [-1e30]], np.float32)
    converter = Converter()
    mono = converter.convert(samples, OUTPUT_RATE_HZ)
    assert mono.tolist() == [16384, 32767, 32767, -32768, -32768]
    assert converter.clipped_samples == 4
    assert converter.samples == 5


def test_a_new_rate_loses_nothing_of_what_came_before() -> None:
    converter = Converter()
    before = converter.convert(column(tone(0.1, 500.0, rate=48_000)), 48_000)
    after = converter.convert(column(tone(0.1, 500.0)), OUTPUT_RATE_HZ)
    assert abs(before.size + after.size - 3200) <= 1
