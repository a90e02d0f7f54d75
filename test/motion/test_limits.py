"""Limits and the tracking filter."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.limits import TrackingFilter
from bbia_sim_ros.robot.names import FloatArray

DT_S = 0.01
LIMITS = MotionLimits()


def outputs(references: FloatArray, steps: FloatArray | None = None) -> FloatArray:
    """Return what the filter makes of references (n, 9), starting at rest at 0."""
    tracking = TrackingFilter(LIMITS, np.zeros(9))
    steps = np.full(len(references), DT_S) if steps is None else steps
    pairs = zip(references, steps.tolist(), strict=True)
    return np.array([tracking.step(reference, dt) for reference, dt in pairs])


def sine(frequency: float, acceleration_share: float) -> FloatArray:
    """Return a sine that uses a share of the acceleration limits, (1000, 9), from rest."""
    t = np.arange(1, 1001)[:, None] * DT_S
    omega = math.tau * frequency
    swell = np.minimum(1.0, t / 2.0) ** 3
    sine: FloatArray = swell * np.sin(omega * t) * LIMITS.acceleration / omega**2
    return acceleration_share * sine


@pytest.mark.parametrize('frequency', [1.5, 3.0, 6.0])
def test_a_reference_within_limits_is_followed_without_lag(frequency: float) -> None:
    references = sine(frequency, 0.5)
    assert (np.abs(np.diff(references, axis=0)) / DT_S < LIMITS.velocity).all()
    assert np.abs(outputs(references) - references).max() < 1e-12


@pytest.mark.parametrize('size', [1e-4, 0.01, 0.3, 2.0])
def test_a_jump_is_closed_without_overshoot_and_then_held_exactly(size: float) -> None:
    references = np.full((600, 9), size)
    result = outputs(references)
    assert (result <= size + 1e-9).all()
    assert (np.diff(result, axis=0) >= -1e-12).all()
    arrives = slice(None) if size < 0.5 else slice(3, None)  # 2 m at 0.2 m/s take longer
    assert np.abs(result[-1] - size)[arrives].max() < 1e-9


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_comes_in_velocity_and_acceleration_stay_within_limits(
    data: st.DataObject,
) -> None:
    seed = data.draw(st.integers(0, 2**32 - 1))
    scale = data.draw(st.sampled_from([0.01, 0.5, 10.0, 1e6]))
    rng = np.random.default_rng(seed)
    hold = data.draw(st.integers(1, 40))
    references = np.repeat(rng.uniform(-scale, scale, (160 // hold + 1, 9)), hold, axis=0)[:160]
    steps = rng.uniform(0.002, 0.05, len(references))
    result = np.vstack((np.zeros(9), outputs(references, steps)))
    velocity = np.diff(result, axis=0) / steps[:, None]
    assert (np.abs(velocity) <= LIMITS.velocity * (1 + 1e-9) + 1e-12).all()
    acceleration = np.diff(velocity, axis=0) / steps[1:, None]
    assert (np.abs(acceleration) <= LIMITS.acceleration * (1 + 1e-6) + 1e-6).all()


def test_a_lowered_limit_brakes_at_the_acceleration_limit() -> None:
    tracking = TrackingFilter(LIMITS, np.zeros(9))
    for _ in range(100):
        tracking.step(np.full(9, 100.0), DT_S)
    slow = replace(LIMITS, turn_velocity_rad_s=0.5)
    tracking.set_limits(slow)
    speeds = []
    for _ in range(30):
        tracking.step(np.full(9, 100.0), DT_S)
        speeds.append(tracking.velocity[3])
    assert np.diff([LIMITS.turn_velocity_rad_s, *speeds]).min() >= -40.0 * DT_S - 1e-9
    assert speeds[-1] == pytest.approx(0.5)


@pytest.mark.parametrize('value', [0.0, -1.0, math.nan, math.inf])
def test_limits_must_be_finite_and_above_zero(value: float) -> None:
    with pytest.raises(ValueError, match=r'head_velocity_m_s is .*; it must be finite and above 0'):
        MotionLimits(head_velocity_m_s=value)


def test_a_velocity_that_cannot_be_braked_in_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r'cannot brake .* give at least 70'):
        MotionLimits(turn_velocity_rad_s=10.0)


def test_the_minimum_duration_is_just_within_the_limits() -> None:
    for distance in (0.02, 0.3, 2.0):
        way = np.zeros(9)
        way[4] = distance
        duration = LIMITS.minimum_duration(way, share=1.0)
        t = np.linspace(0.0, 1.0, 2001)
        path = distance * (10 * t**3 - 15 * t**4 + 6 * t**5)
        velocity = np.abs(np.diff(path) / np.diff(t)).max() / duration
        acceleration = np.abs(np.diff(path, 2)).max() / (t[1] - t[0]) ** 2 / duration**2
        used = max(velocity / LIMITS.velocity[4], acceleration / LIMITS.acceleration[4])
        assert used == pytest.approx(1.0, abs=0.01)
