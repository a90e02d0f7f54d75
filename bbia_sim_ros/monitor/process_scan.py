"""Finds the processes of one robot's stack on this computer, and what they have started.

Contract
    `look` returns the stack's processes and all their descendants. A process is looked at when it
    is new and once more at the next look, because what was forked may not have been replaced yet;
    after that `RECHECKED` of the longest unseen are looked at again each time, for a program that
    replaces itself later and for ids that were used again. So the cost does not grow with the
    number of processes that have nothing to do with the stack.

Bounds
    Processes that may not be read (of other users, with another PID namespace) are not found. At
    most `MOST_PROCESSES` are returned; `left_out` says how many more there were.
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from bbia_sim_ros.monitor.membership import Membership
from bbia_sim_ros.monitor.membership import label
from bbia_sim_ros.monitor.membership import membership
from bbia_sim_ros.monitor.membership import ros_domain
from bbia_sim_ros.monitor.names import Identity

MOST_PROCESSES = 64
RECHECKED = 4
_LOOKS = 2


@dataclass(frozen=True, kw_only=True)
class Found:
    """A process of the stack: who it is, and the one of the stack that started it, if any."""

    identity: Identity
    process: psutil.Process
    name: str
    owner: Identity | None = None


@dataclass(kw_only=True)
class _Seen:
    identity: Identity
    process: psutil.Process
    parent: int
    member: Membership | None
    label: str
    looks: int
    looked_at: int


class ProcessScan:
    """See the module's docstring; `namespace` is '/' for none."""

    def __init__(self, *, domain: int, namespace: str) -> None:
        self._domain = domain
        self._namespace = '/' + namespace.strip('/')
        self._seen: dict[int, _Seen] = {}
        self._round = 0
        self.left_out = 0
        """Processes that there was no room for at the last look."""

    def look(self) -> tuple[Found, ...]:
        """Return the processes that are there now."""
        self._round += 1
        present = set(psutil.pids())
        for pid in self._seen.keys() - present:
            del self._seen[pid]
        oldest = sorted(self._seen.values(), key=lambda seen: seen.looked_at)[:RECHECKED]
        due = present - self._seen.keys()
        due.update(seen.identity.pid for seen in self._seen.values() if seen.looks < _LOOKS)
        due.update(seen.identity.pid for seen in oldest)
        for pid in due:
            self._look_at(pid)
        return self._family()

    def _look_at(self, pid: int) -> None:
        before = self._seen.pop(pid, None)
        try:
            # The same object: the time at which a process began changes with the system clock.
            is_same = before is not None and before.process.is_running()
            process = before.process if before is not None and is_same else psutil.Process(pid)
            with process.oneshot():
                identity = Identity(pid, process.create_time())
                parent = process.ppid()
                arguments = process.cmdline()
            member = membership(arguments)
            if member is not None and (
                member.namespace != self._namespace or ros_domain(process.environ()) != self._domain
            ):
                member = None
        except psutil.Error:
            # It has ended in between, or may not be read; the next looks try again.
            return
        self._seen[pid] = _Seen(
            identity=identity,
            process=process,
            parent=parent,
            member=member,
            label=label(arguments),
            looks=before.looks + 1 if before is not None and is_same else 1,
            looked_at=self._round,
        )

    def _family(self) -> tuple[Found, ...]:
        found = []
        for seen in sorted(self._seen.values(), key=lambda seen: seen.identity.began_s):
            owner = self._owner(seen)
            if owner is not None:
                found.append(_found(seen, seen.label, owner))
            elif seen.member is not None:
                found.append(_found(seen, seen.member.name, None))
        self.left_out = max(0, len(found) - MOST_PROCESSES)
        return tuple(found[:MOST_PROCESSES])

    def _owner(self, seen: _Seen) -> Identity | None:
        """Return the process of the stack that started this one, directly or not."""
        owner, line = None, {seen.identity.pid}
        parent = self._seen.get(seen.parent)
        # A line of parents has no end in itself, but ids may be used again while it is walked.
        while parent is not None and parent.identity.pid not in line:
            line.add(parent.identity.pid)
            owner = parent.identity if parent.member is not None else owner
            parent = self._seen.get(parent.parent)
        return owner


def _found(seen: _Seen, name: str, owner: Identity | None) -> Found:
    return Found(identity=seen.identity, process=seen.process, name=name, owner=owner)
