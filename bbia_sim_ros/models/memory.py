"""Memory of a process and everything it has started."""

from __future__ import annotations

import psutil


def tree_uss_b(pid: int) -> int:
    """Return the unique set size of a process and its descendants, bytes; 0 when it is gone.

    That is what would be free if they ended. Takes some ms, more for large processes, because the
    kernel walks their page tables.
    """
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(map(_uss_b, family))


def _uss_b(process: psutil.Process) -> int:
    try:
        try:
            return int(process.memory_full_info().uss)
        except psutil.AccessDenied:
            # /proc/PID/smaps may be closed where /proc/PID/statm is not.
            info = process.memory_info()
            return int(info.rss - info.shared)
    except psutil.NoSuchProcess:
        return 0
