"""Hears what people say: chunks of sound become utterances, and utterances become text.

In: `audio` and what the robot itself does (`nodes/hearing_input.py`). Out: `speech/activity`,
`speech/transcript` (`nodes/hearing_output.py`), `models/status`; the action `transcribe`
(`nodes/hearing_action.py`). On `/diagnostics`: `<node>: sound`, `<node>: engine`,
`<node>: models`.

Where speech is, is judged in the executor's thread, for 0.1 ms every 32 ms of sound. What was said
is found out by one thread (`hearing/transcriber.py`) and models in processes of their own
(`models/pool.py`).
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from rclpy.node import Node

from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.hearing.engines import make_engines
from bbia_sim_ros.hearing.parameters import HearingParameters
from bbia_sim_ros.hearing.selection import Selection
from bbia_sim_ros.hearing.transcriber import Transcriber
from bbia_sim_ros.hearing.transcriber import TranscriberSettings
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.hearing_action import TranscribeAction
from bbia_sim_ros.nodes.hearing_input import HearingInput
from bbia_sim_ros.nodes.hearing_output import HearingOutput
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller

_REPORT_PERIOD_S = 2.0


class HearingNode(Node):
    """The node `hearing`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('hearing')
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        self.parameters = NodeParameters(self, HearingParameters, on_change=self._on_parameters)
        values = self.parameters.value
        self._diagnostics = Diagnostics(self, hardware_id='hearing')
        self._owner = ModelOwner(self, values.pool_limits(), self._diagnostics)
        self._cleanup.callback(self._owner.close)
        self._engines = make_engines(self._owner.pool, values)
        self._selection = Selection(self._engines)
        self._output = HearingOutput(self)
        self._transcriber = Transcriber(
            self._engines, self._selection, _settings(values), self._output
        )
        self._cleanup.callback(self._transcriber.close)
        self._input = HearingInput(self, lambda: self.parameters.value, self._transcriber.put)
        self._poller = Poller(self)
        self._action = TranscribeAction(
            self, self._poller, lambda: self.parameters.value, self._engines, self._selection
        )
        self._cleanup.callback(self._action.destroy)
        self._cleanup.callback(self._end_goals)
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())
        self._report()

    def _on_parameters(self, before: HearingParameters, after: HearingParameters) -> None:
        self._owner.pool.limits = after.pool_limits()
        self._transcriber.settings = _settings(after)
        self._input.configure()
        if (after.engine, after.language) != (before.engine, before.language):
            self._report()

    def _report(self) -> None:
        self._report_sound()
        self._report_engine()

    def _report_sound(self) -> None:
        listener = self._input.listener
        counts, refused = listener.intake.counts, listener.intake.refused
        problems = [f'{count} chunks refused: {why}' for why, count in refused.items()]
        if counts.missing:
            problems.append(f'{counts.missing} chunks lost in {counts.gaps} gaps')
        if self._input.problem:
            problems.append(self._input.problem)
        self._diagnostics.update(
            'sound',
            Level.WARN if problems else Level.OK,
            '; '.join(problems) or ('sound comes' if listener.active else 'no sound comes'),
            {
                'chunks': str(counts.chunks),
                'streams': str(counts.streams),
                'gaps': str(counts.gaps),
                'chunks lost': str(counts.missing),
                'chunks refused': str(refused.total()),
                'chunks clipped': str(counts.clipped),
                'utterances': str(listener.utterances),
                'barge-ins': str(self._input.barge_ins),
                'robot speaks': str(listener.robot_speaks.on),
            },
        )

    def _report_engine(self) -> None:
        values = self.parameters.value
        choice = self._selection.choose(values.engine, values.language)
        transcriber, output = self._transcriber, self._output
        problems = []
        if not choice.names:
            problems.append(f'nothing can transcribe: {choice.reason}')
        if output.last_failure:
            problems.append(f'the last utterance has no text: {output.last_failure}')
        said = f'{choice.names[0]} transcribes: {choice.reason}' if choice.names else ''
        self._diagnostics.update(
            'engine',
            Level.WARN if problems else Level.OK,
            '; '.join(filter(None, (said, *problems))),
            {
                'engine': values.engine,
                'transcribed': str(transcriber.transcribed),
                'failed': str(transcriber.failed),
                'dropped': str(transcriber.dropped),
                'waiting': str(transcriber.waiting),
                'last engine': output.last_engine,
                'last processing time': f'{output.last_processing_s:.3f} s',
                **{f'obstacle of {name}': why for name, why in choice.obstacles.items()},
            },
        )

    def destroy_node(self) -> None:
        """End every goal with a result, unload the models, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _end_goals(self) -> None:
        """Let the clients of running goals hear how they ended."""
        self._action.cancel_all()

        def still_running() -> bool:
            self._poller.look()
            return self._action.running > 0

        finish_goals(self, still_running)


def _settings(values: HearingParameters) -> TranscriberSettings:
    return TranscriberSettings(
        engine=values.engine,
        language=values.language,
        partials=values.partials,
        partial_period_s=values.partial_period,
        timeout_s=values.recognition_timeout,
        max_waiting=values.max_waiting,
    )


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['hearing_node', *sys.argv[1:]])
