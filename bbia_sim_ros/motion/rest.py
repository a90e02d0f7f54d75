"""Waking up, going to sleep, and the safe start.

Contract
    Each function returns a fresh move that is not kept within reach: a robot that was switched off
    is found with its head on its body, outside the workspace (``robot.names``). ``SequenceMove``
    strings postures together, each reached at rest. Thread rules are those of ``moves``.

The robot goes to sleep a little above the official sleeping posture, ``RESTING``: the lowest nod
that keeps clear of the body and that the driver's safety gate therefore commands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.go_to import DEFAULT_SPEED_RAD_S
from bbia_sim_ros.motion.go_to import LEG_RAD_PER_M
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import PLAY_MOVE
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import time_law
from bbia_sim_ros.robot.names import FloatArray

WAKE_UP: Final = 'wake_up'
GO_TO_SLEEP: Final = 'go_to_sleep'
_MIN_SAFE_START_S = 0.4
_ANTENNA_SHARE = 0.4


@dataclass(frozen=True, eq=False)
class Step:
    """Reach ``posture`` (9,) within ``duration`` s along the time law ``law``."""

    posture: FloatArray
    duration: float
    law: str = 'minjerk'


class SequenceMove(Move):
    """Postures one after the other."""

    def __init__(
        self,
        label: str,
        steps: Sequence[Step],
        *,
        limits: MotionLimits,
        source: str = PLAY_MOVE,
        priority: int | None = None,
    ) -> None:
        """Take at least one step."""
        super().__init__(source, label=label, priority=priority, owned=WHOLE_BODY)
        self.bound_to_reach = False
        self._legs = [
            GoTo(
                step.posture,
                owned=WHOLE_BODY,
                duration=step.duration,
                law=time_law(step.law),
                limits=limits,
            )
            for step in steps
        ]
        self._current = 0
        self._started = 0.0

    def begin(self, start: Motion) -> None:
        """Set out for the first posture."""
        self._legs[0].begin(start)

    def sample(self, t: float) -> FloatArray:
        """Return the wanted body vector at ``t``, going on to the next step where one is over."""
        leg = self._legs[self._current]
        while t - self._started > leg.duration and self._current + 1 < len(self._legs):
            self._started += leg.duration
            self._current += 1
            reached, leg = leg.goal, self._legs[self._current]
            leg.begin(Motion(reached, np.zeros(9)))
        return leg.sample(t - self._started)

    def progress(self, t: float) -> float:
        """Return the share of the time that is over."""
        return min(1.0, t / sum(leg.duration for leg in self._legs))

    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Done when the last posture's time is over."""
        last = len(self._legs) - 1
        if self._current < last or t - self._started < self._legs[last].duration:
            return None
        return Ending(MoveState.DONE, f'{self.label} was played to its end')


def _posture(**degrees_and_mm: float) -> FloatArray:
    """Return neutral with x, z (mm), roll, pitch, antennas (outwards) (degrees) changed."""
    values = NEUTRAL.values.copy()
    values[0] = 1e-3 * degrees_and_mm.get('x', 0.0)
    values[2] = 1e-3 * degrees_and_mm.get('z', 0.0)
    values[3:5] = [math.radians(degrees_and_mm.get(k, 0.0)) for k in ('roll', 'pitch')]
    if 'antennas' in degrees_and_mm:
        outwards = math.radians(degrees_and_mm['antennas'])
        values[6:8] = outwards, -outwards
    return values


RESTING: Final = BodyState(_posture(x=-14, z=-38, pitch=24, antennas=175))


def wake_up(limits: MotionLimits, *, priority: int | None = None) -> SequenceMove:
    """Rise, stretch, shake off the sleep, and look straight ahead."""
    steps = (
        Step(_posture(z=-6, pitch=6, antennas=70), 1.1, 'ease_in_out'),
        Step(_posture(z=9, pitch=-13, antennas=4), 0.6),
        Step(_posture(z=4, roll=11, pitch=-4, antennas=25), 0.28),
        Step(_posture(z=4, roll=-11, pitch=-4, antennas=-5), 0.34),
        Step(_posture(z=2, roll=6, antennas=18), 0.28),
        Step(_posture(), 0.4),
    )
    move = SequenceMove(WAKE_UP, steps, limits=limits, priority=priority)
    move.from_asleep = True
    return move


def go_to_sleep(limits: MotionLimits, *, priority: int | None = None) -> SequenceMove:
    """Nod off twice, fold the antennas and lie down; the move leaves the robot asleep."""
    steps = (
        Step(_posture(z=-4, pitch=10, antennas=50), 1.0, 'ease_in_out'),
        Step(_posture(z=2, pitch=-3, antennas=28), 0.5),
        Step(_posture(z=-10, pitch=14, roll=4, antennas=100), 1.3, 'ease_in_out'),
        Step(RESTING.values, 1.4, 'ease_in_out'),
    )
    move = SequenceMove(GO_TO_SLEEP, steps, limits=limits, priority=priority)
    move.from_asleep = True
    move.ends_asleep = True
    return move


def safe_start(start: FloatArray, limits: MotionLimits) -> GoTo:
    """Return the slow move from ``start`` (9,) to neutral that comes before everything else."""
    way = np.abs(NEUTRAL.values - start)
    way[:3] *= LEG_RAD_PER_M
    way[6:8] *= _ANTENNA_SHARE
    law = time_law('minjerk')
    move = GoTo(
        NEUTRAL.values,
        owned=WHOLE_BODY,
        duration=max(_MIN_SAFE_START_S, float(way.max()) / DEFAULT_SPEED_RAD_S * law.peak_rate),
        law=law,
        limits=limits,
        source=SAFE_START,
    )
    move.bound_to_reach = False
    move.from_asleep = True
    return move
