"""Time laws and blends."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import TIME_LAWS
from bbia_sim_ros.motion.profiles import Entry
from bbia_sim_ros.motion.profiles import Stop
from bbia_sim_ros.motion.profiles import TimeLaw
from bbia_sim_ros.motion.profiles import time_law

PHASES = np.linspace(0.0, 1.0, 4001)
LAWS = pytest.mark.parametrize('law', TIME_LAWS.values(), ids=TIME_LAWS)


@LAWS
def test_a_law_leads_from_0_to_1_and_is_at_rest_at_both_ends(law: TimeLaw) -> None:
    values = np.array([law.value(t) for t in PHASES])
    assert values[0] == 0.0
    assert values[-1] == pytest.approx(1.0, abs=1e-12)
    rates = np.diff(values) / np.diff(PHASES)
    assert abs(rates[[0, -1]]).max() < 0.01


@LAWS
def test_the_rate_of_a_law_is_its_derivative_and_has_no_steps(law: TimeLaw) -> None:
    values = np.array([law.value(t) for t in PHASES])
    middles = 0.5 * (PHASES[1:] + PHASES[:-1])
    rates = np.array([law.rate(t) for t in middles])
    assert np.allclose(np.diff(values) / np.diff(PHASES), rates, atol=2e-5)
    assert abs(rates).max() <= law.peak_rate * 1.001
    assert abs(np.diff(rates) / np.diff(middles)).max() <= law.peak_curvature * 1.001


def test_cartoon_draws_back_first_and_overshoots_then() -> None:
    values = np.array([time_law('cartoon').value(t) for t in PHASES])
    assert -0.2 < values.min() < -0.05
    assert 1.05 < values.max() < 1.2
    assert values.argmin() < values.argmax()


def test_the_other_laws_never_go_back() -> None:
    for name in ('minjerk', 'linear', 'ease_in_out'):
        values = np.array([time_law(name).value(t) for t in PHASES])
        assert (np.diff(values) >= -1e-12).all(), name


def test_linear_keeps_a_constant_speed_in_the_middle() -> None:
    rates = [time_law('linear').rate(t) for t in np.linspace(0.25, 0.75, 11)]
    assert np.ptp(rates) < 1e-12


def test_no_name_means_minimum_jerk_and_an_unknown_one_lists_the_known() -> None:
    assert time_law('').name == 'minjerk'
    with pytest.raises(
        ValueError, match=r"'quintic'; known: minjerk, linear, ease_in_out, cartoon"
    ):
        time_law('quintic')


def test_a_stop_starts_at_the_old_speed_and_stands_still_after_its_time() -> None:
    velocity = np.linspace(-2.0, 2.0, 9)
    stop = Stop(np.ones(9), velocity)
    assert (stop.sample(0.0) == 1.0).all()
    assert np.allclose((stop.sample(1e-6) - stop.sample(0.0)) / 1e-6, velocity, atol=1e-4)
    assert (stop.sample(STOP_TIME_S) == stop.sample(10.0)).all()
    assert np.allclose(stop.sample(10.0), 1.0 + 0.5 * STOP_TIME_S * velocity)


def test_a_stop_that_is_given_its_end_rests_there_and_is_never_faster_than_the_body() -> None:
    # Short of the run-out of 0.125, beyond it, against it, and with nothing to run out.
    velocity = np.array([1.0, 1.0, 1.0, 0.0, -1.0, -1.0, -1.0, 0.0, 0.0])
    end = np.array([0.05, 0.3, -0.1, 0.1, -0.05, -0.3, 0.1, -0.1, 0.0])
    stop = Stop(np.zeros(9), velocity, end)
    assert np.allclose(stop.end, end)
    assert not stop.sample(0.0).any()
    assert np.allclose(stop.sample(STOP_TIME_S), end)
    assert (stop.sample(STOP_TIME_S) == stop.sample(10.0)).all()
    start_velocity = stop.sample(1e-6) / 1e-6
    assert np.allclose(start_velocity, [0.4, 1, 0, 0, -0.4, -1, 0, 0, 0], atol=1e-4)


def test_an_entry_starts_at_both_gaps_and_fades_to_nothing() -> None:
    position, velocity = np.linspace(-1.0, 1.0, 9), np.linspace(2.0, -2.0, 9)
    entry = Entry(position_gap=position, velocity_gap=velocity, duration=0.8)
    assert np.allclose(entry.offset(0.0), position)
    assert np.allclose((entry.offset(1e-6) - entry.offset(0.0)) / 1e-6, velocity, atol=1e-4)
    assert np.abs(entry.offset(0.8 - 1e-6)).max() < 1e-9
    assert not entry.offset(0.8).any()
