"""All additive layers together: their sum, its rate, and who is to be heard.

Contract
    ``step`` advances every layer and keeps the sum (9,) and its rate (per s); both are continuous.
    Each layer can be switched off while running and then fades out. Owned by the mixer's thread.
"""

from __future__ import annotations

import math

import numpy as np

from bbia_sim_ros.motion.layers import GazeLayer
from bbia_sim_ros.motion.layers import IdleLayer
from bbia_sim_ros.motion.layers import Mood
from bbia_sim_ros.motion.layers import SpeechLayer
from bbia_sim_ros.robot.names import FloatArray


class LayerStack:
    """Idle motion, speech wobble and gaze correction on top of the move in charge."""

    def __init__(self, mood: Mood) -> None:
        """Start in ``mood``, with nothing visible and everything enabled."""
        self.idle = IdleLayer(mood)
        self.speech = SpeechLayer()
        self.gaze = GazeLayer()
        self.idle_enabled = True
        self.speech_enabled = True
        self.gaze_enabled = True
        self.total: FloatArray = np.zeros(9)
        self.rate: FloatArray = np.zeros(9)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers that move anything now."""
        return tuple(layer.name for layer in (self.idle, self.speech, self.gaze) if layer.active)

    def reset(self) -> None:
        """Vanish at once; for a start from standstill."""
        self.total, self.rate = np.zeros(9), np.zeros(9)
        for layer in (self.idle, self.speech, self.gaze):
            layer.reset()

    def step(
        self, dt: float, *, now: float, idle: bool, gaze: tuple[float, float] | None
    ) -> FloatArray:
        """Advance by ``dt`` s; ``gaze`` is the pitch and yaw (rad) missing to a person looked at.

        ``idle``: nothing is in charge. ``now``: clock (s) of the speech levels.
        """
        total = self.idle.step(dt, idle and self.idle_enabled)
        total = total + self.speech.step(dt, now if self.speech_enabled else math.inf)
        total = total + self.gaze.step(dt, gaze if self.gaze_enabled else None)
        self.rate = (total - self.total) / dt
        self.total = total
        return total
