"""The action `record_move`: what the robot really does, measured, into a file of the official form.

Recording needs no move in charge, and goes on while the motors are compliant: a person can show a
move by hand. One recording at a time. All in the executor's thread, but writing the file, which the
planning thread does.
"""

from __future__ import annotations

import math
from pathlib import Path

from bbia_msgs.action import RecordMove
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.recorded_file import save_recorded
from bbia_sim_ros.motion.recorder import MoveRecorder
from bbia_sim_ros.nodes.goals import GoalRunner
from bbia_sim_ros.nodes.goals import Handle
from bbia_sim_ros.nodes.motion_context import MotionContext

_SUFFIX = '.json'
_NO_END = -1.0


class RecordAction:
    """See the module's docstring."""

    def __init__(self, context: MotionContext, runner: GoalRunner) -> None:
        self._context = context
        self._runner = runner
        self._recorder: MoveRecorder | None = None
        self._server = runner.serve(RecordMove, 'record_move', self._record)

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    def _on_measured(self, body: BodyState, stamp: float) -> None:
        if self._recorder is not None:
            self._recorder.add(body, stamp)

    async def _record(self, handle: Handle) -> RecordMove.Result:
        request = handle.request
        try:
            path = self._path(request.name)
            duration = self._duration(request.duration)
            if self._recorder is not None:
                raise GoalError('another recording is running; cancel it first')
            self._recorder = MoveRecorder(max_seconds=duration)
            self._context.robot.observe(self._on_measured)
            try:
                recorder = await self._runner.poller.until(
                    lambda: self._look(handle, self._recorder)
                )
            finally:
                self._context.robot.observe(None)
                self._recorder = None
            recording = recorder.recording(path.stem, request.description)

            def save() -> Path:
                save_recorded(recording, path)
                return path

            await self._runner.in_background(save)
        except ValueError as error:
            handle.abort()
            return RecordMove.Result(message=str(error))
        if handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.succeed()
        return RecordMove.Result(
            success=True,
            message=f'{recorder.duration:.2f} s recorded; play it with play_move',
            path=str(path),
            samples=recorder.samples,
        )

    def _look(self, handle: Handle, recorder: MoveRecorder | None) -> MoveRecorder | None:
        """Return the recorder when the recording is over, None while it goes on."""
        if recorder is None:
            raise RuntimeError('a recording lost its recorder')
        silence = self._context.robot.silence(self._context.parameters.value.state_timeout)
        if silence and recorder.samples == 0:
            raise GoalError(f'nothing to record: {silence}')
        if silence or self._runner.poller.closing:
            return recorder
        if recorder.full or handle.is_cancel_requested:
            return recorder
        progress = _NO_END
        if handle.request.duration > 0.0:
            progress = min(1.0, recorder.duration / handle.request.duration)
        handle.publish_feedback(RecordMove.Feedback(progress=progress))
        return None

    def _duration(self, duration: float) -> float:
        longest = self._context.parameters.value.max_record_duration
        if not math.isfinite(duration) or not 0.0 <= duration <= longest:
            raise GoalError(
                f'duration is {duration} s; allowed is up to {longest:g} s (parameter'
                ' max_record_duration), or 0 to record until it is cancelled'
            )
        return duration or longest

    def _path(self, name: str) -> Path:
        """Return the file to write; raises GoalError for a bad name and where one exists."""
        given = Path(name).expanduser()
        if not given.stem or given.name.startswith('.'):
            raise GoalError(f'{name!r} names no file; give a name such as wave, or a path')
        if len(given.parts) > 1 or given.suffix:
            path = given
            if path.suffix != _SUFFIX:
                raise GoalError(f'{name!r} must end with {_SUFFIX}: recordings are JSON files')
        else:
            path = self._context.move_folder / f'{name}{_SUFFIX}'
            if name in self._context.library.names():
                raise GoalError(f'a move {name!r} exists already; choose another name')
        if path.exists():
            raise GoalError(f'{path} exists already; choose another name or remove it')
        return path.absolute()
