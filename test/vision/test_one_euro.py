"""The one-euro filter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.vision.one_euro import OneEuro
from bbia_sim_ros.vision.one_euro import OneEuroSettings

SETTINGS = OneEuroSettings(min_cutoff_hz=1.0, beta=8.0, speed_cutoff_hz=1.0)
DT_S = 0.1


def test_it_begins_at_the_first_sample() -> None:
    one = OneEuro([1.0, 2.0], SETTINGS)
    assert one.values.tolist() == [1.0, 2.0]
    assert one.speed.tolist() == [0.0, 0.0]


def test_what_stands_still_stays() -> None:
    one = OneEuro([1.0, 2.0], SETTINGS)
    for _ in range(10):
        assert one.filter([1.0, 2.0], DT_S).tolist() == [1.0, 2.0]


def test_noise_at_rest_moves_it_by_less_than_half() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 0.005, (400, 2))
    one = OneEuro([0.0, 0.0], SETTINGS)
    out = np.array([one.filter(sample, DT_S) for sample in noise])
    assert np.abs(np.diff(out, axis=0)).mean() < 0.5 * np.abs(np.diff(noise, axis=0)).mean()


def test_it_is_behind_a_steady_motion_by_the_lag_it_tells() -> None:
    one = OneEuro([0.0], SETTINGS)
    for step in range(1, 100):
        one.filter([0.35 * DT_S * step], DT_S)
    assert one.speed[0] == pytest.approx(0.35, rel=1e-3)
    assert 0.35 * DT_S * 99 - one.values[0] == pytest.approx(0.35 * one.lag_s, rel=1e-2)


def test_the_faster_the_motion_the_smaller_the_lag() -> None:
    lags = []
    for speed in (0.1, 1.0):
        one = OneEuro([0.0], SETTINGS)
        for step in range(1, 100):
            one.filter([speed * DT_S * step], DT_S)
        lags.append(one.lag_s)
    assert lags[1] < 0.5 * lags[0]


def test_the_axes_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    samples = rng.normal(0.0, 1.0, (50, 2))
    straight, turned = OneEuro(samples[0], SETTINGS), OneEuro(turn @ samples[0], SETTINGS)
    for sample in samples[1:]:
        straight.filter(sample, DT_S)
        turned.filter(turn @ sample, DT_S)
    assert turn @ straight.values == pytest.approx(turned.values)


@pytest.mark.parametrize('dt', [0.0, -0.1, math.nan, math.inf])
def test_samples_at_no_later_time_are_refused_and_change_nothing(dt: float) -> None:
    one = OneEuro([1.0], SETTINGS)
    with pytest.raises(ValueError, match='time between two samples'):
        one.filter([2.0], dt)
    assert one.values.tolist() == [1.0]


@pytest.mark.parametrize('sample', [[math.nan], [math.inf], [1.0, 2.0], []])
def test_samples_that_are_no_numbers_or_too_many_are_refused(sample: list[float]) -> None:
    one = OneEuro([1.0], SETTINGS)
    with pytest.raises(ValueError, match='finite numbers'):
        one.filter(sample, DT_S)
    assert one.values.tolist() == [1.0]


@pytest.mark.parametrize(
    'settings', [{'min_cutoff_hz': 0.0}, {'beta': -1.0}, {'speed_cutoff_hz': math.nan}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        OneEuroSettings(**settings)
