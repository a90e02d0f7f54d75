"""The panel of the models in a real Chromium, with a node that has some and the monitor."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.conftest import OpenPage

from support.dashboard import DashboardRobot
from support.model_owner_node import toy_owner
from support.models import Models
from support.ros import StackProcess
from support.ros import probe

LARGE = {'allocate_b': 60_000_000}


@pytest.fixture
def folder(dashboard_robot: DashboardRobot, tmp_path: Path) -> Iterator[Path]:
    """A node `chat` with three models, and the monitor; the folder is where its files are."""
    slow = {'note': str(tmp_path / 'pids'), 'wait_for': str(tmp_path / 'go')}
    own = (
        {'name': 'base', 'options': LARGE},
        {'name': 'dear', 'pinned': True},
        {'name': 'slow', 'options': slow},
    )
    with (
        StackProcess('monitor_node'),
        toy_owner(*own, name='chat', folder=tmp_path),
        probe() as seen,
    ):
        Models(seen).wait('chat/slow', state='unloaded')
        yield tmp_path


def open_models(open_page: OpenPage) -> Any:
    page = open_page()
    page.get_by_role('button', name='Mind').click()
    return page


def row(page: Any, name: str, state: str) -> Any:
    """Wait until a model is in a state and return its row."""
    found = page.locator(f'.model[data-state={state}]', has_text=name)
    found.wait_for()
    return found


def test_models_are_loaded_and_unloaded_at_the_press_of_a_button(
    folder: Path, open_page: OpenPage
) -> None:
    page = open_models(open_page)
    page.get_by_role('button', name='Load base').click()
    ready = row(page, 'base', 'ready')
    ready.get_by_text('unloads in').wait_for()
    ready.get_by_text('cpu').wait_for()
    page.get_by_role('button', name='Load dear').click()
    row(page, 'dear', 'ready').get_by_text('stays loaded').wait_for()
    page.get_by_role('button', name='Unload base').click()
    row(page, 'base', 'unloaded').get_by_text('loaded 1×, unloaded by itself 0×').wait_for()


def test_a_model_that_is_being_loaded_shows_how_far_it_is_and_why_it_failed(
    folder: Path, open_page: OpenPage
) -> None:
    page = open_models(open_page)
    page.get_by_role('button', name='Load slow').click()
    loading = row(page, 'slow', 'loading')
    loading.get_by_text('halfway · 50 %').wait_for()
    bar = loading.get_by_role('progressbar', name='Loading of slow')
    assert float(bar.get_attribute('value')) == 0.5
    assert page.get_by_role('button', name='Load slow').is_disabled()
    os.kill(int((folder / 'pids').read_text()), signal.SIGKILL)
    row(page, 'slow', 'failed').locator('.bad').wait_for()
    page.locator('.notice', has_text='slow').wait_for()
    (folder / 'go').touch()
    page.get_by_role('button', name='Load slow').click()
    row(page, 'slow', 'ready')
