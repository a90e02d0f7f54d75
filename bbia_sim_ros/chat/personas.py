"""Who the robot is in a conversation: system prompts in English and French, from YAML.

Contract
    ``PersonaSet.load`` reads YAML files (``config/personas.yaml`` and a person's own, later ones
    adding to or replacing earlier ones) or raises FileError with file, line and reason. Immutable
    after loading.

Form
    A mapping of name -> text per language. The text of ``everyone`` is put before each::

        everyone:
          en: You are a small desktop robot ...
          fr: Tu es un petit robot de bureau ...
        friendly:
          en: You are warm ...
          fr: Tu es chaleureux ...

    ``{emotions}`` in a text becomes the names of the emotions that an answer may have.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.chat.language import ENGLISH
from bbia_sim_ros.chat.language import FRENCH
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.marked_yaml import load

EVERYONE: Final = 'everyone'
LANGUAGES: Final = (ENGLISH, FRENCH)
MAX_PERSONAS: Final = 100
MAX_PROMPT_CHARACTERS: Final = 4000
_EMOTIONS_MARK: Final = '{emotions}'


class UnknownPersonaError(ValueError):
    """No persona has that name; the message lists those there are."""


@dataclass(frozen=True, kw_only=True)
class Persona:
    """One persona; ``prompts`` by language, what everyone is told included."""

    name: str
    prompts: Mapping[str, str]

    def system_prompt(self, language: str, emotions: Iterable[str] = ()) -> str:
        """Return what an engine is told before a conversation in ``en`` or ``fr``."""
        return self.prompts[language].replace(_EMOTIONS_MARK, ', '.join(emotions))


class PersonaSet:
    """All personas that are known by name."""

    def __init__(self, personas: Mapping[str, Persona]) -> None:
        """Take the personas by name."""
        self._personas = MappingProxyType(dict(personas))

    @classmethod
    def load(cls, paths: Iterable[Path]) -> PersonaSet:
        """Read all files, later ones replacing personas of the same name; FileError says where."""
        texts: dict[str, dict[str, str]] = {EVERYONE: dict.fromkeys(LANGUAGES, '')}
        for path in paths:
            for name, value in load(path).mapping().items():
                texts[name] = _parse(value)
            if len(texts) > MAX_PERSONAS:
                reason = f'makes {len(texts) - 1} personas; at most {MAX_PERSONAS - 1} are kept'
                raise FileError(path, 0, reason)
        everyone = texts.pop(EVERYONE)
        return cls(
            {
                name: Persona(
                    name=name,
                    prompts=MappingProxyType(
                        {lang: f'{everyone[lang]}\n\n{prompts[lang]}'.strip() for lang in LANGUAGES}
                    ),
                )
                for name, prompts in texts.items()
            }
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the files."""
        return tuple(self._personas)

    def get(self, name: str) -> Persona:
        """Return the persona ``name``, or raise `UnknownPersonaError`."""
        persona = self._personas.get(name)
        if persona is None:
            raise UnknownPersonaError(
                f'unknown persona {name!r}; known: {", ".join(self._personas) or "none"}'
            )
        return persona


def _parse(value: Value) -> dict[str, str]:
    entries = value.mapping(known=LANGUAGES)
    prompts: dict[str, str] = {}
    for language in LANGUAGES:
        if language not in entries:
            raise value.error(f'has no {language!r}; give a text for each of en and fr')
        prompt = entries[language].text()
        if not 1 <= len(prompt) <= MAX_PROMPT_CHARACTERS:
            raise entries[language].error(
                f'has {len(prompt)} characters; allowed is 1 .. {MAX_PROMPT_CHARACTERS}'
            )
        prompts[language] = prompt
    return prompts
