"""Every test of this folder runs on three robots, and a run may be written down as a table.

A test takes `robot`, which is ready and at rest in the neutral posture, and may tell what it
measured to `report`. The mark `needs` names abilities that not every robot has; on one that lacks
them the test asserts the honest answer instead. With `--conformance-table FILE` the run of all
tests is written to FILE as markdown (see `conformance/table.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.table import Cells
from conformance.table import missing
from conformance.table import render
from conformance.table import title_of
from support.backends import KINDS
from support.backends import Backend
from support.backends import running_backend
from support.domains import reserved_domain
from support.official_daemon import DaemonNotInstalled

OPTION = '--conformance-table'
_CELLS = pytest.StashKey[Cells]()
_MEASURED = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, type=Path, help='write the outcome on the three robots to this markdown file'
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_CELLS] = {}
    config.addinivalue_line('markers', 'needs(abilities): what not every robot has')


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == 'call' and report.passed and 'robot' in item.fixturenames:
        cell = (title_of(item.function), item.callspec.params['backend'].name)
        item.config.stash[_CELLS][cell] = item.stash.get(_MEASURED, '')
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption(OPTION, default=None)
    if path is None:
        return
    cells = session.config.stash[_CELLS]
    lacking = missing(cells)
    if session.testsfailed or lacking:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        text = f'{path} is not written: {session.testsfailed} tests failed'
        text += f', and no outcome for: {"; ".join(lacking)}' if lacking else ''
    else:
        path.write_text(render(cells), encoding='utf-8')
        text = f'written: {path}'
    session.config.get_terminal_writer().line(f'\n{text}')


@pytest.fixture(scope='package', params=KINDS, ids=lambda kind: kind.name)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """One robot of each kind, for all tests; they take `robot`."""
    try:
        with reserved_domain(), running_backend(request.param) as made:
            yield made
    except DaemonNotInstalled as error:
        pytest.skip(str(error))


@pytest.fixture
def robot(backend: Backend) -> Backend:
    """A robot in the state that every test begins with."""
    backend.make_ready()
    return backend


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Tell what was measured, in a few words."""

    def keep(measured: str) -> None:
        request.node.stash[_MEASURED] = measured

    return keep
