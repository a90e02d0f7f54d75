"""Which input devices there are, and which one a person means. Standard library only.

`input_devices` asks PortAudio in this process; as PortAudio sees only what was there when it was
initialised, that is done in processes that live as long as one answer holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bbia_sim_ros.audio.errors import AudioError


@dataclass(frozen=True, kw_only=True)
class InputDevice:
    """A device that sound can be recorded from, as PortAudio names it."""

    index: int
    name: str
    channels: int
    rate_hz: int
    is_default: bool

    def __str__(self) -> str:
        """Return index and name."""
        return f'{self.index} {self.name!r}' + (' (default)' if self.is_default else '')


def input_devices() -> list[InputDevice]:
    """Ask PortAudio for all input devices; raises AudioError when it is missing or fails."""
    try:
        # OSError: the Python package is there, the library is not.
        import sounddevice  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise AudioError(f'{error}; on Debian: sudo apt install libportaudio2') from error
    try:
        default = sounddevice.default.device[0]
        found = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        raise AudioError(f'PortAudio fails: {error}') from error
    return [
        InputDevice(
            index=entry['index'],
            name=entry['name'],
            channels=entry['max_input_channels'],
            rate_hz=round(entry['default_samplerate']),
            is_default=entry['index'] == default,
        )
        for entry in found
        if entry['max_input_channels'] > 0
    ]


def choose_device(devices: Sequence[InputDevice], wanted: str) -> InputDevice:
    """Return the device of an index, of a whole name, or of a part of one in any case.

    '' is the default device, or the only one. Raises AudioError, which lists the devices.
    """
    if not devices:
        raise AudioError(
            'there is no input device; plug one in (in a container: --device /dev/snd; no'
            ' permission: sudo usermod -aG audio "$USER", then log in again)'
        )
    if not wanted:
        fitting = [one for one in devices if one.is_default] or list(devices)
    elif wanted.isdecimal():
        fitting = [one for one in devices if one.index == int(wanted)]
    else:
        fitting = [one for one in devices if one.name == wanted] or [
            one for one in devices if wanted.casefold() in one.name.casefold()
        ]
    if len(fitting) == 1:
        return fitting[0]
    there = 'there are: ' + ', '.join(map(str, devices))
    if not wanted:
        raise AudioError(f'there is no default input device, name one; {there}')
    if fitting:
        raise AudioError(f'{wanted!r} fits {len(fitting)} input devices, name one; {there}')
    raise AudioError(f'no input device {wanted!r}; {there}')
