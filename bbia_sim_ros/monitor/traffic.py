"""Which topics may be listened to, and what was heard of one between two samples. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from itertools import pairwise

UNKNOWN = -1.0
_LAZY_BRANCHES = ('camera', 'vision')
_LAZY_NAMES = ('audio', 'speech/output', 'tf')
# Times of arrival are those of the system clock, which may have been set in between.
_CLOCK_TOLERANCE_S = 0.05


def may_be_heard(topic: str, namespace: str) -> bool:
    """Whether a subscription makes nobody compute anything: cameras and detectors sleep without.

    `topic` is a full name; so is `namespace`, '/' for none.
    """
    names = {topic.removeprefix('/'), topic.removeprefix(namespace.rstrip('/') + '/')}
    return not any(name in _LAZY_NAMES or name.split('/')[0] in _LAZY_BRANCHES for name in names)


@dataclass(frozen=True, kw_only=True)
class TopicSample:
    """One topic now; rate in Hz, bandwidth in B/s, period in s, each `UNKNOWN` if not measured."""

    name: str
    type_name: str = ''
    publishers: int = 0
    subscribers: int = 0
    rate: float = UNKNOWN
    bandwidth: float = UNKNOWN
    period_max: float = UNKNOWN
    messages: int = 0
    """Messages heard since the monitor began, 0 when it may not listen."""
    size_b: int = 0
    """What they took together, serialised."""


@dataclass(kw_only=True)
class Traffic:
    """Counts of one topic; `messages` and `size_b` are since the monitor began."""

    messages: int = 0
    size_b: int = 0
    _sampled: tuple[int, int] = (0, 0)
    _arrivals_s: list[float] = field(default_factory=list)

    def heard(self, arrivals: Iterable[tuple[float, int]]) -> None:
        """Take messages: when each came (s, system clock) and its size, bytes."""
        for arrived_s, size_b in arrivals:
            self.messages += 1
            self.size_b += size_b
            self._arrivals_s.append(arrived_s)

    def take(self, passed_s: float) -> tuple[float, float, float]:
        """Return rate, bandwidth and longest period of the last `passed_s` seconds."""
        messages, size_b = self._sampled
        self._sampled = (self.messages, self.size_b)
        arrivals_s, self._arrivals_s = self._arrivals_s, []
        if passed_s <= 0.0:
            return UNKNOWN, UNKNOWN, UNKNOWN
        periods = (after - before for before, after in pairwise(arrivals_s))
        possible = [period for period in periods if 0.0 <= period <= passed_s + _CLOCK_TOLERANCE_S]
        return (
            (self.messages - messages) / passed_s,
            (self.size_b - size_b) / passed_s,
            max(possible, default=UNKNOWN),
        )
