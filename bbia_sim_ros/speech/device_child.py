"""Plays what it is sent on a sound device. Started by `device_sink.py`, never by hand.

Contract
    One JSON argument: `device` (name, index or empty), `rate` Hz, `latency_s`. Standard output is
    JSON lines: first {'name', 'rate', 'latency_s'}, the rate being the device's own if it does not
    take the wanted one; {'error'} as soon as something fails, after which the process ends.
    Standard input is messages: a length in four bytes, little-endian, and as many bytes of int16
    mono samples; `DROP` in place of a length silences at once, `FINISH` plays to the end and rests.

    A process of its own because PortAudio looks for devices only when it is loaded, and because a
    driver that hangs must not hang the node.
"""

import json
import struct
import sys
from typing import Any

import sounddevice

DROP, FINISH = 0, 0xFFFF_FFFF
LENGTH = struct.Struct('<I')


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def _device(wanted: str) -> dict[str, Any]:
    """Return the device of a name, part of a name or an index; ValueError lists what is there."""
    outputs = [row for row in sounddevice.query_devices() if row['max_output_channels'] > 0]
    if not outputs:
        raise ValueError('there is no device that plays sound')
    if not wanted:
        default = sounddevice.default.device[1]
        return next((row for row in outputs if row['index'] == default), outputs[0])
    exact = [row for row in outputs if wanted in (str(row['index']), row['name'])]
    parts = [row for row in outputs if wanted.lower() in row['name'].lower()]
    if not (exact or parts):
        known = ', '.join(f'{row["index"]}: {row["name"]}' for row in outputs)
        raise ValueError(f'no device {wanted!r} plays sound; there are {known}')
    return dict((exact or parts)[0])


def _open(asked: dict[str, Any]) -> tuple[Any, str]:
    row = _device(asked['device'])
    settings = {'device': row['index'], 'channels': 1, 'dtype': 'int16'}
    rate = asked['rate']
    try:
        sounddevice.check_output_settings(**settings, samplerate=rate)
    except sounddevice.PortAudioError:
        rate = round(row['default_samplerate'])
    stream = sounddevice.RawOutputStream(**settings, samplerate=rate, latency=asked['latency_s'])
    return stream, row['name']


def _play(stream: Any) -> None:
    source = sys.stdin.buffer
    while header := source.read(LENGTH.size):
        (length,) = LENGTH.unpack(header)
        if length in (DROP, FINISH):
            if stream.active:
                stream.abort() if length == DROP else stream.stop()
            continue
        samples = source.read(length)
        if stream.stopped:
            stream.start()
        stream.write(samples)


def main() -> None:
    """Open the device and play until standard input ends."""
    try:
        stream, name = _open(json.loads(sys.argv[1]))
        with stream:
            stream.stop()
            _say(name=name, rate=round(stream.samplerate), latency_s=stream.latency)
            _play(stream)
    except (sounddevice.PortAudioError, ValueError) as error:
        _say(error=str(error))
        sys.exit(1)


if __name__ == '__main__':
    main()
