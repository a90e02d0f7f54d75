"""Timers go on whatever happens to the computer's clock."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / 'bbia_sim_ros'


def timers() -> dict[str, bool]:
    """Return whether a timer has a steady clock, by its place in the sources."""
    found = {}
    for path in sorted(FOLDER.rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith('create_timer'):
                clocks = [ast.unparse(one.value) for one in node.keywords if one.arg == 'clock']
                found[f'{path.name}:{node.lineno}'] = clocks == ['steady_clock()']
    return found


def test_no_timer_stands_still_when_the_clock_is_set_back() -> None:
    # A node's own clock is the system's: a timer waits until that has caught up again.
    found = timers()
    assert len(found) > 10
    assert [place for place, is_steady in found.items() if not is_steady] == []
