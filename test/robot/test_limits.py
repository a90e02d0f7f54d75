"""Speed profiles stop in time, whatever the step lengths; limits are validated."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.limits import approach_speed
from bbia_sim_ros.robot.limits import next_velocity
from bbia_sim_ros.robot.limits import speed_within


@given(
    distance=st.floats(1e-6, 3.0),
    acceleration=st.floats(5.0, 300.0),
    dt=st.floats(1e-3, 0.05),
    speed=st.floats(0.0, 5.0),
)
def test_a_resting_target_is_reached_without_overshoot(
    distance: float, acceleration: float, dt: float, speed: float
) -> None:
    position, velocity = 0.0, min(speed, speed_within(distance, 0.9 * acceleration, dt))
    for _ in range(20_000):
        velocity = next_velocity(
            distance - position, velocity, 0.0, limit=8.0, acceleration=acceleration, dt=dt
        )
        position += velocity * dt
        assert position <= distance + 1e-9
        if abs(position - distance) < 1e-9 and velocity < 1e-6:
            return
    pytest.fail(f'still {distance - position} away')


@given(
    gaps=st.lists(st.tuples(st.floats(-4.0, 4.0), st.floats(-9.0, 9.0)), min_size=1, max_size=30),
    dt=st.floats(1e-4, 0.1),
)
def test_velocity_and_acceleration_stay_within_the_limits(
    gaps: list[tuple[float, float]], dt: float
) -> None:
    velocity = 0.0
    for gap, drift in gaps:
        following = next_velocity(gap, velocity, drift, limit=3.0, acceleration=40.0, dt=dt)
        assert abs(following) <= 3.0
        assert abs(following - velocity) <= 40.0 * dt * (1.0 + 1e-12)
        velocity = following


@given(
    room=st.floats(0.0, 2.0),
    steps=st.lists(st.floats(1e-4, 0.1), min_size=1, max_size=60),
)
def test_what_can_be_braked_within_a_room_is_braked_at_steps_of_any_length(
    room: float, steps: list[float]
) -> None:
    acceleration = 50.0
    velocity = speed_within(room, acceleration, steps[0])
    position = velocity * steps[0]
    for dt in steps[1:]:
        velocity = max(0.0, velocity - acceleration * dt)
        position += velocity * dt
        assert position <= room + 1e-12


def test_a_target_that_moves_within_the_limits_is_followed_exactly() -> None:
    position, velocity = 0.0, 0.0
    for k in range(1, 200):
        target = 0.3 * (1.0 - math.cos(0.05 * k))
        drift = 0.3 * 0.05 * 100.0 * math.sin(0.05 * k)
        velocity = next_velocity(
            target - position, velocity, drift, limit=8.0, acceleration=120.0, dt=0.01
        )
        position += velocity * 0.01
        assert position == pytest.approx(target, abs=1e-3)


def test_the_speed_of_approach_lands_exactly() -> None:
    distance, acceleration, dt = 0.2, 100.0, 0.01
    position = 0.0
    while distance - position > 1e-12:
        position += approach_speed(distance - position, acceleration, dt) * dt
        assert position <= distance + 1e-12


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('leg_velocity', 0.0),
        ('leg_velocity', -1.0),
        ('body_acceleration', math.nan),
        ('antenna_velocity', math.inf),
        ('stop_factor', 0.5),
        ('max_command_age', 0.0),
        ('command_timeout', '0.5'),
        ('max_stamp_lead', -0.1),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f'{field} is .*; allowed is'):
        GateLimits(**{field: value})  # type: ignore[arg-type]


def test_limits_are_given_for_each_joint_in_order() -> None:
    limits = GateLimits(body_velocity=1.0, leg_velocity=2.0, antenna_velocity=3.0)
    assert limits.velocities() == (1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0)
    assert len(limits.accelerations()) == 9
