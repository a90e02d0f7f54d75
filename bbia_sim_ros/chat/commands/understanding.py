"""From a person's words to calls of tools, when all of them are understood, else None.

Contract
    ``understand`` never raises for any ``str``, needs no model, network or robot, and may be
    called by any thread. It is certain: None unless every word of the utterance belongs to a
    command, to what joins commands, or to politeness, and None when the words can mean two
    different things. It does not check numbers: "look left 500 degrees" is understood, and the
    tool refuses it with the reason. Bounds: `MAX_CHARACTERS`, `MAX_COMMANDS`; the work is at most
    proportional to the number of words (a test counts it).

Method
    Commands are matched from each place that can be reached, all readings at once, one command
    after the other; the reading with the fewest commands counts ("look up and left" is one look).
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.chat.commands.grammar import COMMAND
from bbia_sim_ros.chat.commands.grammar import LANGUAGES
from bbia_sim_ros.chat.commands.grammar import Grammar
from bbia_sim_ros.chat.commands.grammar import load_grammar
from bbia_sim_ros.chat.commands.meanings import Meanings
from bbia_sim_ros.chat.commands.meanings import load_meanings
from bbia_sim_ros.chat.commands.patterns import Pattern
from bbia_sim_ros.chat.commands.patterns import Value
from bbia_sim_ros.chat.commands.text import PAUSE
from bbia_sim_ros.chat.commands.text import Heard
from bbia_sim_ros.chat.commands.text import composed
from bbia_sim_ros.chat.commands.text import tokens
from bbia_sim_ros.chat.commands.text import without_hesitations
from bbia_sim_ros.chat.messages import ToolCall

MAX_CHARACTERS: Final = 500
MAX_COMMANDS: Final = 6
_ANSWERING = {'what_do_you_see', 'recall'}
# Two are enough to know that the words are not certain.
_MAX_READINGS = 2
_STOP = 'stop'


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What the robot is to do, in order, and what it says about that in the person's language.

    ``reply`` holds when all calls succeed. When it ends with a colon, the outcome of the last
    call that looks something up (what_do_you_see, recall) belongs behind it.
    """

    language: str
    calls: tuple[ToolCall, ...]
    reply: str


# What one command captured, its name among it.
Command = frozenset[tuple[str, Value]]
Reading = tuple[Command, ...]
# Readings by the place they have come to and the name of their last command.
Readings = Mapping[tuple[int, str], frozenset[Reading]]


@functools.cache
def meanings() -> Meanings:
    """Return what each command does."""
    return load_meanings()


@functools.cache
def grammars() -> tuple[Grammar, ...]:
    """Return the grammars in the order of `LANGUAGES`."""
    return tuple(load_grammar(language, meanings()) for language in LANGUAGES)


def understand(text: str, *, prefer: str = 'en') -> Understood | None:
    """Return what the text asks the robot to do, None unless that is certain.

    ``prefer`` is the language of what is the same in both, such as "stop".
    """
    if len(text) > MAX_CHARACTERS:
        return None
    whole = composed(text)
    found = tokens(whole)
    for grammar in sorted(grammars(), key=lambda grammar: grammar.language != prefer):
        heard = Heard(whole, without_hesitations(found, grammar.hesitations))
        reading = read(heard, grammar)
        if reading:
            return _understood(reading, grammar)
    return None


def read(heard: Heard, grammar: Grammar) -> Reading | None:
    """Return the one reading of an utterance, None when there is none, or several."""
    starts = _skip(heard, [0], grammar.opening)
    if any(
        heard.end in _skip(heard, [end], None)
        for start in starts
        for end, _ in grammar.never.ends(heard, start)
    ):
        return None
    begun: Readings = {(start, ''): frozenset({()}) for start in starts}
    for _ in range(MAX_COMMANDS):
        ended = _with_a_command_more(heard, grammar, begun)
        whole = _at(ended, heard.end)
        if whole:
            return next(iter(whole)) if len(whole) == 1 else None
        begun = _joined(heard, grammar, ended)
        if not begun:
            break
    return None


def _with_a_command_more(heard: Heard, grammar: Grammar, begun: Readings) -> Readings:
    """Return the readings with the next command and the politeness behind it."""
    ended: dict[tuple[int, str], set[Reading]] = {}
    for (start, before), readings in begun.items():
        again = grammar.again.get(before)
        for pattern in (grammar.command, again) if again else (grammar.command,):
            for end, captures in pattern.ends(heard, start):
                command = frozenset(captures)
                for behind in _skip(heard, [end], grammar.closing):
                    more = ended.setdefault((behind, _name(command)), set())
                    more.update((*reading, command) for reading in readings)
    return _bounded(ended)


def _joined(heard: Heard, grammar: Grammar, ended: Readings) -> Readings:
    """Return the readings at the places where the next command may begin.

    A command may follow without a word between the two, but not a stop without a pause: "stop
    dance" is said by those who want it to end.
    """
    begun: dict[tuple[int, str], set[Reading]] = {}
    for (at, name), readings in ended.items():
        paused = _skip(heard, [at], None)
        joined = [end for place in paused for end, _ in grammar.joiner.ends(heard, place)]
        for start in _skip(heard, joined, grammar.opening):
            begun.setdefault((start, name), set()).update(readings)
        if name != _STOP or PAUSE in {heard.words[at], heard.words[at - 1]}:
            for start in _skip(heard, paused, grammar.opening):
                begun.setdefault((start, ''), set()).update(readings)
    return _bounded(begun)


def _bounded(places: Mapping[tuple[int, str], set[Reading]]) -> Readings:
    return {
        place: frozenset(itertools.islice(readings, _MAX_READINGS))
        for place, readings in places.items()
    }


def _at(places: Readings, end: int) -> set[Reading]:
    return {reading for (at, _), readings in places.items() if at == end for reading in readings}


def _skip(heard: Heard, starts: Iterable[int], skipped: Pattern | None) -> set[int]:
    """Return the places reached from ``starts`` over pauses and any number of ``skipped``."""
    places = set(starts)
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        further = {place + 1} if heard.words[place] == PAUSE else set[int]()
        if skipped is not None:
            further.update(end for end, _ in skipped.ends(heard, place))
        waiting += further - places
        places |= further
    return places


def _name(command: Command) -> str:
    return str(dict(command)[COMMAND])


def _understood(reading: Reading, grammar: Grammar) -> Understood:
    calls: list[ToolCall] = []
    sentences: list[str] = []
    answers: list[str] = []
    for command in reading:
        captures = dict(command)
        for call in meanings()[_name(command)]:
            arguments = call.filled(captures)
            calls.append(
                ToolCall(
                    id=f'command_{len(calls) + 1}',
                    name=call.tool,
                    arguments=arguments,
                    raw=json.dumps(arguments, ensure_ascii=False),
                )
            )
        reply = _reply(captures, grammar)
        (answers if calls[-1].name in _ANSWERING else sentences).append(reply)
    return Understood(
        language=grammar.language,
        calls=tuple(calls),
        reply=' '.join(dict.fromkeys([*sentences, *answers])),
    )


def _reply(captures: Mapping[str, Value], grammar: Grammar) -> str:
    said = {
        name: grammar.words.get(name, {}).get(str(value), str(value))
        for name, value in captures.items()
    }
    return grammar.replies[str(captures[COMMAND])].format_map(said)
