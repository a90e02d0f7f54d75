"""When a robot counts as disobedient."""

from __future__ import annotations

import numpy as np

from bbia_sim_ros.hardware.obedience import FORGIVENESS
from bbia_sim_ros.hardware.obedience import PATIENCE_S
from bbia_sim_ros.hardware.obedience import WINDOW_S
from bbia_sim_ros.hardware.obedience import ObedienceWatch
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD

PERIOD_S = 0.01


def moved(angle: float, joint: int = 2) -> np.ndarray:
    joints = NEUTRAL_JOINTS_RAD.copy()
    joints[joint] += angle
    return joints


def test_a_robot_that_lags_behind_obeys() -> None:
    watch = ObedienceWatch()
    lag = 1.0
    for step in range(400):
        now = step * PERIOD_S
        watch.sent(moved(0.5 * min(now, 2.0)), now)
        assert watch.measured(moved(0.5 * min(max(now - lag, 0.0), 2.0)), now) == ''


def test_a_robot_that_goes_elsewhere_is_named_with_its_worst_joint() -> None:
    watch = ObedienceWatch()
    complaints = []
    for step in range(300):
        now = step * PERIOD_S
        watch.sent(moved(0.0), now)
        complaints.append(watch.measured(moved(0.3, joint=3), now))
    assert complaints[0] == ''
    assert complaints[-1].startswith('stewart_3 is 0.30 rad from what is sent')


def test_it_obeys_again_when_it_has_been_back_for_a_while() -> None:
    watch = ObedienceWatch()
    complaints = []
    for step in range(500):
        now = step * PERIOD_S
        watch.sent(moved(0.0), now)
        complaints.append(watch.measured(moved(0.3 if now < 3.0 else 0.0), now))
    assert complaints[299]
    assert complaints[310]
    back = int((3.0 + PATIENCE_S / FORGIVENESS) / PERIOD_S)
    assert not any(complaints[back + 2 :])


def test_a_robot_with_two_masters_is_named_although_it_often_obeys() -> None:
    watch = ObedienceWatch()
    complaint = ''
    for step in range(600):
        now = step * PERIOD_S
        watch.sent(moved(0.0), now)
        complaint = watch.measured(moved(0.4 if step % 2 else 0.0), now)
    assert 'another program' in complaint


def test_a_short_push_is_forgiven() -> None:
    watch = ObedienceWatch()
    for step in range(300):
        now = step * PERIOD_S
        watch.sent(moved(0.0), now)
        pushed = 1.0 <= now < 1.0 + PATIENCE_S / 2
        assert watch.measured(moved(0.4 if pushed else 0.0), now) == ''


def test_what_was_sent_before_the_window_does_not_excuse() -> None:
    watch = ObedienceWatch()
    watch.sent(moved(0.5), 0.0)
    complaint = ''
    for step in range(1, 400):
        now = step * PERIOD_S
        watch.sent(moved(0.0), now)
        complaint = watch.measured(moved(0.5), now)
        if now < WINDOW_S:
            assert complaint == ''
    assert complaint
