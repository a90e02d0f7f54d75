"""Points that move, smoothed and told for other times."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.vision.moving_point import ORIGIN_M
from bbia_sim_ros.vision.moving_point import MovingPoint
from bbia_sim_ros.vision.view import angle_between
from support.people import place

SPEED_DEG_S = 20.0


def after_two_seconds() -> MovingPoint:
    """Return a point that went round at 20 degrees per second, 2 m away."""
    point = MovingPoint(place(0.0, 2.0), 0.0)
    for step in range(1, 21):
        point.see(place(SPEED_DEG_S * 0.1 * step, 2.0), 0.1 * step)
    return point


def test_a_point_at_rest_is_where_it_was_seen() -> None:
    point = MovingPoint(place(10.0, 1.5), 0.0)
    for step in range(1, 5):
        point.see(place(10.0, 1.5), 0.1 * step)
    assert point.ahead(0.3) == pytest.approx(place(10.0, 1.5))
    assert point.range_m == pytest.approx(1.5)
    assert point.rate == pytest.approx(np.zeros(3), abs=1e-12)


def test_a_point_that_moves_is_found_ahead_when_its_lag_is_made_up_for() -> None:
    point = after_two_seconds()
    for seconds in (0.0, 0.3):
        expected = place(SPEED_DEG_S * (2.0 + seconds), 2.0)
        found = point.ahead(seconds + point.lag_s)
        error = angle_between(found - ORIGIN_M, expected - ORIGIN_M)
        assert math.degrees(error) < 1.0


def test_the_rate_is_that_of_its_direction() -> None:
    rate = float(np.linalg.norm(after_two_seconds().rate))
    assert rate == pytest.approx(math.radians(SPEED_DEG_S), rel=0.05)


def test_the_range_stays_when_it_is_told_ahead() -> None:
    point = after_two_seconds()
    assert np.linalg.norm(point.ahead(0.5) - ORIGIN_M) == pytest.approx(point.range_m)


def test_noise_of_the_range_does_not_disturb_the_direction() -> None:
    rng = np.random.default_rng(7)
    point = MovingPoint(place(15.0, 1.0), 0.0)
    for step in range(1, 50):
        point.see(place(15.0, 1.0 + float(rng.uniform(-0.3, 0.3))), 0.1 * step)
    away = point.ahead(0.0) - ORIGIN_M
    assert angle_between(away, place(15.0, 1.0) - ORIGIN_M) < 1e-9
    assert point.range_m == pytest.approx(1.0, abs=0.15)


def test_another_rate_may_be_given() -> None:
    point = after_two_seconds()
    still = point.ahead(10.0, rate=np.zeros(3))
    assert still == pytest.approx(point.ahead(0.0))


def test_the_range_can_begin_anew() -> None:
    point = after_two_seconds()
    point.restart_range(place(0.0, 0.5))
    assert point.range_m == pytest.approx(0.5)


def test_a_time_that_is_not_later_is_refused() -> None:
    point = after_two_seconds()
    with pytest.raises(ValueError, match='time between two samples'):
        point.see(place(0.0, 1.0), 2.0)


def test_a_point_at_the_eye_itself_has_a_direction() -> None:
    point = MovingPoint(ORIGIN_M, 0.0)
    point.see(place(0.0, 1.0), 0.1)
    assert np.isfinite(point.ahead(0.1)).all()
