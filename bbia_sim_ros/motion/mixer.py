"""One body, one writer: who is in charge, what is added on top, and what leaves.

Contract
    ``MotionMixer.step`` is called at about 100 Hz and returns the whole body's target. Whatever is
    started, replaced, cancelled or lost between two steps, position and velocity of the target are
    continuous and stay within ``MotionLimits``: each move starts where and how the body moves, and
    a tracking filter bounds what is left. Not thread-safe: the owner serialises all calls. No
    clock is read: ``dt`` is the time since the last step, ``now`` any monotonic clock (s) that the
    streams' messages are stamped with too. A step later than ``MAX_STEP_S`` delays the motion
    instead of making it jump. Memory is constant.

Order of things
    Suspended until ``begin`` gives the measured posture; then a safe start to neutral, during which
    one goal may wait, or, after a crash, the posture that was found is held; then the highest
    priority wins. An equal one replaces, a lower one is refused. A stream (joystick, gaze) takes
    over when it outranks what runs and resumes when that is over. A cancelled, aborted or lost move
    brakes to a standstill within reach and within ``STOP_TIME_S``. Then the body holds, and after
    ``idle_delay`` the mood's idle motion comes up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

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
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import Stop
from bbia_sim_ros.motion.reach import CLIP_TOLERANCE_M
from bbia_sim_ros.motion.reach import CLIP_TOLERANCE_RAD
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.rest import safe_start
from bbia_sim_ros.motion.streams import GazeStream
from bbia_sim_ros.motion.streams import Stream
from bbia_sim_ros.motion.streams import TeleoperationStream
from bbia_sim_ros.robot.names import FloatArray

NOT_STARTED: Final = 'the robot has not reported its posture yet'


class MotionMixer:
    """Decides and blends; see the module docstring."""

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
        self.asleep = False
        self.last_end = ''
        self._limits = limits
        self._filter: TrackingFilter | None = None
        self._suspended = NOT_STARTED
        self._active: Move | None = None
        self._waiting: Move | None = None
        self._stopping: Move | None = None
        self._time = 0.0
        self._began = 0.0
        self._hold = Stop(np.zeros(9), np.zeros(9))
        self._base = np.zeros(9)
        self._clipped: tuple[str, ...] = ()

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
        return self._active

    @property
    def posture(self) -> FloatArray:
        """The (9,) posture without layers, which goals are planned from; Refused if suspended."""
        if self._filter is None:
            raise Refused(f'the robot does not move: {self._suspended}')
        posture: FloatArray = self._filter.position - self.layers.total
        return posture

    def elapsed(self, move: Move) -> float | None:
        """Return the seconds since ``move`` took charge, None when it is not in charge."""
        return self._time - self._began if move is self._active else None

    # Orders -------------------------------------------------------------------------------------

    def begin(self, measured: BodyState, *, hold: bool = False) -> None:
        """Start, or start again, from where the robot is: a slow move to neutral comes first.

        With ``hold`` it stays where it is instead, and asleep if it is out of reach.
        """
        self._abort_all('started again from the measured posture')
        self._filter = TrackingFilter(self._limits, measured.values)
        self._suspended = ''
        self.layers.reset()
        if hold:
            self._let_go()
            self.asleep = self._is_out_of_reach(measured.values)
        else:
            self._take_over(safe_start(measured.values, self._limits))

    def suspend(self, reason: str) -> None:
        """Give up the body (emergency stop, motors off): all moves end, until ``begin``."""
        self._abort_all(reason)
        self._filter = None
        self._suspended = reason

    def start(self, move: Move) -> None:
        """Put ``move`` in charge, or raise Refused; during a safe start it waits for its end."""
        if self._filter is None:
            raise Refused(f'the robot does not move: {self._suspended}')
        if move.state is not MoveState.WAITING or move is self._waiting:
            raise ValueError(f'{move} was started before; plan a new one')
        rival = self._rival()
        if rival is not None and rival.priority > move.priority:
            raise Refused(
                f'{rival} is in charge with priority {rival.priority}; {move} has {move.priority}'
            )
        if self._active is not None and self._active.source == SAFE_START:
            self._end(self._waiting, MoveState.ABORTED, f'replaced by {move}')
            self._waiting = move
        elif self.asleep and not move.from_asleep:
            self._rise(move)
        else:
            self._end(self._active, MoveState.ABORTED, f'replaced by {move}')
            self._take_over(move)

    def cancel(self, move: Move, reason: str = 'cancelled') -> bool:
        """Brake ``move`` to a standstill; False when it is neither in charge nor waiting."""
        if move is self._waiting:
            self._waiting = None
            self._end(move, MoveState.CANCELLED, reason)
            return True
        if move is not self._active or move.source == SAFE_START:
            return False
        self._release()
        if isinstance(move, Stream):
            move.silence()
            self._end(move, MoveState.CANCELLED, reason)
        else:
            move.state, move.reason = MoveState.STOPPING, reason
            self._stopping = move
        return True

    def cancel_all(self, reason: str = 'cancelled') -> bool:
        """Brake whatever is in charge and forget what waits; False when there was nothing."""
        waiting = self._waiting is not None and self.cancel(self._waiting, reason)
        return (self._active is not None and self.cancel(self._active, reason)) or waiting

    # One step -----------------------------------------------------------------------------------

    def step(
        self, dt: float, *, now: float, measured: Measured | None = None
    ) -> MixerOutput | None:
        """Advance by ``dt`` s; return the target, or None while suspended.

        A ``dt`` of 0 or below (a paused clock) changes nothing.
        """
        if self._filter is None:
            return None
        if dt > 0.0:
            dt = min(dt, MAX_STEP_S)
            self._arbitrate(now)
            self._time += dt
            base = self._sample_base()
            reference = base + self.layers.step(
                dt, now=now, idle=self._idle(), gaze=self._gaze_correction(now, base)
            )
            self._clipped = ()
            if self._bound_to_reach():
                reference, self._clipped = self.reach.clip(reference)
            self._filter.step(reference, dt)
            self._base = base
            self._judge(measured)
        return self._output(self._filter)

    def _idle(self) -> bool:
        rested = self._time - self._began >= self.idle_delay
        return self._active is None and not self.asleep and rested

    def _bound_to_reach(self) -> bool:
        return not self.asleep if self._active is None else self._active.bound_to_reach

    def _is_out_of_reach(self, values: FloatArray) -> bool:
        off = np.abs(self.reach.clip(values)[0] - values)
        return bool(off[POSITION].max() > CLIP_TOLERANCE_M or off[3:].max() > CLIP_TOLERANCE_RAD)

    def _sample_base(self) -> FloatArray:
        held = self._hold.sample(self._time - self._began)
        if self._active is None:
            return held
        wanted = self._active.sample(self._time - self._began)
        base: FloatArray = np.where(self._active.owned, wanted, held)
        return base

    def _gaze_correction(self, now: float, base: FloatArray) -> tuple[float, float] | None:
        """Return pitch and yaw (rad) from the emotion being played to the person looked at."""
        playing = self._active is not None and self._active.source == PLAY_EMOTION
        return self.gaze.correction(base) if playing and self.gaze.alive(now) else None

    def _judge(self, measured: Measured | None) -> None:
        if self._stopping is not None and self._time - self._began >= STOP_TIME_S:
            stopped, self._stopping = self._stopping, None
            self._end(stopped, MoveState.CANCELLED, stopped.reason)
        move = self._active
        if move is None:
            return
        ending = move.judge(self._time - self._began, measured)
        if ending is None:
            return
        self.asleep = move.ends_asleep and ending.state is MoveState.DONE
        if ending.state is MoveState.DONE:
            # Moves end at rest. Stay with the reference, not with the output: where the limits
            # made the output lag, it still has to arrive.
            self._hold = Stop(self._base, np.zeros(9))
            self._began, self._active = self._time, None
        else:
            self._release()
        self._end(move, ending.state, ending.reason)

    def _output(self, tracking: TrackingFilter) -> MixerOutput:
        move = self._active
        return MixerOutput(
            body=BodyState(tracking.position),
            velocity=tracking.velocity.copy(),
            active=move.source if move else '',
            label=move.label if move else '',
            priority=move.priority if move else 0,
            progress=move.progress(self._time - self._began) if move else NO_END,
            layers=self.layers.names,
            clipped=tuple(dict.fromkeys((*(move.clipped if move else ()), *self._clipped))),
            last_end=self.last_end,
        )

    # Who is in charge ---------------------------------------------------------------------------

    def _rival(self) -> Move | None:
        """Return what a new move has to outrank: the move in charge or the one that waits."""
        if self._active is not None and self._active.source == SAFE_START:
            return self._waiting
        return self._active

    def _streams(self, now: float) -> Iterator[Stream]:
        for stream in (self.teleoperation, self.gaze):
            if stream.alive(now) and not (self.asleep and stream is self.gaze):
                yield stream

    def _arbitrate(self, now: float) -> None:
        """Let silent streams go, waiting moves begin, and streams take what they outrank."""
        move = self._active
        if isinstance(move, Stream) and not move.alive(now):
            self._release()
            self._end(move, MoveState.ABORTED, f'silent for more than {move.timeout:g} s')
        if self._active is None and self._waiting is not None:
            move, self._waiting = self._waiting, None
            self._take_over(move)
        if self._stopping is not None:
            return
        best = max(self._streams(now), key=lambda stream: stream.priority, default=None)
        if best is None or best is self._active:
            return
        if self._active is None or best.priority > self._active.priority:
            self._end(self._active, MoveState.ABORTED, f'replaced by {best}')
            if self.asleep:
                self._rise(None)
            else:
                self._take_over(best)

    def _rise(self, then: Move | None) -> None:
        """Get up from the sleeping posture before ``then`` begins."""
        self._take_over(safe_start(self.posture, self._limits))
        self._waiting = then

    def _start_motion(self) -> Motion:
        """Where and how the body moves now, layers taken off."""
        if self._filter is None:
            raise RuntimeError('a suspended mixer has no motion')
        return Motion(
            self._filter.position - self.layers.total, self._filter.velocity - self.layers.rate
        )

    def _take_over(self, move: Move) -> None:
        motion = self._let_go()
        self._active = move
        self.asleep = False
        move.state = MoveState.RUNNING
        move.begin(motion)

    def _release(self) -> None:
        """Leave the body to nobody: it brakes from what the output does now, within reach."""
        motion = self._let_go()
        nearest, clips = self.reach.clip(self._hold.end)
        if clips:
            self._hold = Stop(motion.position, motion.velocity, nearest)

    def _let_go(self) -> Motion:
        """Let what is in charge go; what nothing else takes over brakes from what it does now."""
        motion = self._start_motion()
        if self._stopping is not None:
            stopped, self._stopping = self._stopping, None
            self._end(stopped, MoveState.CANCELLED, stopped.reason)
        self._hold = Stop(motion.position, motion.velocity)
        self._base = motion.position
        self._began, self._active = self._time, None
        if self._filter is not None:
            self._filter.rebase()
        return motion

    def _end(self, move: Move | None, state: MoveState, reason: str) -> None:
        if move is None:
            return
        move.end(state, reason)
        self.last_end = f'{move}: {reason}'

    def _abort_all(self, reason: str) -> None:
        for move in (self._active, self._waiting, self._stopping):
            self._end(move, MoveState.ABORTED, reason)
        self._active = self._waiting = self._stopping = None
        self.teleoperation.silence()
        self.gaze.silence()
