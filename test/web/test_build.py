"""The built page: small, and whole without any other server."""

from __future__ import annotations

import re
from pathlib import Path

from web.conftest import compressed_size

SCRIPT_BUDGET_B = 600_000


def test_all_scripts_together_stay_below_the_budget(dist: Path) -> None:
    assert compressed_size(list(dist.rglob('*.js'))) < SCRIPT_BUDGET_B


def test_the_page_loads_nothing_from_elsewhere(dist: Path) -> None:
    page = (dist / 'index.html').read_text(encoding='utf-8')
    assert re.findall(r'(?:src|href)="(?!\./)([^"]*)"', page) == []
