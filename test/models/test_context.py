"""A model's method learns when there is no need to go on."""

from __future__ import annotations

import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError


def test_a_request_with_time_left_goes_on() -> None:
    context = Context(60.0)
    context.check()
    assert 0.0 < context.left_s <= 60.0


def test_a_cancelled_request_stops() -> None:
    context = Context(60.0)
    context.cancelled.set()
    with pytest.raises(CancelledError):
        context.check()


def test_a_late_request_stops() -> None:
    context = Context(0.0)
    with pytest.raises(DeadlineError):
        context.check()
    assert context.left_s == 0.0
