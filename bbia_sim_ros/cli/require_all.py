"""A pytest plugin that fails what would be skipped: in CI every optional part has to be there.

Loaded by `./bbia test` when BBIA_REQUIRE_ALL=1, and imported by pytest, not by us.
Expected failures (xfail) stay what they are.
"""

from collections.abc import Generator
from typing import Any

import pytest


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, 'wasxfail'):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = 'failed'
    report.longrepr = f'not allowed with BBIA_REQUIRE_ALL=1: {reason}'


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, pytest.TestReport]:
    """Turn a skipped test into a failed one."""
    report: pytest.TestReport = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, pytest.CollectReport]:
    """Turn a skipped module into a failed one."""
    report: pytest.CollectReport = yield
    _fail_if_skipped(report)
    return report
