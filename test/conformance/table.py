"""The table in docs/conformance.md: a row for each test of this folder, a column for each robot.

Contract
    Rows come from the tests themselves: the title is the first line of a test's docstring, the
    section that of its module's. A cell says "no" and why where the robot lacks what the test
    needs, else "yes" and what was measured.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from support.backends import KINDS
from support.backends import Ability
from support.backends import Kind

FOLDER = Path(__file__).parent
# (title of the test, name of the kind) -> what was measured, '' where nothing is.
Cells = dict[tuple[str, str], str]

HEAD = """\
# Conformance

One set of tests, `test/conformance`, runs over the same topics and services on three robots: our
simulator, and the official daemon (reachy-mini 1.13.0) in both of its simulated modes behind
`hardware_node`. A physical robot is driven by the same daemon, but none was at hand. "no" means
that this robot cannot, and that the test asserts that it says so. Measured values are those of one
run on a shared two-core machine, and vary.

This file is made by a run in which every test passed:

```
./bbia test test/conformance --conformance-table docs/conformance.md
```
"""


@dataclass(frozen=True)
class Row:
    """One test: the section it stands in, its title, and the abilities that it needs."""

    section: str
    title: str
    needs: tuple[Ability, ...]


def title_of(test: Callable[..., object]) -> str:
    """Return the first line of a test's docstring, without its full stop."""
    return (inspect.getdoc(test) or test.__name__).partition('\n')[0].rstrip('.')


def rows() -> list[Row]:
    """Return the rows in the order of the files and of the tests in them."""
    found = []
    for path in sorted(FOLDER.glob('test_*.py')):
        module = importlib.import_module(f'{FOLDER.name}.{path.stem}')
        section = (inspect.getdoc(module) or path.stem).partition('\n')[0].rstrip('.')
        tests = [test for name, test in vars(module).items() if name.startswith('test_')]
        found += [
            Row(section, title_of(test), _needs(test))
            for test in tests
            if 'robot' in inspect.signature(test).parameters
        ]
    return found


def _needs(test: Callable[..., object]) -> tuple[Ability, ...]:
    marks = getattr(test, 'pytestmark', [])
    return tuple(ability for mark in marks if mark.name == 'needs' for ability in mark.args)


def missing(cells: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the cells that have no outcome, in words."""
    return [
        f'{row.title} ({kind.name})'
        for row in rows()
        for kind in KINDS
        if (row.title, kind.name) not in cells
    ]


def render(cells: Mapping[tuple[str, str], str]) -> str:
    """Return the file's text."""
    parts = [HEAD]
    for section, members in groupby(rows(), key=lambda row: row.section):
        titles = ' | '.join(kind.title for kind in KINDS)
        parts.append(f'\n## {section}\n\n| | {titles} |\n|---|{"---|" * len(KINDS)}\n')
        for row in members:
            outcomes = ' | '.join(_cell(row, kind, cells) for kind in KINDS)
            parts.append(f'| {row.title} | {outcomes} |\n')
    return ''.join(parts)


def _cell(row: Row, kind: Kind, cells: Mapping[tuple[str, str], str]) -> str:
    lacking = next((kind.lacks[need] for need in row.needs if need in kind.lacks), '')
    measured = cells.get((row.title, kind.name), '')
    if lacking:
        return f'no: {lacking}'
    return f'yes: {measured}' if measured else 'yes'


def without_measurements(text: str) -> str:
    """Return the text of a table without what differs from run to run."""
    return re.sub(r'\| yes: [^|\n]*(?= \|)', '| yes', text)
