"""Parameters of `microphone_node`."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class MicrophoneParameters(Parameters):
    """Parameters of `microphone_node`."""

    audio_source: str = parameter(
        '',
        'Where the sound comes from: an input device (its index in quotes, or any part of its name;'
        ' ./bbia doctor lists them; empty: the default one), a WAV or FLAC file, or a folder of'
        ' such files (heard in the order of their names).',
        read_only=True,
    )
    muted: bool = parameter(
        False,
        'Publish nothing and let go of the device; a file waits where it is. The service'
        ' microphone/mute sets it too.',
    )
    always_on: bool = parameter(
        False, 'Record also while nobody subscribes to audio.', read_only=True
    )
    chunk_duration: float = parameter(
        0.032,
        'Length of a chunk, s; 0.032 is what the voice detection of hearing_node takes at a time.',
        minimum=0.02,
        maximum=0.5,
        read_only=True,
    )
    device_channels: int = parameter(
        1,
        'Channels asked of a device, the first ones; they are averaged.',
        minimum=1,
        maximum=32,
        read_only=True,
    )
    device_rate: int = parameter(
        0,
        "Samples per second asked of a device; 0: the device's own rate.",
        minimum=0,
        maximum=384_000,
        read_only=True,
    )
    device_timeout: float = parameter(
        3.0,
        'Seconds without any sound data after which a device is given up and opened anew.',
        minimum=0.5,
        maximum=60.0,
    )
    playback_speed: float = parameter(
        1.0,
        'How fast files are heard, times real time; 0: as fast as subscribers can take it, at most'
        ' 1280 chunks a second.',
        minimum=0.0,
        maximum=100.0,
        read_only=True,
    )
    loop: bool = parameter(False, 'Begin anew after the last file.', read_only=True)
    start_delay: float = parameter(
        5.0,
        'Seconds from the first subscriber to the beginning of a file: in the stack everything'
        ' starts at once, and who is to obey has to be there.',
        minimum=0.0,
        maximum=60.0,
        read_only=True,
    )
    silence_between: float = parameter(
        1.0,
        'Seconds of silence between two files.',
        minimum=0.0,
        maximum=600.0,
        read_only=True,
    )
    silence_at_end: float = parameter(
        2.0,
        'Seconds of silence after the last file, so that the end of its speech is noticed.',
        minimum=0.0,
        maximum=600.0,
        read_only=True,
    )
