"""What a long run measured: samples of every process, slopes with their uncertainty, a picture."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple
from dataclasses import dataclass
from dataclasses import fields
from pathlib import Path

import numpy as np
import psutil
from scipy.stats import linregress

_MB = 1e6
_CONFIDENCE = 1.96  # standard errors on either side: 95 %


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One process at one time.

    `anonymous_mb` is what it has written itself. The USS has pages of files besides as long as no
    other process has them mapped, so it goes up and down with what others do.
    """

    time_s: float
    name: str
    pid: int
    uss_mb: float
    anonymous_mb: float
    threads: int
    files: int


@dataclass(frozen=True, kw_only=True)
class Slope:
    """A line through the anonymous memory, MB/h, with half the width of its 95 % interval."""

    mb_per_h: float
    uncertainty: float


def name_of(process: psutil.Process) -> str:
    """Return which nodes a process runs, or what it is of its parent."""
    words = process.cmdline()
    if 'bbia_sim_ros.container' in words:
        begin = words.index('bbia_sim_ros.container') + 1
        return '+'.join(words[begin : words.index('--ros-args')])
    if 'up' in words:
        return 'supervisor'
    return f'child of {name_of(process.parent())}'


def anonymous_b(pid: int) -> int:
    """Return the anonymous memory of a process (proc(5), smaps_rollup)."""
    rows = Path(f'/proc/{pid}/smaps_rollup').read_text(encoding='utf-8').splitlines()
    return next(1024 * int(row.split()[1]) for row in rows if row.startswith('Anonymous:'))


def sample(root: int, time_s: float) -> list[Sample]:
    """Return what every process of the stack has now."""
    top = psutil.Process(root)
    samples = []
    for process in (top, *top.children(recursive=True)):
        try:
            samples.append(
                Sample(
                    time_s=time_s,
                    name=name_of(process),
                    pid=process.pid,
                    uss_mb=process.memory_full_info().uss / _MB,
                    anonymous_mb=anonymous_b(process.pid) / _MB,
                    threads=process.num_threads(),
                    files=process.num_fds(),
                )
            )
        except (psutil.Error, ProcessLookupError, FileNotFoundError):
            continue  # it ended meanwhile
    return samples


def by_process(samples: Sequence[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """Return the samples of each process by its name and number, in their order."""
    found: dict[tuple[str, int], list[Sample]] = defaultdict(list)
    for one in samples:
        found[one.name, one.pid].append(one)
    return found


def slope(samples: Sequence[Sample]) -> Slope | None:
    """Return the slope of the memory, None for too few samples.

    The uncertainty is that of independent errors. Memory goes in steps, so it is a lower bound.
    """
    if len(samples) < 5:
        return None
    hours = [one.time_s / 3600.0 for one in samples]
    sizes = [one.anonymous_mb for one in samples]
    if min(sizes) == max(sizes):
        return Slope(mb_per_h=0.0, uncertainty=0.0)
    fit = linregress(hours, sizes)
    return Slope(mb_per_h=float(fit.slope), uncertainty=_CONFIDENCE * float(fit.stderr))


def jitter_ms(stamps_s: Sequence[float]) -> tuple[float, float]:
    """Return how far periods of joint states were from their median, p99 and most, ms."""
    periods = np.diff(np.array(stamps_s))
    off = np.abs(periods - np.median(periods)) * 1e3
    return float(np.quantile(off, 0.99)), float(off.max())


def write(folder: Path, samples: Sequence[Sample]) -> None:
    """Write the samples as `memory.csv` and draw them in `memory.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / 'memory.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(Sample))
        writer.writerows(astuple(one) for one in samples)
    # Imported late: it takes a second, and only the end needs it.
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(10.0, 6.0), layout='constrained')
    axes = figure.subplots()
    for (name, pid), own in by_process(samples).items():
        times = [one.time_s / 60.0 for one in own]
        axes.plot(times, [one.anonymous_mb for one in own], label=f'{name} ({pid})')
    axes.set(xlabel='minutes', ylabel='anonymous memory, MB', ylim=(0, None))
    axes.legend(fontsize='small', loc='upper left', bbox_to_anchor=(1.0, 1.0))
    figure.savefig(folder / 'memory.png', dpi=120)
