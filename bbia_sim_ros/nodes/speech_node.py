"""Speech: says texts, plays sound files, and publishes the sound that it makes.

In: the actions `say` and `play_sound` (`nodes/speech_action.py`). Out: `speech/output`, each chunk
stamped with the time at which its first sample is heard and published a little before, for the
head's sway and for whoever listens; `speech/speaking`, latched. Which engine speaks which language
and why, where the sound goes, and what waits is on `/diagnostics`.

The speaker (`speech/speaker.py`) plays in a thread of its own; engines and the sound device are in
processes of their own. Looking at them may take a while, so that is done in a thread too.
"""

from __future__ import annotations

import sys
import time
from array import array
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from rclpy.node import Node
from std_msgs.msg import Bool
from std_msgs.msg import Header

from bbia_msgs.msg import AudioChunk
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import MotionClock
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.speech_action import SpeechActions
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.espeak import EspeakEngine
from bbia_sim_ros.speech.flite import FliteEngine
from bbia_sim_ros.speech.output import AUTO
from bbia_sim_ros.speech.output import Output
from bbia_sim_ros.speech.parameters import SpeechParameters
from bbia_sim_ros.speech.piper import PiperEngine
from bbia_sim_ros.speech.player import Chunk
from bbia_sim_ros.speech.selection import Selection
from bbia_sim_ros.speech.speaker import Speaker

_FRAME = 'speaker'
_SHOWN_LANGUAGES = ('en', 'fr')
_LOOK_PERIOD_S = 2.0


class SpeechNode(Node):
    """The node `speech`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('speech')
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        self.parameters = NodeParameters(self, SpeechParameters, on_change=self._on_parameters)
        values = self.parameters.value
        self._diagnostics = Diagnostics(self, hardware_id='speaker')
        self._sequence = 0
        self._moments = MotionClock(self)
        self._sound = self.create_publisher(AudioChunk, 'speech/output', qos.STREAM)
        self._speaking = self.create_publisher(Bool, 'speech/speaking', qos.LATCHED)
        self._speaking.publish(Bool(data=False))
        piper_voice = Path(values.piper_voice).expanduser() if values.piper_voice else None
        self._output = Output(values.output_settings())
        self._speaker = Speaker(
            values.speaker_settings(),
            selection=Selection((FliteEngine(), EspeakEngine(), PiperEngine(piper_voice))),
            output=self._output,
            listener=self,
        )
        self._cleanup.callback(self._speaker.close)
        self._looking = ThreadPoolExecutor(1, thread_name_prefix='look')
        self._cleanup.callback(self._looking.shutdown)
        self._poller = Poller(self)
        self._actions = SpeechActions(self, self._poller, self._speaker)
        self._cleanup.callback(self._actions.destroy)
        self._cleanup.callback(self._end_goals)
        self._look: Future[None] = self._looking.submit(self._look_around)
        self.create_timer(_LOOK_PERIOD_S, self._on_timer, clock=steady_clock())

    def on_chunk(self, chunk: Chunk, rate: int) -> None:
        """See `speech.speaker.Listener`."""
        self._sound.publish(
            AudioChunk(
                header=Header(stamp=time_message(self._stamp(chunk.start)), frame_id=_FRAME),
                sequence=self._sequence,
                sample_rate=rate,
                channels=1,
                samples=array('h', chunk.samples.tobytes()),
            )
        )
        self._sequence = (self._sequence + 1) % 2**32

    def on_speaking(self, speaking: bool) -> None:
        """See `speech.speaker.Listener`."""
        self._speaking.publish(Bool(data=speaking))

    def _stamp(self, moment: float) -> float:
        """Return a time of the monotonic clock as ROS time, s."""
        if is_simulated(self):
            return max(0.0, self._moments.now + moment - time.monotonic())
        return self._moments.to_ros(moment)

    def _on_parameters(self, _: SpeechParameters, after: SpeechParameters) -> None:
        self._speaker.settings = after.speaker_settings()
        self._output.choose(after.output_settings())

    def _on_timer(self) -> None:
        if self._look.done():
            self._look.result()
            self._look = self._looking.submit(self._look_around)

    def _look_around(self) -> None:
        """Get a lost device back, and say how everything is; in a thread of its own."""
        self._output.look()
        values = self.parameters.value
        state = self._output.state
        level = Level.OK
        if state.problem:
            level = Level.WARN if values.output == AUTO else Level.ERROR
        message = f'sound goes to {state.where}' + (f': {state.problem}' if state.problem else '')
        underruns = {'underruns': str(self._speaker.underruns)}
        self._diagnostics.update('output', level, message, underruns)
        waiting = self._speaker.waiting
        full = waiting >= values.queue_size
        self._diagnostics.update(
            'queue', Level.WARN if full else Level.OK, f'{waiting} of {values.queue_size} wait'
        )
        self._show_engines(values)

    def _show_engines(self, values: SpeechParameters) -> None:
        selection = self._speaker.selection
        voices, problem = {}, ''
        for language in dict.fromkeys((values.language, *_SHOWN_LANGUAGES)):
            try:
                choice = selection.choose(engine=values.engine, language=language)
            except SpeechError as error:
                voices[f'engine of {language}'] = str(error)
                if language == values.language:
                    problem = str(error)
            else:
                voices[f'engine of {language}'] = f'{choice.engine.name}, {choice.voice.name}'
        for name, reason in selection.obstacles().items():
            voices[f'obstacle of {name}'] = reason
        self._diagnostics.update(
            'engine',
            Level.ERROR if problem else Level.OK,
            problem or f'{values.language}: ' + voices[f'engine of {values.language}'],
            voices,
        )

    def destroy_node(self) -> None:
        """End every goal with a result, give the device back, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _end_goals(self) -> None:
        """Let the clients of running goals hear how they ended."""
        self._speaker.stop()

        def still_running() -> bool:
            self._poller.look()
            return self._actions.running > 0

        finish_goals(self, still_running)


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['speech_node', *sys.argv[1:]])
