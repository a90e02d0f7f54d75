"""Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting).

Pure. A table of `Family` says which metrics there are and how their values are found in a source;
`text` writes them. Names and units as https://prometheus.io/docs/practices/naming asks for them: a
counter's name ends in `_total`, everything else is a gauge. What is not known is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic
from typing import TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = 'text/plain; version=1.0.0; charset=utf-8'
_TOTAL = '_total'

S = TypeVar('S')
Point = tuple[tuple[str, ...], float]


@dataclass(frozen=True, kw_only=True)
class Family(Generic[S]):
    """A metric: its name, what it means, its labels, and its values in a source.

    A value is (the label's values, number); numbers may be bool.
    """

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    points: Callable[[S], Iterable[Point]]


def once(name: str, meaning: str, value: Callable[[S], float | None]) -> Family[S]:
    """Return a metric without labels; it is left out where its value is None."""

    def points(source: S) -> Iterable[Point]:
        number = value(source)
        return () if number is None else (((), number),)

    return Family(name=name, meaning=meaning, points=points)


def text(families: Sequence[Family[S]], source: S) -> str:
    """Return all metrics of a source."""
    registry = CollectorRegistry()
    registry.register(_Exported(families, source))
    return generate_latest(registry).decode()


class _Exported(Collector, Generic[S]):
    def __init__(self, families: Sequence[Family[S]], source: S) -> None:
        self._families = families
        self._source = source

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            is_counter = family.name.endswith(_TOTAL)
            kind = CounterMetricFamily if is_counter else GaugeMetricFamily
            made = kind(family.name, family.meaning, labels=family.labels)
            for labels, number in family.points(self._source):
                made.add_metric(labels, float(number))
            yield made
