"""The panel of the behaviors in a real Chromium, with a behavior node that knows small ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.conftest import PHONE
from web.conftest import OpenPage

from support.behaving import Behaving
from support.behaving import behaving
from support.dashboard import DashboardRobot
from support.ros import probe
from support.waiting import wait_until


@pytest.fixture
def stage(dashboard_robot: DashboardRobot, tmp_path: Path) -> Iterator[Behaving]:
    """A behavior node without idle life, and a robot that can move."""
    dashboard_robot.make_ready()
    with probe() as seen, behaving(seen, tmp_path) as node:
        yield node


def open_behaviors(open_page: OpenPage, **options: Any) -> Any:
    """Open the view, scroll to the list, and wait until `tilt` can be started.

    The page asks for the list only while it is in sight, which on a phone it need not be.
    """
    page = open_page(**options)
    page.get_by_role('button', name='Mind', exact=True).click()
    page.get_by_role('region', name='Can be started').scroll_into_view_if_needed()
    page.locator('[data-behavior=tilt][data-available=true]').wait_for()
    return page


def running(page: Any) -> Any:
    return page.locator('.now[data-name=now]')


def test_behaviors_are_grouped_by_whether_they_can_be_started(
    stage: Behaving, open_page: OpenPage
) -> None:
    del stage
    page = open_behaviors(open_page)
    able = page.get_by_role('region', name='Can be started')
    able.get_by_role('button', name='Start tilt').wait_for()
    able.get_by_text('Tilts its head and holds it.').wait_for()
    unable = page.get_by_role('region', name='Not now')
    row = unable.locator('[data-behavior=conversation]')
    row.get_by_text('hearing').wait_for()
    assert row.get_by_role('button').count() == 0


def test_a_behavior_is_started_with_parameters_and_wrong_ones_are_named(
    stage: Behaving, open_page: OpenPage
) -> None:
    page = open_behaviors(open_page)
    page.get_by_role('button', name='Options of tilt').click()
    form = page.get_by_role('form', name='Start tilt')
    roll = form.get_by_role('textbox', name='roll')
    assert roll.input_value() == '0.2'
    form.get_by_text('Roll of the head, rad. -0.4 to 0.4.').wait_for()
    roll.fill('much')
    roll.press('Enter')
    field = form.locator('[data-field=roll]')
    field.get_by_text('A number is needed.').wait_for()
    roll.fill('5')
    roll.press('Enter')
    field.get_by_text('roll is 5: Input should be less than or equal to 0.4').wait_for()
    assert roll.get_attribute('aria-invalid') == 'true'
    roll.fill('-0,3')
    form.get_by_role('button', name='Start').click()
    form.wait_for(state='detached')
    running(page).get_by_text('tilted by -0.3 rad').wait_for()
    assert 'tilted by -0.3' in stage.statuses[-1].last_end
    assert page.locator('.notice').count() == 0


def test_a_running_behavior_shows_its_course_and_is_ended(
    stage: Behaving, open_page: OpenPage
) -> None:
    page = open_behaviors(open_page)
    page.get_by_role('button', name='Start sway').click()
    now = running(page)
    now.get_by_text('swaying').wait_for()
    now.get_by_role('progressbar', name='Progress of sway').wait_for()
    page.get_by_role('button', name='Start tilt').click()
    now.get_by_text('Next: tilt').wait_for()
    now.get_by_role('button', name='End').click()
    now.get_by_text('Last: tilt').wait_for()
    now.get_by_text('None runs').wait_for()
    assert stage.statuses[-1].state == 'idle'
    assert page.locator('.notice').count() == 0


def test_a_behavior_that_somebody_else_started_is_ended_too(
    stage: Behaving, open_page: OpenPage
) -> None:
    page = open_behaviors(open_page)
    goal = stage.begin('sway')
    now = running(page)
    now.get_by_text('swaying').wait_for()
    now.get_by_role('button', name='End').click()
    now.get_by_text('None runs').wait_for()
    wait_until(lambda: goal.over, 'its client hears of it')


def test_on_a_phone_an_open_form_is_not_wider_than_the_screen(
    stage: Behaving, open_page: OpenPage
) -> None:
    del stage
    page = open_behaviors(open_page, **PHONE)
    page.get_by_role('button', name='Options of Alarm clock').tap()
    days = page.get_by_role('textbox', name='days')
    days.fill('monday')
    days.press('Tab')
    page.get_by_role('combobox', name='action').select_option('set')
    form = page.get_by_role('form', name='Start Alarm clock')
    form.get_by_role('button', name='Start').tap()
    form.locator('[data-field=days]').get_by_text('This is no JSON').wait_for()
    days.fill('["someday"]')
    form.get_by_role('button', name='Start').tap()
    form.locator('[data-field=days]').get_by_text('days.0 is').wait_for()
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
