"""The ears: a device, a sound file or a folder of them as `audio` (bbia_msgs/AudioChunk).

Out: 16 kHz mono int16 in chunks of `chunk_duration`, numbered and stamped (`audio/chunks.py`),
frame `microphone`; `nodes/audio_publisher.py` says when. The service `microphone/mute`
(std_srvs/SetBool) sets the parameter `muted`. `/diagnostics` says in `<node>: audio` whether sound
comes, from where, what of it is missing or clipped, and why there is none.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack

from rclpy.node import Node
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from bbia_sim_ros.audio.address import Address
from bbia_sim_ros.audio.address import Kind
from bbia_sim_ros.audio.address import parse_address
from bbia_sim_ros.audio.chunks import Chunker
from bbia_sim_ros.audio.conversion import OUTPUT_RATE_HZ
from bbia_sim_ros.audio.device_source import DeviceSettings
from bbia_sim_ros.audio.device_source import DeviceSource
from bbia_sim_ros.audio.file_source import FileSource
from bbia_sim_ros.audio.file_source import Playback
from bbia_sim_ros.audio.parameters import MicrophoneParameters
from bbia_sim_ros.audio.source import SoundSource
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes.audio_publisher import AudioPublisher
from bbia_sim_ros.nodes.audio_publisher import State
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.robot.instance_lock import InstanceLock
from bbia_sim_ros.robot.instance_lock import InstanceLockError

_REPORT_PERIOD_S = 1.0
# More samples at full scale than this, of all since the last report, is distorted sound.
_MOST_CLIPPED = 0.001


class MicrophoneNode(Node):
    """The node `microphone`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('microphone')
        self._cleanup = ExitStack()
        try:
            lock = InstanceLock(self.context.get_domain_id(), self.get_fully_qualified_name())
        except InstanceLockError as error:
            raise StartError(str(error)) from error
        self._cleanup.callback(lock.release)
        self.parameters = NodeParameters(
            self, MicrophoneParameters, on_change=lambda *_: self._report()
        )
        values = self.parameters.value
        address = parse_address(values.audio_source)
        self._chunker = Chunker(round(values.chunk_duration * OUTPUT_RATE_HZ))
        self._seen = (0, 0, 0)  # what `_report_losses` has told
        stopping = threading.Event()
        self._source = self._make_source(address, values, stopping)
        self._diagnostics = Diagnostics(self, hardware_id=address.label)
        self._audio = AudioPublisher(
            self,
            self._source,
            self._chunker,
            muted=lambda: self.parameters.value.muted,
            always_on=values.always_on,
            start_delay_s=0.0 if address.kind is Kind.DEVICE else values.start_delay,
            at_full_speed=address.kind is not Kind.DEVICE and values.playback_speed == 0.0,
            on_change=self._report,
            stopping=stopping,
        )
        self._cleanup.callback(self._audio.close)
        self.create_service(SetBool, '~/mute', self._mute)
        self.create_timer(_REPORT_PERIOD_S, self._report_losses, clock=steady_clock())
        self._audio.start()
        self.get_logger().info(f'{address.label} is listened to when somebody subscribes')

    def _make_source(
        self, address: Address, values: MicrophoneParameters, stopping: threading.Event
    ) -> SoundSource:
        if address.kind is Kind.DEVICE:
            return DeviceSource(
                address,
                DeviceSettings(channels=values.device_channels, rate_hz=values.device_rate),
                silence_timeout_s=lambda: self.parameters.value.device_timeout,
            )
        playback = Playback(
            speed=values.playback_speed,
            loop=values.loop,
            silence_between_s=values.silence_between,
            silence_at_end_s=values.silence_at_end,
        )
        return FileSource(
            address,
            playback,
            on_problem=self.get_logger().error,
            sleep=stopping.wait,
        )

    def _mute(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        result = self.set_parameters([Parameter('muted', value=request.data)])[0]
        response.success = result.successful
        response.message = result.reason or ('muted' if request.data else 'not muted')
        return response

    def _report_losses(self) -> None:
        """Say how it goes, with what went wrong since the last time."""
        chunker = self._chunker
        now = (chunker.gaps, chunker.converter.clipped_samples, chunker.converter.samples)
        gaps, clipped, samples = (new - old for new, old in zip(now, self._seen, strict=True))
        self._seen = now
        problems = []
        if gaps:
            problems.append('sound was lost; is this computer too busy?')
        if clipped > _MOST_CLIPPED * samples:
            problems.append(f'{clipped / samples:.1%} of the sound is clipped, lower the gain')
        self._report('; '.join(problems))

    def _report(self, problem: str = '') -> None:
        """Say on /diagnostics how it goes. Called by executor and audio thread."""
        audio, chunker = self._audio, self._chunker
        problem = '; '.join(filter(None, (self._source.problem, problem)))
        level, message = (Level.WARN, problem) if problem else (Level.OK, '')
        if audio.state is State.FAILED:
            level, message = Level.ERROR, f'no sound: {audio.problem}'
        values = {
            'source': self._source.label,
            'state': audio.state.value,
            **self._source.details,
            'chunks': str(audio.published),
            'overruns': str(chunker.overruns),
            'gaps': str(chunker.gaps),
            'lost': f'{chunker.lost_s:.2f} s',
            'clipped samples': str(chunker.converter.clipped_samples),
            'samples that are no number': str(chunker.converter.bad_samples),
        }
        self._diagnostics.update('audio', level, message or audio.state.value, values)

    def destroy_node(self) -> None:
        """Let go of the source, destroy the node."""
        self._cleanup.close()
        super().destroy_node()


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['microphone_node', *sys.argv[1:]])
