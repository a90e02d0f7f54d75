"""Who has the body: the move in charge, the one that waits, the one that brakes, or nobody.

Contract
    One owner, the mixer, which serialises all calls and asks in each step: ``arbitrate``, then
    ``sample`` for the reference, then ``judge``. The order of things is in ``motion/mixer.py``.
    Whatever takes over starts where and how the body moves, which ``let_go`` tells; nobody in
    charge means that the body brakes to a standstill and holds. Bounds: one move in charge, one
    that waits, one that brakes. Body vectors (9,), m and rad; seconds count the mixer's steps, but
    ``now``, which is the clock of the streams' messages. No clock is read.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator

import numpy as np

from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import Stop
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.streams import GazeStream
from bbia_sim_ros.motion.streams import Stream
from bbia_sim_ros.motion.streams import TeleoperationStream
from bbia_sim_ros.robot.names import FloatArray


class Arbiter:
    """See the module docstring.

    ``let_go`` returns how the body moves now, layers taken off, and has the output follow a new
    reference from there; ``safe_start`` plans the way from there to neutral.

    Attributes
    ----------
    active:
        The move in charge, None when the body brakes or holds.
    asleep:
        Whether the body lies where only a safe start or a waking up leads out.
    last_end:
        Which move ended last and why, '' before the first.

    """

    def __init__(
        self,
        *,
        teleoperation: TeleoperationStream,
        gaze: GazeStream,
        reach: Reach,
        let_go: Callable[[], Motion],
        safe_start: Callable[[], Move],
    ) -> None:
        self.active: Move | None = None
        self.asleep = False
        self.last_end = ''
        self._teleoperation = teleoperation
        self._gaze = gaze
        self._reach = reach
        self._let_go = let_go
        self._safe_start = safe_start
        self._waiting: Move | None = None
        self._stopping: Move | None = None
        self._time = 0.0
        self._began = 0.0
        self._hold = Stop(np.zeros(9), np.zeros(9))
        self._base = np.zeros(9)

    @property
    def elapsed(self) -> float:
        """The seconds since the present state began, be it a move or that nobody has the body."""
        return self._time - self._began

    @property
    def bound_to_reach(self) -> bool:
        """Whether what ``sample`` returns is to be kept within reach."""
        return not self.asleep if self.active is None else self.active.bound_to_reach

    # Orders -------------------------------------------------------------------------------------

    def start(self, move: Move) -> None:
        """Put ``move`` in charge, or raise Refused; during a safe start it waits for its end."""
        if move.state is not MoveState.WAITING or move is self._waiting:
            raise ValueError(f'{move} was started before; plan a new one')
        rival = self._rival()
        if rival is not None and rival.priority > move.priority:
            raise Refused(
                f'{rival} is in charge with priority {rival.priority}; {move} has {move.priority}'
            )
        if self.active is not None and self.active.source == SAFE_START:
            self._end(self._waiting, MoveState.ABORTED, f'replaced by {move}')
            self._waiting = move
        elif self.asleep and not move.from_asleep:
            self._rise(move)
        else:
            self._end(self.active, MoveState.ABORTED, f'replaced by {move}')
            self.take_over(move)

    def cancel(self, move: Move, reason: str) -> bool:
        """Brake ``move`` to a standstill; False when it is neither in charge nor waiting."""
        if move is self._waiting:
            self._waiting = None
            self._end(move, MoveState.CANCELLED, reason)
            return True
        if move is not self.active or move.source == SAFE_START:
            return False
        self._release()
        if isinstance(move, Stream):
            move.silence()
            self._end(move, MoveState.CANCELLED, reason)
        else:
            move.state, move.reason = MoveState.STOPPING, reason
            self._stopping = move
        return True

    def cancel_all(self, reason: str) -> bool:
        """Brake whatever is in charge and forget what waits; False when there was nothing."""
        waiting = self._waiting is not None and self.cancel(self._waiting, reason)
        return (self.active is not None and self.cancel(self.active, reason)) or waiting

    def abort_all(self, reason: str) -> None:
        """End all at once, streams too; the body has to be suspended or begun anew."""
        for move in (self.active, self._waiting, self._stopping):
            self._end(move, MoveState.ABORTED, reason)
        self.active = self._waiting = self._stopping = None
        self._teleoperation.silence()
        self._gaze.silence()

    def take_over(self, move: Move) -> None:
        """Have ``move`` go on from what the body does now."""
        motion = self.brake()
        self.active = move
        self.asleep = False
        move.state = MoveState.RUNNING
        move.begin(motion)

    def brake(self) -> Motion:
        """Leave the body to nobody: it brakes from what it does now, which is returned."""
        motion = self._let_go()
        if self._stopping is not None:
            stopped, self._stopping = self._stopping, None
            self._end(stopped, MoveState.CANCELLED, stopped.reason)
        self._hold = Stop(motion.position, motion.velocity)
        self._base = motion.position
        self._began, self.active = self._time, None
        return motion

    # One step -----------------------------------------------------------------------------------

    def arbitrate(self, dt: float, *, now: float) -> None:
        """Let silent streams go, waiting moves begin, streams take what they outrank; advance."""
        self._choose(now)
        self._time += dt

    def sample(self) -> FloatArray:
        """Return where the body should be (9,): as the move in charge wants it, else at rest."""
        base = self._hold.sample(self.elapsed)
        if self.active is not None:
            base = np.where(self.active.owned, self.active.sample(self.elapsed), base)
        self._base = base
        return base

    def judge(self, measure: Measure) -> None:
        """End what has come to its end."""
        if self._stopping is not None and self.elapsed >= STOP_TIME_S:
            stopped, self._stopping = self._stopping, None
            self._end(stopped, MoveState.CANCELLED, stopped.reason)
        move = self.active
        if move is None:
            return
        ending = move.judge(self.elapsed, measure)
        if ending is None:
            return
        self.asleep = move.ends_asleep and ending.state is MoveState.DONE
        if ending.state is MoveState.DONE:
            # Moves end at rest. Stay with the reference, not with the output: where the limits
            # made the output lag, it still has to arrive.
            self._hold = Stop(self._base, np.zeros(9))
            self._began, self.active = self._time, None
        else:
            self._release()
        self._end(move, ending.state, ending.reason)

    # Who is in charge ---------------------------------------------------------------------------

    def _choose(self, now: float) -> None:
        move = self.active
        if isinstance(move, Stream) and not move.alive(now):
            self._release()
            self._end(move, MoveState.ABORTED, f'silent for more than {move.timeout:g} s')
        if self.active is None and self._waiting is not None:
            move, self._waiting = self._waiting, None
            self.take_over(move)
        if self._stopping is not None:
            return
        best = max(self._streams(now), key=lambda stream: stream.priority, default=None)
        if best is None or best is self.active:
            return
        if self.active is None or best.priority > self.active.priority:
            self._end(self.active, MoveState.ABORTED, f'replaced by {best}')
            if self.asleep:
                self._rise(None)
            else:
                self.take_over(best)

    def _streams(self, now: float) -> Iterator[Stream]:
        for stream in (self._teleoperation, self._gaze):
            if stream.alive(now) and not (self.asleep and stream is self._gaze):
                yield stream

    def _rival(self) -> Move | None:
        """Return what a new move has to outrank: the move in charge or the one that waits."""
        if self.active is not None and self.active.source == SAFE_START:
            return self._waiting
        return self.active

    def _rise(self, then: Move | None) -> None:
        """Get up from the sleeping posture before ``then`` begins."""
        self.take_over(self._safe_start())
        self._waiting = then

    def _release(self) -> None:
        """Leave the body to nobody: it brakes from what the output does now, within reach."""
        motion = self.brake()
        nearest, clips = self._reach.clip(self._hold.end)
        if clips:
            self._hold = Stop(motion.position, motion.velocity, nearest)

    def _end(self, move: Move | None, state: MoveState, reason: str) -> None:
        if move is None:
            return
        move.end(state, reason)
        self.last_end = f'{move}: {reason}'
