"""What Prometheus reads on `/metrics`: the monitor's sample and the bridge's own counters.

Contract
    The monitor is asked when somebody reads, and at most once in `_FRESH_S`, because it takes one
    sample a second; whoever reads meanwhile shares the answer. Without an answer within `_ANSWER_S`
    nothing of the monitor is told and `bbia_up` is 0: old numbers are never told as new ones. When
    the sample was taken is in `bbia_sample_timestamp_seconds`. In the bridge's thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from bbia_sim_ros.bridge.gateway import Gateway
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.server import ServerReport
from bbia_sim_ros.exposition import Family
from bbia_sim_ros.exposition import once
from bbia_sim_ros.exposition import text

_TYPE = 'std_srvs/srv/Trigger'
_FRESH_S = 0.5
_ANSWER_S = 2.0


@dataclass(frozen=True, kw_only=True)
class BridgeSample:
    """The bridge now; `up` is whether the monitor answers."""

    up: bool
    report: ServerReport


FAMILIES: tuple[Family[BridgeSample], ...] = (
    once(
        'bbia_up',
        'Whether the monitor answers; without it there is no more than this.',
        lambda it: it.up,
    ),
    once('bbia_bridge_clients', 'Clients that are connected.', lambda it: len(it.report.clients)),
    once(
        'bbia_bridge_connections_total',
        'Clients since the bridge began.',
        lambda it: it.report.total,
    ),
    once('bbia_bridge_refused_total', 'Clients that were refused.', lambda it: it.report.refused),
    once(
        'bbia_bridge_closed_idle_total',
        'Clients that were closed for inactivity.',
        lambda it: it.report.closed_idle,
    ),
    once(
        'bbia_bridge_dropped_messages_total',
        'Messages left out for clients that read too slowly.',
        lambda it: it.report.dropped,
    ),
    once(
        'bbia_bridge_backlog_bytes',
        'What waits for clients.',
        lambda it: sum(client.backlog_B for client in it.report.clients),
    ),
)


class MetricsPage:
    """See the module's docstring; `service` is the full name of the monitor's service."""

    def __init__(self, gateway: Gateway, service: str, report: Callable[[], ServerReport]) -> None:
        self._gateway = gateway
        self._service = service
        self._report = report
        self._lock = asyncio.Lock()
        self._told = ''
        self._asked_s = float('-inf')

    async def text(self) -> str:
        """Return all metrics in the text format of Prometheus."""
        async with self._lock:
            if time.monotonic() - self._asked_s > _FRESH_S:
                self._told = await self._ask()
                self._asked_s = time.monotonic()
            told = self._told
        return told + text(FAMILIES, BridgeSample(up=bool(told), report=self._report()))

    async def _ask(self) -> str:
        """Return what the monitor tells, '' when it does not answer or has no sample."""
        request = service_class(_TYPE).Request()
        try:
            answer = await self._gateway.call(self._service, _TYPE, request, _ANSWER_S)
        except GatewayError:
            return ''
        return str(answer.message) if answer.success else ''
