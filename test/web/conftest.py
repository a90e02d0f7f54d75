"""A real Chromium, and a robot with its bridge that the page is opened on."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.dashboard import CHROMIUM_ARGUMENTS
from support.dashboard import DashboardRobot
from support.dashboard import running_dashboard_robot
from support.domains import reserved_domain
from support.ros import ROOT

DIST = ROOT / 'web' / 'dist'
OpenPage = Callable[..., Any]
PHONE = {'viewport': {'width': 390, 'height': 844}, 'has_touch': True, 'is_mobile': True}


@pytest.fixture(scope='session')
def dist() -> Path:
    """The folder of the built dashboard."""
    if not (DIST / 'index.html').is_file():
        pytest.skip('the dashboard is not built: ./bbia setup builds it')
    return DIST


@pytest.fixture(scope='module')
def browser() -> Iterator[Any]:
    """A headless Chromium that draws 3D without a graphics card.

    One a module: while it is there no other event loop can run in this thread, for tests of others.
    """
    api = pytest.importorskip('playwright.sync_api', reason='playwright is not installed')
    program = os.environ.get('BBIA_CHROMIUM') or shutil.which('chromium')
    if program is None:
        pytest.skip('chromium is not installed: apt install chromium')
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope='module')
def dashboard_robot(browser: Any, dist: Path) -> Iterator[DashboardRobot]:
    """A simulated robot with motion, state and bridge, shared by the tests of a module."""
    with reserved_domain(), running_dashboard_robot() as robot:
        yield robot


@pytest.fixture
def open_page(browser: Any, dashboard_robot: DashboardRobot) -> Iterator[OpenPage]:
    """Return a function that opens the page and waits for its connection.

    At the end of the test whatever the page reported as an error makes the test fail.
    """
    with pages_of(browser, dashboard_robot.address) as open_:
        yield open_


@contextmanager
def pages_of(browser: Any, address: str) -> Iterator[OpenPage]:
    """Return what `open_page` returns, for the dashboard at `address`."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_(query: str = '', *, expect_connection: bool = True, **options: Any) -> Any:
        context = browser.new_context(**{'viewport': {'width': 1440, 'height': 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on('pageerror', lambda error: complaints.append(str(error)))
        page.on(
            'console',
            lambda message: complaints.append(message.text) if message.type == 'error' else None,
        )
        page.goto(f'{address}/{query}')
        if expect_connection:
            page.locator('.connection[data-state=connected]').wait_for()
        return page

    try:
        yield open_
    finally:
        for context in contexts:
            context.close()
    # The browser itself reports each attempt to reach a bridge that is down.
    assert [text for text in complaints if not text.startswith('WebSocket connection')] == []


def compressed_size(paths: list[Path]) -> int:
    """Return how many bytes these files take when they are sent compressed."""
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)
