"""How often the mixer has to step: seldom while nobody moves the body.

Breathing is a few millimetres and degrees in as many seconds. A hundred targets a second of it cost
motion node and driver as much as a dance does, and nobody sees them. Every period of the loop is
due again as soon as a move, a stream or speech begins, so that nothing starts later for it: whoever
sleeps for ``rest_s`` has to be woken then.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bbia_sim_ros.motion.limits import MAX_STEP_S
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.mixer_output import MixerOutput
from bbia_sim_ros.robot.names import FloatArray

# At 25 Hz that is a step of a millimetre, a quarter of a degree, and a degree of an antenna.
_SLOW: Final[FloatArray] = np.array([0.02] * 3 + [0.1] * 3 + [0.4] * 2 + [0.1])
# Periods of a loop are never quite as long as they should be.
_EARLY: Final = 0.9


class IdlePace:
    """Says whether a step is due; not thread-safe, as the mixer."""

    def __init__(self, rate: float) -> None:
        """Take how many steps per second (Hz) are enough while nobody moves the body."""
        self._period_s = min(1.0 / rate, MAX_STEP_S)
        self._now = self._wall = -math.inf
        self._is_slow = True

    def is_due(self, mixer: MotionMixer, *, now: float, wall: float) -> bool:
        """Return whether the mixer has to step at ``now`` (s) of its clock.

        ``wall`` (s) goes on while that clock is paused. A clock that went back is always due.
        """
        passed = max(now - self._now, wall - self._wall)
        due = now < self._now or passed >= _EARLY * self._period_s
        return due or not self._is_calm(mixer, now)

    def rest_s(self, mixer: MotionMixer, *, now: float, wall: float) -> float:
        """Return for how long (s) no step will be due, 0 while one is or may be at any time."""
        if not self._is_calm(mixer, now):
            return 0.0
        return max(0.0, self._period_s - max(now - self._now, wall - self._wall))

    def stepped(self, output: MixerOutput | None, *, now: float, wall: float) -> None:
        """Take what the mixer answered."""
        self._is_slow = output is None or bool((np.abs(output.velocity) <= _SLOW).all())
        self._now, self._wall = now, wall

    def _is_calm(self, mixer: MotionMixer, now: float) -> bool:
        if mixer.active is not None or mixer.teleoperation.alive(now) or mixer.gaze.alive(now):
            return False
        speech = mixer.layers.speech
        return self._is_slow and not (speech.active or speech.is_heard(now))
