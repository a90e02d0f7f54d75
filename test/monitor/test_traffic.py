"""Rates of topics, and which topics may be listened to."""

from __future__ import annotations

import pytest

from bbia_sim_ros.monitor.traffic import Traffic
from bbia_sim_ros.monitor.traffic import may_be_heard


@pytest.mark.parametrize('namespace', ['/', '/left', '/left/arm'])
def test_nobody_is_woken_by_the_monitor(namespace: str) -> None:
    prefix = namespace.rstrip('/')
    for lazy in ('camera/image_raw', 'camera/depth/x', 'vision/faces', 'audio', 'tf'):
        assert not may_be_heard(f'{prefix}/{lazy}', namespace)
    for cheap in ('joint_states', 'robot_status', 'speech/activity', 'audio_level', 'cameras/x'):
        assert may_be_heard(f'{prefix}/{cheap}', namespace)
    assert not may_be_heard('/tf', namespace)
    assert not may_be_heard('/camera/image_raw', namespace)


def test_rate_bandwidth_and_longest_period_are_of_the_last_interval_only() -> None:
    traffic = Traffic()
    traffic.heard([(100.0, 10), (100.1, 10), (100.4, 40)])
    assert traffic.take(0.5) == pytest.approx((6.0, 120.0, 0.3))
    traffic.heard([(100.9, 10)])
    assert traffic.take(0.5) == pytest.approx((2.0, 20.0, -1.0))
    assert traffic.take(0.5) == pytest.approx((0.0, 0.0, -1.0))
    assert (traffic.messages, traffic.size_b) == (4, 70)


def test_a_clock_that_was_set_makes_no_period() -> None:
    traffic = Traffic()
    traffic.heard([(100.0, 1), (100.1, 1), (5000.0, 1), (5000.2, 1), (90.0, 1)])
    assert traffic.take(1.0) == pytest.approx((5.0, 5.0, 0.2))


def test_no_time_is_no_rate() -> None:
    traffic = Traffic()
    traffic.heard([(1.0, 1)])
    assert traffic.take(0.0) == (-1.0, -1.0, -1.0)
