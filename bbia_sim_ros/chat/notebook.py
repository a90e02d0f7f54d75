"""Facts that a conversation notes and reads back: bounded, kept on disk if asked.

Contract
    Any thread. At most ``max_facts`` facts; a new one makes the oldest go, which is counted. A
    fact is data: it reaches a model as the quoted result of a tool, never as an instruction.
    Writing is atomic; a fact that cannot be written is not kept either, so that memory and disk
    agree. A file that cannot be used is set aside under a new name, never overwritten.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.chat.json_file import JsonFile
from bbia_sim_ros.chat.json_file import JsonFileError

MAX_FACTS: Final = 200
MAX_FACT_CHARACTERS: Final = 1000
MAX_TOPIC_CHARACTERS: Final = 100
MAX_RECALLED: Final = 20
_VERSION: Final = 1


class NotebookError(RuntimeError):
    """A fact was not noted; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact, as it was written down; ``topic`` may be empty."""

    text: str
    topic: str = ''


class Notebook:
    """The facts of one robot; see the module's docstring."""

    def __init__(self, path: Path | None = None, *, max_facts: int = MAX_FACTS) -> None:
        """Read the facts of the file ``path``; without one, facts live as long as the object."""
        if max_facts < 1:
            raise ValueError(f'max_facts is {max_facts}; it must be at least 1')
        self._max_facts = max_facts
        self._lock = threading.Lock()
        self._dropped = 0
        self._facts: list[Fact] = []
        self._file = None if path is None else JsonFile(path)
        if self._file is not None:
            facts = self._file.load(_facts_of)
            self._facts = [] if facts is None else facts[-max_facts:]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts, oldest first."""
        with self._lock:
            return tuple(self._facts)

    @property
    def dropped(self) -> int:
        """How many facts went since the start because newer ones came."""
        return self._dropped

    @property
    def problem(self) -> str:
        """What is wrong with the file, for a person; empty when nothing is."""
        return '' if self._file is None else self._file.problem

    def remember(self, text: str, topic: str = '') -> str:
        """Note a fact and return what came of it; `NotebookError` when it cannot be kept."""
        text, topic = text.strip(), topic.strip()
        _check('the fact', text, 1, MAX_FACT_CHARACTERS)
        _check('the topic', topic, 0, MAX_TOPIC_CHARACTERS)
        fact = Fact(text=text, topic=topic)
        with self._lock:
            if fact in self._facts:
                return 'this was noted before'
            kept = [*self._facts, fact][-self._max_facts :]
            gone = len(self._facts) + 1 - len(kept)
            self._save(kept)
            self._facts = kept
            self._dropped += gone
        return 'noted' if not gone else f'noted; {gone} oldest note had to go'

    def recall(self, query: str = '') -> tuple[Fact, ...]:
        """Return at most ``MAX_RECALLED`` facts that share words with ``query``, best first.

        Words are compared without case and accents, in any language; among equals the newest
        comes first. Without any word in the query: the newest facts.
        """
        newest_first = tuple(reversed(self.facts))
        wanted = _words(query)
        if not wanted:
            return newest_first[:MAX_RECALLED]
        shared = {fact: len(wanted & _words(f'{fact.topic} {fact.text}')) for fact in newest_first}
        found = sorted((fact for fact in newest_first if shared[fact]), key=lambda f: -shared[f])
        return tuple(found[:MAX_RECALLED])

    def _save(self, facts: list[Fact]) -> None:
        if self._file is None:
            return
        try:
            self._file.save({'version': _VERSION, 'facts': [asdict(fact) for fact in facts]})
        except JsonFileError as error:
            raise NotebookError(f'the note could not be kept: {error}') from error


def _check(what: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        raise NotebookError(
            f'{what} has {len(text)} characters; allowed is {least} .. {most}; shorten it'
        )


def _words(text: str) -> frozenset[str]:
    plain = ''.join(
        character
        for character in unicodedata.normalize('NFKD', text.casefold())
        if not unicodedata.combining(character)
    )
    return frozenset(re.findall(r'\w+', plain))


def _facts_of(content: Any) -> list[Fact]:
    """Return the facts of a file's content; ValueError says what is wrong with it."""
    if not isinstance(content, dict) or content.get('version') != _VERSION:
        raise ValueError(f'it is no notebook of version {_VERSION}')
    rows = content.get('facts')
    if not isinstance(rows, list):
        raise ValueError('it has no list of facts')
    facts: list[Fact] = []
    for row in rows:
        if not isinstance(row, dict) or not all(
            isinstance(row.get(key), str) for key in ('text', 'topic')
        ):
            raise ValueError(f'fact {len(facts) + 1} is not made of text and topic')
        facts.append(Fact(text=row['text'], topic=row['topic']))
    return facts
