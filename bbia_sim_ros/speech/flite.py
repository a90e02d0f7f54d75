"""The engine flite: Festival Lite's command, English, with voices inside the program.

It knows no word times and, with its statistical voices, no other pitch. Its voices in order of
preference: rms is the one that a recogniser understands best.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from bbia_sim_ros.speech.child import run_child
from bbia_sim_ros.speech.engine import FLITE
from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import Voice
from bbia_sim_ros.speech.errors import SynthesisError
from bbia_sim_ros.speech.wav import read_wav

_PREFERRED = ('rms', 'slt', 'awb', 'kal16', 'kal')
_ANSWER_S = 10.0
_DEADLINE_S = 30.0
_LISTING = 'Voices available:'
_LANGUAGE = 'en-us'


class FliteEngine:
    """See the module's docstring; `program` is the command's name or path."""

    name = FLITE

    def __init__(self, program: str = 'flite') -> None:
        self._program = program

    def obstacle(self) -> str:
        """See `SpeechEngine`."""
        path = shutil.which(self._program)
        if path is None:
            return f'the command {self._program} is not on PATH; on Debian: apt install flite'
        try:
            listed = _listed(path)
        except SynthesisError as error:
            return str(error)
        return '' if listed else f'{path} has no voices'

    def voices(self) -> tuple[Voice, ...]:
        """See `SpeechEngine`."""
        path = shutil.which(self._program)
        if path is None or self.obstacle():
            return ()
        listed = _listed(path)
        names = [name for name in _PREFERRED if name in listed]
        # A voice such as awb_time says only the time of day.
        names += sorted(name for name in listed if name not in names and '_time' not in name)
        return tuple(Voice(name=name, language=_LANGUAGE) for name in names)

    def synthesise(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """See `SpeechEngine`."""
        path = shutil.which(self._program)
        if path is None:
            raise SynthesisError(self.obstacle())
        # It writes the length last, so it cannot write to a pipe.
        try:
            with tempfile.TemporaryDirectory(prefix='bbia_speech_') as folder:
                file = Path(folder) / 'sentence.wav'
                command = [
                    *(path, '-voice', manner.voice),
                    *('--setf', f'duration_stretch={1.0 / manner.speed:.4f}'),
                    *('-f', '/dev/stdin', '-o', str(file)),
                ]
                run_child(command, sentence.encode(), deadline_s=_DEADLINE_S, cancelled=cancelled)
                data = file.read_bytes()
        except OSError as error:
            raise SynthesisError(f'{path} wrote no sound: {error.strerror}') from error
        samples, rate = read_wav(data)
        return Sound(samples=samples, rate=rate)


@lru_cache(maxsize=8)
def _listed(path: str) -> tuple[str, ...]:
    text = run_child([path, '-lv'], b'', deadline_s=_ANSWER_S).decode(errors='replace')
    return tuple(text.partition(_LISTING)[2].split())
