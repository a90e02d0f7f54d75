"""One body, one writer: what is added on top of who is in charge, and what leaves.

Contract
    ``MotionMixer.step`` is called at about 100 Hz and returns the whole body's target. Whatever is
    started, replaced, cancelled or lost between two steps, position and velocity of the target are
    continuous and stay within ``MotionLimits``: each move starts where and how the body moves, and
    a tracking filter bounds what is left. Not thread-safe: the owner serialises all calls. No
    clock is read: ``dt`` is the time since the last step, ``now`` any monotonic clock (s) that the
    streams' messages are stamped with too. A step later than ``MAX_STEP_S`` delays the motion
    instead of making it jump. Memory is constant.

Order of things (``motion/arbiter.py``)
    Suspended until ``begin`` gives the measured posture; then a safe start to neutral, during which
    one goal may wait, or, after a crash, the posture that was found is held; then the highest
    priority wins. An equal one replaces, a lower one is refused. A stream (joystick, gaze) takes
    over when it outranks what runs and resumes when that is over. A cancelled, aborted or lost move
    brakes to a standstill within reach and within ``STOP_TIME_S``. Then the body holds, and after
    ``idle_delay`` the mood's idle motion comes up.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bbia_sim_ros.motion.arbiter import Arbiter
from bbia_sim_ros.motion.body import POSITION
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.layer_stack import LayerStack
from bbia_sim_ros.motion.layers import Mood
from bbia_sim_ros.motion.limits import MAX_STEP_S
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.limits import TrackingFilter
from bbia_sim_ros.motion.mixer_output import MixerOutput
from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import NO_END
from bbia_sim_ros.motion.moves import PLAY_EMOTION
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import unmeasured
from bbia_sim_ros.motion.reach import CLIP_TOLERANCE_M
from bbia_sim_ros.motion.reach import CLIP_TOLERANCE_RAD
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.rest import safe_start
from bbia_sim_ros.motion.streams import GazeStream
from bbia_sim_ros.motion.streams import TeleoperationStream
from bbia_sim_ros.robot.names import FloatArray

NOT_STARTED: Final = 'the robot has not reported its posture yet'


class MotionMixer:
    """Blends and bounds; see the module docstring."""

    def __init__(
        self,
        *,
        limits: MotionLimits,
        reach: Reach,
        mood: Mood,
        teleoperation: TeleoperationStream | None = None,
        gaze: GazeStream | None = None,
        idle_delay: float = 1.0,
    ) -> None:
        """Start suspended, in ``mood``; idle motion comes ``idle_delay`` s after the last move."""
        self.reach = reach
        self.teleoperation = teleoperation or TeleoperationStream(limits=limits, reach=reach)
        self.gaze = gaze or GazeStream(limits=limits, reach=reach)
        self.layers = LayerStack(mood)
        self.idle_delay = idle_delay
        self._limits = limits
        self._filter: TrackingFilter | None = None
        self._suspended = NOT_STARTED
        self._clipped: tuple[str, ...] = ()
        self._arbiter = Arbiter(
            teleoperation=self.teleoperation,
            gaze=self.gaze,
            reach=reach,
            let_go=self._let_go,
            safe_start=lambda: safe_start(self.posture, self._limits),
        )

    # What is going on ---------------------------------------------------------------------------

    @property
    def limits(self) -> MotionLimits:
        """The limits that the output keeps; moves that run keep the plan they have."""
        return self._limits

    @limits.setter
    def limits(self, limits: MotionLimits) -> None:
        self._limits = limits
        self.teleoperation.set_limits(limits)
        self.gaze.set_limits(limits)
        if self._filter is not None:
            self._filter.set_limits(limits)

    @property
    def suspended(self) -> str:
        """Why nothing moves, or '' when the mixer is at work."""
        return self._suspended

    @property
    def active(self) -> Move | None:
        """The move in charge."""
        return self._arbiter.active

    @property
    def asleep(self) -> bool:
        """Whether the body lies asleep: still, until something else is asked for."""
        return self._arbiter.asleep

    @property
    def last_end(self) -> str:
        """Which move ended last and why, '' before the first."""
        return self._arbiter.last_end

    @property
    def posture(self) -> FloatArray:
        """The (9,) posture without layers, which goals are planned from; Refused if suspended."""
        posture: FloatArray = self._running().position - self.layers.total
        return posture

    def elapsed(self, move: Move) -> float | None:
        """Return the seconds since ``move`` took charge, None when it is not in charge."""
        return self._arbiter.elapsed if move is self.active else None

    # Orders -------------------------------------------------------------------------------------

    def begin(self, measured: BodyState, *, hold: bool = False) -> None:
        """Start, or start again, from where the robot is: a slow move to neutral comes first.

        With ``hold`` it stays where it is instead, and asleep if it is out of reach.
        """
        self._arbiter.abort_all('started again from the measured posture')
        self._filter = TrackingFilter(self._limits, measured.values)
        self._suspended = ''
        self.layers.reset()
        if hold:
            self._arbiter.brake()
            self._arbiter.asleep = self._is_out_of_reach(measured.values)
        else:
            self._arbiter.take_over(safe_start(measured.values, self._limits))

    def suspend(self, reason: str) -> None:
        """Give up the body (emergency stop, motors off): all moves end, until ``begin``."""
        self._arbiter.abort_all(reason)
        self._filter = None
        self._suspended = reason

    def start(self, move: Move) -> None:
        """Put ``move`` in charge, or raise Refused; during a safe start it waits for its end."""
        self._running()
        self._arbiter.start(move)

    def cancel(self, move: Move, reason: str = 'cancelled') -> bool:
        """Brake ``move`` to a standstill; False when it is neither in charge nor waiting."""
        return self._arbiter.cancel(move, reason)

    def cancel_all(self, reason: str = 'cancelled') -> bool:
        """Brake whatever is in charge and forget what waits; False when there was nothing."""
        return self._arbiter.cancel_all(reason)

    # One step -----------------------------------------------------------------------------------

    def step(self, dt: float, *, now: float, measure: Measure = unmeasured) -> MixerOutput | None:
        """Advance by ``dt`` s; return the target, or None while suspended.
        ``measure`` is asked when a move needs it.

        A ``dt`` of 0 or below (a paused clock) changes nothing.
        """
        if self._filter is None:
            return None
        if dt > 0.0:
            dt = min(dt, MAX_STEP_S)
            self._arbiter.arbitrate(dt, now=now)
            base = self._arbiter.sample()
            reference = base + self.layers.step(
                dt, now=now, idle=self._idle(), gaze=self._gaze_correction(now, base)
            )
            self._clipped = ()
            if self._arbiter.bound_to_reach:
                reference, self._clipped = self.reach.clip(reference)
            self._filter.step(reference, dt)
            self._arbiter.judge(measure)
        return self._output(self._filter)

    def _running(self) -> TrackingFilter:
        """Return the filter that makes the output; Refused while suspended."""
        if self._filter is None:
            raise Refused(f'the robot does not move: {self._suspended}')
        return self._filter

    def _let_go(self) -> Motion:
        """Return how the body moves now, layers taken off; a new reference starts from there."""
        tracking = self._running()
        tracking.rebase()
        return Motion(tracking.position - self.layers.total, tracking.velocity - self.layers.rate)

    def _idle(self) -> bool:
        rested = self._arbiter.elapsed >= self.idle_delay
        return self.active is None and not self.asleep and rested

    def _is_out_of_reach(self, values: FloatArray) -> bool:
        off = np.abs(self.reach.clip(values)[0] - values)
        return bool(off[POSITION].max() > CLIP_TOLERANCE_M or off[3:].max() > CLIP_TOLERANCE_RAD)

    def _gaze_correction(self, now: float, base: FloatArray) -> tuple[float, float] | None:
        """Return pitch and yaw (rad) from the emotion being played to the person looked at."""
        playing = self.active is not None and self.active.source == PLAY_EMOTION
        return self.gaze.correction(base) if playing and self.gaze.alive(now) else None

    def _output(self, tracking: TrackingFilter) -> MixerOutput:
        move = self.active
        return MixerOutput(
            body=BodyState(tracking.position),
            velocity=tracking.velocity.copy(),
            active=move.source if move else '',
            label=move.label if move else '',
            priority=move.priority if move else 0,
            progress=move.progress(self._arbiter.elapsed) if move else NO_END,
            layers=self.layers.names,
            clipped=tuple(dict.fromkeys((*(move.clipped if move else ()), *self._clipped))),
            last_end=self.last_end,
        )
