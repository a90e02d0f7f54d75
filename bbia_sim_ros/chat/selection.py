"""Which engine answers, and why: chosen by name, or the best that can.

Contract
    Any thread. A name chosen by a person never falls back to another engine. With ``auto``,
    commands come first for what they understand with certainty; the rest goes to the first engine
    of the order given that can answer. What an engine says of its obstacle is kept for
    ``check_period_s``. After a failure ``auto`` prefers the others for as long, but goes back to
    the engine when none of them can answer: a person who asks again is a reason to try again.

Order for ``auto``
    ``openai`` when a person has named a server, since that is on purpose; then ``transformers``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.chat.engine import Engine

AUTO: Final = 'auto'
COMMANDS: Final = 'commands'
TRANSFORMERS: Final = 'transformers'
OPENAI: Final = 'openai'
CHOICES: Final = (AUTO, TRANSFORMERS, OPENAI, COMMANDS)
DEFAULT_CHECK_PERIOD_S: Final = 30.0


def auto_order(*, server_named: bool) -> tuple[str, ...]:
    """Return the engines that ``auto`` tries, best first; see the module's docstring."""
    return (OPENAI, TRANSFORMERS) if server_named else (TRANSFORMERS,)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who answers what is no command: ``engine``, or None and why in ``reason``."""

    engine: Engine | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class SelectionReport:
    """What ``/diagnostics`` says: who answers, why, and what keeps the others from it.

    ``answers`` is empty when nothing but commands, or nothing at all, is answered.
    """

    wanted: str
    commands: bool
    answers: str
    reason: str
    obstacles: Mapping[str, str]


@dataclass(frozen=True)
class _Finding:
    obstacle: str
    until_s: float
    failure: bool = False


class Selection:
    """See the module's docstring."""

    def __init__(
        self,
        engines: Mapping[str, Engine],
        *,
        wanted: str = AUTO,
        order: tuple[str, ...] = (TRANSFORMERS,),
        check_period_s: float = DEFAULT_CHECK_PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the engines by name; ``order``: those that ``auto`` tries, best first.

        Raises ValueError when ``wanted`` is none of ``CHOICES``, or an engine that is not there.
        """
        if wanted not in CHOICES or (wanted not in {AUTO, COMMANDS} and wanted not in engines):
            known = [name for name in CHOICES if name in engines or name in {AUTO, COMMANDS}]
            raise ValueError(f'engine is {wanted!r}; allowed: {", ".join(known)}')
        self._engines = dict(engines)
        self._wanted = wanted
        self._candidates = {
            AUTO: tuple(name for name in order if name in engines),
            COMMANDS: (),
        }.get(wanted, (wanted,))
        self._check_period_s = check_period_s
        self._clock = clock
        self._lock = threading.Lock()
        self._findings: dict[str, _Finding] = {}
        self._asking: set[str] = set()

    @property
    def commands(self) -> bool:
        """Whether commands are understood without a model."""
        return self._wanted in {AUTO, COMMANDS}

    @property
    def wanted(self) -> str:
        """What was asked for, one of ``CHOICES``."""
        return self._wanted

    def choose(self, *, without: frozenset[str] = frozenset()) -> Choice:
        """Return who answers, leaving out those that just failed; may take a server's 2 s."""
        candidates = [name for name in self._candidates if name not in without]
        obstacles: dict[str, str] = {}
        for again in (False, True):
            for name in candidates:
                obstacle = self._obstacle(name, after_failure=again)
                if not obstacle:
                    return Choice(engine=self._engines[name], reason=self._reason(obstacles))
                obstacles[name] = obstacle
        if self._wanted == COMMANDS:
            reason = "engine is 'commands', which answers commands alone; set engine to 'auto'"
        elif self._candidates:
            reason = _listed(obstacles)
        else:
            reason = 'no engine is configured'
        return Choice(engine=None, reason=reason)

    def failed(self, name: str, message: str) -> None:
        """Note that an engine could not answer, and why."""
        with self._lock:
            until = self._clock() + self._check_period_s
            self._findings[name] = _Finding(message, until, failure=True)

    def report(self) -> SelectionReport:
        """Return who would answer now and why; what is known is used, so it may be a check old."""
        choice = self.choose()
        with self._lock:
            obstacles = {name: f.obstacle for name, f in self._findings.items() if f.obstacle}
        return SelectionReport(
            wanted=self._wanted,
            commands=self.commands,
            answers='' if choice.engine is None else choice.engine.name,
            reason=choice.reason,
            obstacles=obstacles,
        )

    def _obstacle(self, name: str, *, after_failure: bool) -> str:
        with self._lock:
            finding = self._findings.get(name)
            if finding is not None:
                fresh = self._clock() < finding.until_s and not (after_failure and finding.failure)
                if fresh or name in self._asking:
                    return finding.obstacle
            self._asking.add(name)
        try:
            obstacle = self._engines[name].obstacle()
        finally:
            with self._lock:
                self._asking.discard(name)
        with self._lock:
            until = self._clock() + self._check_period_s
            self._findings[name] = _Finding(obstacle, until)
        return obstacle

    def _reason(self, obstacles: Mapping[str, str]) -> str:
        if self._wanted != AUTO:
            return f'engine is set to {self._wanted!r}'
        return f'the best that can answer ({_listed(obstacles)})' if obstacles else 'the best'


def _listed(obstacles: Mapping[str, str]) -> str:
    return '; '.join(f'{name}: {obstacle}' for name, obstacle in obstacles.items())
