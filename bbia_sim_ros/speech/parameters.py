"""Parameters of `speech_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter
from bbia_sim_ros.speech.narration import MAX_SPEED
from bbia_sim_ros.speech.narration import MIN_SPEED
from bbia_sim_ros.speech.narration import VoiceSettings
from bbia_sim_ros.speech.output import AUTO
from bbia_sim_ros.speech.output import FILE
from bbia_sim_ros.speech.output import OUTPUTS
from bbia_sim_ros.speech.output import OutputSettings
from bbia_sim_ros.speech.selection import CHOICES
from bbia_sim_ros.speech.speaker import QUEUE
from bbia_sim_ros.speech.speaker import WHEN_BUSY
from bbia_sim_ros.speech.speaker import SpeakerSettings


@dataclass(frozen=True, kw_only=True)
class SpeechParameters(Parameters):
    """Parameters of `speech_node`; a change holds from the next text on, volume from the next
    sentence.
    """

    engine: str = parameter(
        'auto',
        'What speaks: flite (English), espeak_ng, piper, or auto: what matches the language best,'
        ' piper before flite before espeak_ng.',
        choices=CHOICES,
    )
    language: str = parameter('en', 'Language of a text that names none, such as en, fr or fr-CA.')
    voice: str = parameter(
        '', 'Voice of a text that names none, where it speaks the language; empty: the first.'
    )
    speed: float = parameter(
        1.0,
        'Speed of a text that names none, in multiples of the usual one.',
        minimum=MIN_SPEED,
        maximum=MAX_SPEED,
    )
    volume: float = parameter(
        1.0, 'Factor on all samples, from silence to full scale.', minimum=0.0, maximum=1.0
    )
    output: str = parameter(
        AUTO,
        'Where sound goes: device, file, none (still in real time), or auto: to a device when there'
        ' is one, else nowhere.',
        choices=OUTPUTS,
    )
    device: str = parameter(
        '', 'Sound device: its name, part of it, or its index; empty: the default one.'
    )
    file: str = parameter('', 'WAV file of the output file; written anew from the first text on.')
    sample_rate: int = parameter(
        24_000,
        'Samples per second of speech/output and of what is played, Hz.',
        minimum=8000,
        maximum=48_000,
    )
    when_busy: str = parameter(
        QUEUE,
        'What a text that does not say, or a sound file, does while another is heard: queue,'
        ' replace or refuse.',
        choices=WHEN_BUSY,
    )
    queue_size: int = parameter(
        8, 'Texts and sound files that may wait; one more is refused.', minimum=1, maximum=1000
    )
    max_characters: int = parameter(
        20_000, 'Characters of the longest text that is taken.', minimum=1, maximum=1_000_000
    )
    piper_voice: str = parameter(
        '', 'Voice file NAME.onnx of the engine piper; empty: none.', read_only=True
    )

    def conflicts(self) -> Iterable[str]:
        """Return what contradicts what."""
        if self.output == FILE and not self.file:
            yield 'output is file, but file is empty; name a WAV file'

    def output_settings(self) -> OutputSettings:
        """Return where sound goes."""
        return OutputSettings(
            output=self.output, device=self.device, file=self.file, rate=self.sample_rate
        )

    def speaker_settings(self) -> SpeakerSettings:
        """Return the settings of the speaker."""
        return SpeakerSettings(
            voice=VoiceSettings(
                engine=self.engine,
                language=self.language,
                voice=self.voice,
                speed=self.speed,
                max_characters=self.max_characters,
            ),
            volume=self.volume,
            when_busy=self.when_busy,
            queue_size=self.queue_size,
        )
