"""What the processes of the stack use, sample by sample.

Contract
    `ProcessUsage.sample` reads everything anew but the unique set size, which costs the kernel a
    walk through the page tables of the process: that is read for a new process at once and then
    every `uss_period_s`, in turn, so that no sample takes much longer than the others. A process
    that has gone is in the sample with pid 0 for as long as its name is kept (`names.py`); what it
    used is not carried over to who takes the name next. For one thread; times are those of
    `time.monotonic`, s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from bbia_sim_ros.monitor.names import Identity
from bbia_sim_ros.monitor.names import Names
from bbia_sim_ros.monitor.names import Place
from bbia_sim_ros.monitor.process_scan import Found

UNKNOWN = -1
_STOPPED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


@dataclass(frozen=True, kw_only=True)
class ProcessSample:
    """One process now.

    `pid` 0: it has gone, and the rest is 0. `cpu` is a share of one core since the last sample, 0
    or more, `cpu_s` the time on processors since it began; `uss_b` is `UNKNOWN` where the kernel
    does not tell; `began_s` is in s since 1970.
    """

    name: str
    pid: int = 0
    cpu: float = 0.0
    cpu_s: float = 0.0
    rss_b: int = 0
    uss_b: int = UNKNOWN
    threads: int = 0
    began_s: float = 0.0
    restarts: int = 0
    stopped: bool = False


@dataclass(kw_only=True)
class _Reader:
    process: psutil.Process
    cpu_s: float = math.nan
    read_s: float = math.nan
    uss_b: int = UNKNOWN
    uss_read_s: float = -math.inf


class ProcessUsage:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._members = Names(keeps=True)
        self._children = Names(keeps=False)
        self._readers: dict[Identity, _Reader] = {}
        self._due = 0.0

    def forget(self, *, before_s: float) -> None:
        """Forget the processes that went before a time."""
        self._members.forget(before_s=before_s)

    def sample(
        self, found: Sequence[Found], *, uss_period_s: float, period_s: float
    ) -> tuple[ProcessSample, ...]:
        """Return what the processes found use, by name; `period_s` is the time between samples."""
        now = time.monotonic()
        self._name(found, now)
        self._due += len(self._readers) * period_s / uss_period_s
        self._read_uss(now)
        places = (*self._members.places, *self._children.places)
        return tuple(self._read(place) for place in sorted(places, key=lambda place: place.name))

    def _name(self, found: Sequence[Found], now: float) -> None:
        self._keep_readers(found)
        members = [item for item in found if item.owner is None]
        self._members.update({item.identity: item.name for item in members}, now)
        owners = {place.holder: place.name for place in self._members.places}
        self._children.update(
            {
                item.identity: f'{owners.get(item.owner, "gone")}/{item.name}'
                for item in found
                if item.owner is not None
            },
            now,
        )

    def _keep_readers(self, found: Iterable[Found]) -> None:
        present = {item.identity: item.process for item in found}
        for identity in self._readers.keys() - present.keys():
            del self._readers[identity]
        for identity in present.keys() - self._readers.keys():
            self._readers[identity] = _Reader(process=present[identity])

    def _read_uss(self, now: float) -> None:
        longest_first = sorted(self._readers.values(), key=lambda reader: reader.uss_read_s)
        unread = sum(math.isinf(reader.uss_read_s) for reader in longest_first)
        count = max(unread, min(int(self._due), len(longest_first)))
        self._due -= int(self._due)
        for reader in longest_first[:count]:
            reader.uss_read_s = now
            try:
                reader.uss_b = int(reader.process.memory_full_info().uss)
            except psutil.Error:
                # It has ended, or its memory map is closed to us.
                reader.uss_b = UNKNOWN

    def _read(self, place: Place) -> ProcessSample:
        gone = ProcessSample(name=place.name, restarts=place.restarts)
        reader = None if place.holder is None else self._readers.get(place.holder)
        if reader is None or place.holder is None:
            return gone
        try:
            # Also looks whether the id is another process's by now.
            if not reader.process.is_running():
                return gone
            with reader.process.oneshot():
                times = reader.process.cpu_times()
                rss_b = int(reader.process.memory_info().rss)
                threads = int(reader.process.num_threads())
                status = reader.process.status()
        except psutil.Error:
            return gone
        read_s = time.monotonic()
        cpu_s = times.user + times.system
        passed_s = read_s - reader.read_s
        cpu = (cpu_s - reader.cpu_s) / passed_s if passed_s > 0.0 else 0.0
        reader.cpu_s, reader.read_s = cpu_s, read_s
        return ProcessSample(
            name=place.name,
            pid=place.holder.pid,
            cpu=max(0.0, cpu),
            cpu_s=cpu_s,
            rss_b=rss_b,
            uss_b=reader.uss_b,
            threads=threads,
            began_s=place.holder.began_s,
            restarts=place.restarts,
            stopped=status in _STOPPED,
        )
