"""The engine eSpeak NG: some hundred languages, and the time of each word.

Two ways in, the first that is there: the library of the Python package `espeakng-loader`, in a
child process (`espeak_child.py`), or the command `espeak-ng`, which tells no word times. A voice is
called as its file, such as `fr` or `en-US`; voices of MBROLA need files of their own and are left
out.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shutil
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bbia_sim_ros.speech.child import run_child
from bbia_sim_ros.speech.engine import ESPEAK_NG
from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import Voice
from bbia_sim_ros.speech.engine import Word
from bbia_sim_ros.speech.errors import SynthesisError
from bbia_sim_ros.speech.wav import read_wav

_LOADER = 'espeakng_loader'
_USUAL_WORDS_PER_MINUTE = 175
_LEAST_WORDS_PER_MINUTE, _MOST_WORDS_PER_MINUTE = 80, 450
_USUAL_PITCH = 50
_DEADLINE_S = 30.0
_MBROLA = 'mb/'
_NOT_THERE = (
    'neither the Python package espeakng-loader nor the command espeak-ng is there; on Debian: apt'
    ' install espeak-ng'
)
_OTHER_LANGUAGE = re.compile(r'\((\S+) (\d+)\)')
# What the command reads as phonemes rather than as text.
_PHONEMES, _BRACKETS = '[[', '[ ['


class EspeakEngine:
    """See the module's docstring; `package` and `program` say where it is looked for."""

    name = ESPEAK_NG

    def __init__(self, program: str = 'espeak-ng', package: str = _LOADER) -> None:
        self._program = program
        self._package = package

    def obstacle(self) -> str:
        """See `SpeechEngine`."""
        road = self._road()
        if road is None:
            return _NOT_THERE
        try:
            _voices(road)
        except SynthesisError as error:
            return str(error)
        return ''

    def voices(self) -> tuple[Voice, ...]:
        """See `SpeechEngine`."""
        road = self._road()
        return () if road is None or self.obstacle() else _voices(road)

    def synthesise(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """See `SpeechEngine`."""
        road = self._road()
        if road is None:
            raise SynthesisError(_NOT_THERE)
        return road.speak(sentence, manner, cancelled)

    def _road(self) -> _Road | None:
        if self._package and importlib.util.find_spec(self._package) is not None:
            return _library(self._package)
        path = shutil.which(self._program)
        return None if path is None else _Command(path)


@dataclass(frozen=True)
class _Library:
    """The library in a child process."""

    file: str
    data: str

    def listed(self) -> list[tuple[int, Voice]]:
        """Return each voice with its priority for its language, smaller first."""
        header, _ = self._ask({})
        return [
            (priority, Voice(name=_file_name(identifier), language=language))
            for identifier, languages in header['voices']
            for priority, language in languages
            if not identifier.startswith(_MBROLA)
        ]

    def speak(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """See `SpeechEngine.synthesise`."""
        asked = {
            'text': sentence,
            'voice': manner.voice,
            'words_per_minute': _words_per_minute(manner),
            'pitch': _pitch(manner),
        }
        header, data = self._ask(asked, cancelled)
        words = tuple(Word(text=text, start_s=start_s) for text, start_s in header['words'])
        samples = np.frombuffer(data, np.int16)
        return Sound(samples=samples, rate=header['rate'], words=words)

    def _ask(
        self, asked: dict[str, Any], cancelled: threading.Event | None = None
    ) -> tuple[dict[str, Any], bytes]:
        child = Path(__file__).with_name('espeak_child.py')
        command = [sys.executable, '-I', '-S', str(child), self.file, self.data]
        answer = run_child(
            command, json.dumps(asked).encode(), deadline_s=_DEADLINE_S, cancelled=cancelled
        )
        header, _, data = answer.partition(b'\n')
        try:
            return json.loads(header), data
        except ValueError as error:
            raise SynthesisError(f'the process of {self.file} answered nonsense') from error


@dataclass(frozen=True)
class _Command:
    """The command."""

    path: str

    def listed(self) -> list[tuple[int, Voice]]:
        """Return each voice with its priority for its language, smaller first."""
        found = []
        text = run_child([self.path, '--voices'], b'', deadline_s=_DEADLINE_S).decode()
        # Priority, language, age and gender, name, file, then '(LANGUAGE PRIORITY)' repeated.
        for line in text.splitlines()[1:]:
            priority, language, _, _, identifier, *others = line.split()
            if identifier.startswith(_MBROLA):
                continue
            name = _file_name(identifier)
            found.append((int(priority), Voice(name=name, language=language)))
            for other, rank in _OTHER_LANGUAGE.findall(' '.join(others)):
                found.append((int(rank), Voice(name=name, language=other)))
        return found

    def speak(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """See `SpeechEngine.synthesise`."""
        command = [
            *(self.path, '--stdin', '--stdout', '-b', '1', '-v', manner.voice),
            *('-s', str(_words_per_minute(manner)), '-p', str(_pitch(manner))),
        ]
        text = sentence.replace(_PHONEMES, _BRACKETS)
        data = run_child(command, text.encode(), deadline_s=_DEADLINE_S, cancelled=cancelled)
        samples, rate = read_wav(data)
        return Sound(samples=samples, rate=rate)


_Road = _Library | _Command


@lru_cache(maxsize=1)
def _library(package: str) -> _Library:
    """Return the library that a Python package brings; the package itself looks at each call."""
    loader: Any = importlib.import_module(package)
    return _Library(str(loader.get_library_path()), str(loader.get_data_path()))


@lru_cache(maxsize=8)
def _voices(road: _Road) -> tuple[Voice, ...]:
    return tuple(voice for _, voice in sorted(road.listed(), key=lambda row: row[0]))


def _file_name(identifier: str) -> str:
    return identifier.rpartition('/')[2]


def _words_per_minute(manner: Manner) -> int:
    wanted = round(_USUAL_WORDS_PER_MINUTE * manner.speed)
    return min(_MOST_WORDS_PER_MINUTE, max(_LEAST_WORDS_PER_MINUTE, wanted))


def _pitch(manner: Manner) -> int:
    return min(99, max(0, round(_USUAL_PITCH * manner.pitch)))
