"""What behaviors say, in each language that they speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FRENCH: Final = 'fr'


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in English and French; ``{name}`` in it is a place for a value."""

    en: str
    fr: str

    def spoken(self, language: str, **values: object) -> str:
        """Return the text in a language such as fr or fr-CA, in English if there is no other."""
        is_french = language.casefold().partition('-')[0] == FRENCH
        return (self.fr if is_french else self.en).format(**values)
