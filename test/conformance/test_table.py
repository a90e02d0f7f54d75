"""The committed table is that of the suite."""

from __future__ import annotations

from conformance.table import render
from conformance.table import rows
from conformance.table import without_measurements
from support.ros import ROOT


def test_the_committed_table_has_the_rows_and_marks_of_the_suite() -> None:
    committed = (ROOT / 'docs' / 'conformance.md').read_text(encoding='utf-8')
    assert without_measurements(committed) == render({})


def test_no_two_tests_share_a_row() -> None:
    titles = [row.title for row in rows()]
    assert len(set(titles)) == len(titles)
