"""How long the grammar of commands takes for a sentence. One line per figure.

Sentences are the tables of its tests in both languages: commands, and what is none; each is timed
a few times and its shortest time counts. The longest is a text of as many characters as are read,
all of them commands. Loading is the first sentence of a process.

    ./bbia bench commands
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from bbia_sim_ros.chat.commands import MAX_CHARACTERS  # noqa: E402
from bbia_sim_ros.chat.commands import understand  # noqa: E402

ROUNDS = 5
TABLES = ROOT / 'test' / 'chat'
LONGEST = ('look up and to the left and ' * MAX_CHARACTERS)[:MAX_CHARACTERS]


def report(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'{name:<48}{value:>10.2f} {unit}')


def microseconds(text: str) -> float:
    """Return the time of a text, us."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        understand(text)
        times.append(time.perf_counter_ns() - begin)
    return 1e-3 * min(times)


def sentences() -> dict[str, list[str]]:
    """Return the sentences by what they are."""
    found: dict[str, list[str]] = {}
    for language in ('en', 'fr'):
        table = yaml.safe_load((TABLES / f'commands_{language}.yaml').read_text(encoding='utf-8'))
        found[f'{language}, commands'] = [said for row in table for said in row['said']]
        lines = (TABLES / f'no_commands_{language}.txt').read_text(encoding='utf-8').splitlines()
        found[f'{language}, no commands'] = [line for line in lines if line and line[0] != '#']
    return found


def main() -> None:
    """Measure."""
    begin = time.perf_counter()
    understand('look left')
    report('first sentence of a process', 1e3 * (time.perf_counter() - begin), 'ms')
    for name, said in sentences().items():
        times = np.array([microseconds(text) for text in said])
        report(f'{name} ({len(said)}), median', float(np.median(times)), 'us')
        report(f'{name} ({len(said)}), p99', float(np.percentile(times, 99)), 'us')
    report(f'{MAX_CHARACTERS} characters of commands', microseconds(LONGEST), 'us')


if __name__ == '__main__':
    main()
