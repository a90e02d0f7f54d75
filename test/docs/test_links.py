"""Every relative link of the pages leads to a file and a heading that are there.

The site's generator looks at the same (`./bbia docs`); this does it without one.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob('*.md')), *sorted(ROOT.glob('docs/*.md'))]
LINK = re.compile(r'\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)')


def prose(text: str) -> str:
    """Return a page without its blocks and spans of code."""
    text = re.sub(r'^(```+)[^\n]*\n.*?^\1[ ]*$', '', text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r'`[^`\n]*`', '', text)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = re.sub(r'^```.*?^```', '', page.read_text(encoding='utf-8'), flags=re.DOTALL | re.M)
    seen: Counter[str] = Counter()
    names = []
    for heading in re.findall(r'^#{1,6} +(.+?) *$', text, re.MULTILINE):
        shown = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading)
        name = re.sub(r'[^\w\- ]', '', shown.lower()).replace(' ', '-')
        names.append(f'{name}-{seen[name]}' if seen[name] else name)
        seen[name] += 1
    return frozenset(names)


def broken(page: Path, text: str) -> list[str]:
    """Return the links of a page's text that lead nowhere."""
    result = []
    for name, anchor in LINK.findall(prose(text)):
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or not target.is_relative_to(ROOT):
            result.append(f'{name}: there is no such file')
        elif anchor and (target.suffix != '.md' or anchor not in anchors(target)):
            result.append(f'{name}#{anchor}: there is no such heading')
    return result


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page, page.read_text(encoding='utf-8')) == []


def test_links_that_lead_nowhere_are_found() -> None:
    text = '[a](none.md) [b](docs/motion.md#none) [c](../outside.md) [d](#none) `[e](none.md)`'
    assert len(broken(ROOT / 'README.md', text)) == 4


def test_the_menu_of_the_site_has_every_page() -> None:
    source = ast.parse((ROOT / 'docs' / 'conf.py').read_text(encoding='utf-8'))
    words = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
    pages = {page.relative_to(ROOT).with_suffix('').as_posix() for page in PAGES}
    assert pages - words == set()
