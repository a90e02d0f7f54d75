"""Limits of the safety gate, and the speed profile that keeps a joint within them.

Contract
    Pure numbers, rad and seconds. ``GateLimits`` refuses values that make no sense, so limits can
    be taken from parameters and changed while running (``dataclasses.replace``).

Discrete time
    A step of length dt changes the velocity first and then moves by (new velocity) x dt. Braking
    at a in such steps covers at most v^2 / 2a whatever the lengths of the steps, which is what
    makes the bounds below hold under jitter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import fields
from functools import lru_cache

from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import ANTENNA_JOINTS
from bbia_sim_ros.robot.names import BODY_JOINT

# Share of the allowed deceleration that plans count on; the rest absorbs uneven steps.
_PLANNED_SHARE = 0.95


@dataclass(frozen=True, kw_only=True)
class GateLimits:
    """Velocities in rad/s, accelerations in rad/s^2, times in s.

    8 rad/s is the URDF's limit of every joint. The body carries the whole robot's inertia and gets
    half of it. The accelerations let the legs reach full speed in
    about 70 ms; a 10 degree nod takes 70 ms. From one end to the other the servos cannot keep up
    with that (docs/endurance.md).
    """

    leg_velocity: float = 8.0
    leg_acceleration: float = 120.0
    body_velocity: float = 4.0
    body_acceleration: float = 40.0
    antenna_velocity: float = 8.0
    antenna_acceleration: float = 120.0
    stop_factor: float = 2.0
    """An emergency stop brakes with this multiple of the accelerations."""
    max_command_age: float = 0.5
    """A command stamped longer ago than this is refused."""
    max_stamp_lead: float = 0.1
    """A command stamped further in the future than this is refused (clocks that disagree)."""
    command_timeout: float = 0.5
    """Without a new command for this long the gate reports that it holds its last target."""

    def __post_init__(self) -> None:
        """Refuse values that are not finite, not positive or beyond reason."""
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = _ALLOWED.get(field.name, (1e-3, 1e3))
            if not isinstance(value, (int, float)) or not low <= value <= high:
                raise ValueError(f'{field.name} is {value!r}; allowed is {low} .. {high}')

    def velocities(self) -> tuple[float, ...]:
        """Return the nine velocity limits in the order of ``ACTUATED_JOINTS``."""
        return _per_joint(self.body_velocity, self.leg_velocity, self.antenna_velocity)

    def accelerations(self) -> tuple[float, ...]:
        """Return the nine acceleration limits in the order of ``ACTUATED_JOINTS``."""
        return _per_joint(self.body_acceleration, self.leg_acceleration, self.antenna_acceleration)


_ALLOWED = {
    'stop_factor': (1.0, 10.0),
    'max_stamp_lead': (0.0, 60.0),
    'max_command_age': (1e-3, 3600.0),
    'command_timeout': (1e-3, 3600.0),
}


# Asked for several times a step.
@lru_cache(maxsize=16)
def _per_joint(body: float, leg: float, antenna: float) -> tuple[float, ...]:
    return tuple(
        body if name == BODY_JOINT else antenna if name in ANTENNA_JOINTS else leg
        for name in ACTUATED_JOINTS
    )


def approach_speed(distance: float, acceleration: float, dt: float) -> float:
    """Return the highest speed from which steps of ``dt`` come to rest within ``distance`` >= 0.

    The speed holds for the coming step already. Braking from (n + f) a dt, 0 <= f < 1, in steps
    that each take off a dt covers a dt^2 (n (n + 1) / 2 + f (n + 1)) including the coming step.
    """
    a = acceleration * _PLANNED_SHARE
    unit = a * dt * dt
    x = distance / unit
    n = math.floor(0.5 * (math.sqrt(1.0 + 8.0 * x) - 1.0))
    return (n + (x - 0.5 * n * (n + 1)) / (n + 1)) * a * dt


def speed_within(room: float, acceleration: float, dt: float) -> float:
    """Return the highest speed that can be braked within ``room`` whatever the later steps are."""
    if room <= 0.0:
        return 0.0
    return acceleration * (math.sqrt(dt * dt + 2.0 * room / acceleration) - dt)


def next_velocity(
    gap: float, velocity: float, drift: float, *, limit: float, acceleration: float, dt: float
) -> float:
    """Return the velocity (rad/s) of the coming step of one joint.

    ``gap`` is target minus position, ``drift`` the velocity of the target: the joint closes in as
    fast as allowed and ends up at rest relative to the target, without overshoot at constant
    ``dt``. A target that moves within the limits is followed exactly.
    """
    behind = gap - drift * dt
    wanted = drift + math.copysign(approach_speed(abs(behind), acceleration, dt), behind)
    wanted = min(max(wanted, -limit), limit)
    change = acceleration * dt
    return min(max(wanted, velocity - change), velocity + change)
