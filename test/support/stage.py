"""A motion mixer on a stage: stepped by hand, everything that leaves it kept and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.mixer_output import MixerOutput
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler

DT_S = 0.01


@dataclass
class Stage:
    """A mixer with a clock, and everything that left it."""

    mixer: MotionMixer
    now: float = 0.0
    positions: list[FloatArray] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)

    def step(self, dt: float = DT_S) -> MixerOutput:
        """Step once; the robot is taken to follow perfectly."""
        self.now += dt
        measured = Measured(BodyState(self.positions[-1])) if self.positions else None
        output = self.mixer.step(dt, now=self.now, measure=lambda: measured)
        assert output is not None
        self.positions.append(output.body.values)
        self.steps.append(dt)
        return output

    def run(self, seconds: float) -> MixerOutput:
        """Step for ``seconds``, at least once."""
        output = self.step()
        for _ in range(round(seconds / DT_S) - 1):
            output = self.step()
        return output

    def run_until(self, done: Callable[[], bool], at_most: float) -> float:
        """Step until ``done``; return the seconds it took, or fail."""
        start = self.now
        while not done():
            assert self.now - start < at_most, f'not done within {at_most} s'
            self.step()
        return self.now - start

    def velocities(self) -> FloatArray:
        """Return the first differences of what left the mixer, (n - 1, 9) per s."""
        steps = np.array(self.steps)[:, None]
        velocities: FloatArray = np.diff(np.array(self.positions), axis=0) / steps[1:]
        return velocities

    def accelerations(self) -> FloatArray:
        """Return the second differences, (n - 2, 9) per s^2."""
        steps = np.array(self.steps)[:, None]
        accelerations: FloatArray = np.diff(self.velocities(), axis=0) / steps[2:]
        return accelerations

    def assert_smooth(self) -> None:
        """Fail unless all that left the mixer so far kept to its limits."""
        limits = self.mixer.limits
        assert (np.abs(self.velocities()) <= limits.velocity * (1 + 1e-9) + 1e-12).all()
        # Second differences of numbers near 1 carry rounding errors of about 1e-16 / dt^2.
        assert (np.abs(self.accelerations()) <= limits.acceleration * (1 + 1e-6) + 1e-6).all()


def go(
    stage: Stage,
    *,
    duration: float = 1.0,
    priority: int | None = None,
    interpolation: str = '',
    antennas: tuple[float, float] | None = None,
    **euler: float,
) -> GoTo:
    """Plan a go_to from where the stage's robot is."""
    return plan_go_to(
        BodyGoal(head_pose=pose_from_euler(**euler) if euler else None, antennas=antennas),
        current=stage.mixer.posture,
        limits=stage.mixer.limits,
        reach=stage.mixer.reach,
        duration=duration,
        priority=priority,
        interpolation=interpolation,
    )
