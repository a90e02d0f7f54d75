"""Which engine and which voice speak a language.

With `auto` the best match of the language counts, and between equal ones the order of `ORDER`: a
voice file that a person has given, then flite (English only, and the most natural without any
download), then eSpeak NG, which speaks everything. An engine that cannot be used here is passed
over; one chosen by name is never replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.speech.engine import ENGINES
from bbia_sim_ros.speech.engine import ESPEAK_NG
from bbia_sim_ros.speech.engine import FLITE
from bbia_sim_ros.speech.engine import PIPER
from bbia_sim_ros.speech.engine import SpeechEngine
from bbia_sim_ros.speech.engine import Voice
from bbia_sim_ros.speech.errors import SpeechError

AUTO: Final = 'auto'
CHOICES: Final = (AUTO, *ENGINES)
ORDER: Final = (PIPER, FLITE, ESPEAK_NG)
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine and one of its voices."""

    engine: SpeechEngine
    voice: Voice


class Selection:
    """See the module's docstring; any thread."""

    def __init__(self, engines: Iterable[SpeechEngine]) -> None:
        self._engines = {engine.name: engine for engine in engines}

    def choose(self, *, engine: str, language: str, voice: str = '') -> Choice:
        """Return what speaks `language` (a code such as fr or fr-CA), with `voice` if one is named.

        `language` may be empty when a voice is named. Raises SpeechError naming what is known.
        """
        usable = self._usable(engine)
        wanted = _tag(language)
        if voice:
            return _with_voice(usable, voice, wanted)
        good = [
            (_rank(one.language, wanted, place), Choice(engine=candidate, voice=one))
            for place, candidate in enumerate(usable)
            for one in candidate.voices()
            if _base(_tag(one.language)) == _base(wanted)
        ]
        if not good:
            known = {_base(one.language) for each in usable for one in each.voices()}
            raise SpeechError(f'no voice speaks {language!r}; known languages: {_listed(known)}')
        return min(good, key=lambda row: row[0])[1]

    def speaks(self, *, engine: str, language: str, voice: str) -> bool:
        """Whether `voice` is there and speaks `language`."""
        try:
            self.choose(engine=engine, language=language, voice=voice)
        except SpeechError:
            return False
        return True

    def obstacles(self) -> Mapping[str, str]:
        """Return why each engine that cannot be used here cannot."""
        reasons = {name: engine.obstacle() for name, engine in self._engines.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    def _usable(self, wanted: str) -> list[SpeechEngine]:
        if wanted != AUTO:
            if wanted not in self._engines:
                raise SpeechError(f'unknown engine {wanted!r}; known: {", ".join(CHOICES)}')
            obstacle = self._engines[wanted].obstacle()
            if obstacle:
                raise SpeechError(f'the engine {wanted} cannot speak: {obstacle}')
            return [self._engines[wanted]]
        ordered = [self._engines[name] for name in ORDER if name in self._engines]
        usable = [engine for engine in ordered if not engine.obstacle()]
        if not usable:
            reasons = '; '.join(f'{name}: {why}' for name, why in self.obstacles().items())
            raise SpeechError(f'no engine can speak: {reasons}')
        return usable


def _with_voice(usable: list[SpeechEngine], voice: str, language: str) -> Choice:
    named = [
        Choice(engine=engine, voice=one)
        for engine in usable
        for one in engine.voices()
        if one.name.lower() == voice.lower()
    ]
    if not named:
        known = {one.name: None for engine in usable for one in engine.voices()}
        names = ', '.join(engine.name for engine in usable)
        raise SpeechError(f'unknown voice {voice!r}; {names} know {_listed(known)}')
    if not language:
        return named[0]
    speaking = [one for one in named if _base(_tag(one.voice.language)) == _base(language)]
    if not speaking:
        spoken = _listed({one.voice.language: None for one in named})
        raise SpeechError(f'the voice {voice!r} speaks {spoken}, not {language!r}')
    return speaking[0]


def _rank(language: str, wanted: str, place: int) -> tuple[bool, int, bool]:
    """Return how well a voice's language suits, smaller is better; `place` is the engine's.

    The variant asked for counts most, then the engine; within an engine the plain language comes
    before its other variants, then the engine's own order counts.
    """
    language = _tag(language)
    fits = language == wanted or language.startswith(wanted + '-')
    return not fits, place, language not in (wanted, _base(wanted))


def _base(tag: str) -> str:
    return tag.partition('-')[0]


def _tag(language: str) -> str:
    return language.strip().replace('_', '-').lower()


def _listed(names: Iterable[str]) -> str:
    known = list(names) if isinstance(names, dict) else sorted(names)
    more = f' and {len(known) - _SHOWN} more' if len(known) > _SHOWN else ''
    return ', '.join(known[:_SHOWN]) + more
