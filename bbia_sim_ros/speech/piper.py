"""The engine piper: the command `piper` with a voice file, NAME.onnx beside NAME.onnx.json.

Nothing is fetched: without the command or without a voice file the engine says what is missing. It
knows no word times and no other pitch.
"""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np

from bbia_sim_ros.speech.child import run_child
from bbia_sim_ros.speech.engine import PIPER
from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import Voice
from bbia_sim_ros.speech.errors import SynthesisError

# A voice is loaded anew for each sentence.
_DEADLINE_S = 60.0


class PiperEngine:
    """See the module's docstring; `voice_file` may be None."""

    name = PIPER

    def __init__(self, voice_file: Path | None, program: str = 'piper') -> None:
        self._file = voice_file
        self._program = program

    def obstacle(self) -> str:
        """See `SpeechEngine`."""
        if self._file is None:
            return 'no voice is given; set the parameter piper_voice to a file NAME.onnx'
        if not self._file.is_file():
            return f'the voice file {self._file} is not there'
        try:
            self._configuration()
        except SynthesisError as error:
            return str(error)
        if shutil.which(self._program) is None:
            return f'the command {self._program} is not on PATH; pip install piper-tts'
        return ''

    def voices(self) -> tuple[Voice, ...]:
        """See `SpeechEngine`."""
        if self._file is None or self.obstacle():
            return ()
        language, _ = self._configuration()
        return (Voice(name=self._file.stem, language=language),)

    def synthesise(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """See `SpeechEngine`."""
        path = shutil.which(self._program)
        if path is None or self._file is None:
            raise SynthesisError(self.obstacle())
        _, rate = self._configuration()
        scale = f'{1.0 / manner.speed:.4f}'
        command = [
            path,
            '--model',
            str(self._file.absolute()),
            '--output-raw',
            '--length_scale',
            scale,
        ]
        line = ' '.join(sentence.split()) + '\n'
        data = run_child(command, line.encode(), deadline_s=_DEADLINE_S, cancelled=cancelled)
        samples = np.frombuffer(data[: len(data) // 2 * 2], '<i2').astype(np.int16)
        return Sound(samples=samples, rate=rate)

    def _configuration(self) -> tuple[str, int]:
        """Return the language and the rate, Hz, of the voice; raises `SynthesisError`."""
        path = Path(f'{self._file}.json')
        try:
            content: Any = json.loads(path.read_text(encoding='utf-8'))
            rate = content['audio']['sample_rate']
            language = content.get('language', {}).get('code') or content['espeak']['voice']
        except OSError as error:
            raise SynthesisError(f'the file of the voice {path}: {error.strerror}') from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SynthesisError(
                f'{path} is not a description of a piper voice: {error}'
            ) from error
        if not (isinstance(rate, int) and 8000 <= rate <= 192_000 and isinstance(language, str)):
            raise SynthesisError(f'{path}: sample_rate {rate!r} or language {language!r} is bad')
        return language.replace('_', '-').lower(), rate
