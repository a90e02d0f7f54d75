"""The dashboard in a real Chromium, with the robot, its motion and the bridge running."""

from __future__ import annotations

import math
from typing import Any

import pytest
from web.conftest import PHONE
from web.conftest import OpenPage

from bbia_msgs.msg import Metrics
from bbia_msgs.msg import ModelStatus
from bbia_msgs.msg import ProcessMetrics
from support.dashboard import DashboardRobot
from support.waiting import wait_until


@pytest.fixture(autouse=True)
def _ready(dashboard_robot: DashboardRobot) -> None:
    """Begin each test with a robot that can move and looks straight ahead."""
    dashboard_robot.make_ready()


def hold_pad(page: Any, right: float, up: float) -> None:
    """Press the head pad in its middle and drag, in shares of half its size."""
    # The layout is at rest only when the model with its meshes is there.
    page.wait_for_load_state('networkidle')

    def press() -> Any:
        box = page.locator('.pad').bounding_box()
        page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
        page.mouse.down()
        if page.locator('.pad').get_attribute('data-held') == 'true':
            return box
        page.mouse.up()
        return None

    box = wait_until(press, 'the pad is held')
    x, y = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
    page.mouse.move(x + right * box['width'] / 2, y - up * box['height'] / 2, steps=5)


def test_a_dragged_pad_moves_the_head_and_a_released_one_lets_it_stay(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    hold_pad(page, right=0.6, up=0.5)
    # Drawn as seen when facing the robot: to the right of the pad is to its left.
    wait_until(lambda: dashboard_robot.yaw > math.radians(25), 'the head looks to its left')
    wait_until(lambda: dashboard_robot.pitch < math.radians(-8), 'the head looks up')
    page.locator('.pad[data-held=true]').wait_for()
    page.mouse.up()
    page.locator('.pad[data-held=false]').wait_for()
    page.locator('.doing-text', has_text='At rest').wait_for()
    assert dashboard_robot.yaw > math.radians(20)


def test_the_pad_can_be_used_with_the_keyboard_and_speaks_its_value(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    pad = page.get_by_role('slider', name='Head direction')
    pad.focus()
    page.keyboard.down('Shift')
    for _ in range(5):
        page.keyboard.down('ArrowRight')
    wait_until(lambda: dashboard_robot.yaw > math.radians(20), 'the head looks to its left')
    assert 'to its left' in pad.get_attribute('aria-valuetext')
    page.keyboard.up('ArrowRight')
    page.locator('.pad[data-held=false]').wait_for()


def test_a_window_that_loses_the_focus_lets_go_of_the_robot(open_page: OpenPage) -> None:
    page = open_page()
    hold_pad(page, right=0.2, up=0.2)
    page.locator('.pad[data-held=true]').wait_for()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.locator('.pad[data-held=false]').wait_for()
    page.mouse.up()


def test_a_pressed_emotion_is_felt(dashboard_robot: DashboardRobot, open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role('button', name='Feel Sad').click()
    wait_until(
        lambda: dashboard_robot.emotions and dashboard_robot.emotions[-1].name == 'sad',
        'the mood is sad',
    )
    page.locator('[data-emotion=sad][data-playing=true]').wait_for()
    wait_until(lambda: dashboard_robot.pitch > math.radians(10), 'the head hangs')
    page.get_by_text('Mood: Sad').wait_for()


@pytest.mark.parametrize('how', ['Escape', 'Space', 'button'])
def test_the_robot_is_stopped_and_released(
    dashboard_robot: DashboardRobot, open_page: OpenPage, how: str
) -> None:
    page = open_page()
    if how == 'button':
        page.get_by_role('button', name='Emergency stop').click()
    else:
        page.keyboard.press(how)
    wait_until(lambda: dashboard_robot.is_stopped, 'the robot is stopped')
    page.get_by_role('alert').get_by_text('Nothing moves').wait_for()
    page.get_by_role('button', name='Release').click()
    wait_until(lambda: not dashboard_robot.is_stopped, 'the robot is released')
    page.locator('.banner-stopped').wait_for(state='detached')


def test_the_space_bar_writes_in_a_text_and_escape_stops_there_too(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    text = page.get_by_role('textbox', name='Write to the robot')
    text.press_sequentially('a b')
    assert text.input_value() == 'a b'
    assert not dashboard_robot.is_stopped
    text.press('Escape')
    wait_until(lambda: dashboard_robot.is_stopped, 'the robot is stopped')


def test_a_held_pad_does_not_move_a_stopped_robot(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    hold_pad(page, right=0.1, up=0.0)
    page.keyboard.press('Escape')
    wait_until(lambda: dashboard_robot.is_stopped, 'the robot is stopped')
    page.locator('.pad[data-held=false]').wait_for()
    page.mouse.up()


def test_the_page_outlives_the_bridge_and_says_what_is_out_of_date(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    page.locator('[data-panel=head][data-stale=false]').wait_for()
    page.locator('.stage[data-note=""]').wait_for()  # all meshes are there
    dashboard_robot.kill_bridge()
    page.locator('.connection[data-state=lost]').wait_for()
    page.locator('[data-panel=head][data-stale=true]').wait_for()
    page.get_by_role('button', name='Emergency stop').click()
    page.get_by_text('STOP NOT DELIVERED').wait_for()
    dashboard_robot.start_bridge()
    page.locator('.connection[data-state=connected]').wait_for()
    page.locator('[data-panel=head][data-stale=false]').wait_for()
    wait_until(lambda: dashboard_robot.is_stopped, 'the stop is delivered late')


def test_panels_of_parts_that_do_not_run_say_so(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_text('Not running: chat').wait_for()
    page.keyboard.press('2')
    page.locator('[data-panel=behaviors][data-absent=true]').wait_for()
    page.locator('[data-panel=models][data-absent=true]').wait_for()


def test_the_robot_is_drawn_from_its_description_with_all_meshes(open_page: OpenPage) -> None:
    page = open_page()
    page.locator('.stage[data-note=""] canvas').wait_for()
    assert page.locator('.stage-note').count() == 0


def test_charts_fill_and_models_count_down(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page()
    metrics = Metrics(
        processes=[ProcessMetrics(name='motion', pid=1, cpu=3.0, uss_mb=40.0)], cpu=9.0
    )
    model = ModelStatus(
        name='base', owner='hearing', state='ready', memory_mb=145.0, idle=20.0, idle_left=280.0
    )
    ends = [
        dashboard_robot.stream(Metrics, 'metrics', metrics),
        dashboard_robot.stream(ModelStatus, 'models/status', model),
    ]
    page.get_by_role('button', name='System').click()
    page.locator('.chart', has_text='Processor').wait_for()
    samples = page.locator('.chart', has_text='Processor')
    wait_until(lambda: int(samples.get_attribute('data-samples')) > 20, 'the chart fills')
    page.locator('[data-panel=processes] tbody tr', has_text='motion').wait_for()
    page.get_by_role('button', name='Mind').click()
    page.locator('.model', has_text='unloads in').get_by_text('145 MB').wait_for()
    page.get_by_role('button', name='Unload base').wait_for()
    for end in ends:
        end.set()


def test_settings_survive_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role('button', name='Settings').click()
    page.get_by_text('Français').click()
    page.get_by_text('Sombre').click()
    page.reload()
    page.locator('.connection[data-state=connected]').wait_for()
    page.get_by_role('heading', name='Ressentir').wait_for()
    assert page.evaluate('document.documentElement.dataset.theme') == 'dark'
    assert page.evaluate('document.documentElement.lang') == 'fr'


def test_on_a_phone_the_stop_is_in_sight_and_nothing_is_wider_than_the_screen(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page(**PHONE)
    for name in ('Robot', 'Mind', 'System'):
        page.get_by_role('button', name=name, exact=True).tap()
        assert page.evaluate('document.documentElement.scrollWidth') <= 390
    page.get_by_role('button', name='Robot', exact=True).tap()
    page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
    page.get_by_role('button', name='Emergency stop').tap()
    wait_until(lambda: dashboard_robot.is_stopped, 'the robot is stopped')


def test_another_bridge_and_namespace_can_be_given_in_the_address(
    dashboard_robot: DashboardRobot, open_page: OpenPage
) -> None:
    page = open_page(f'?ws=ws://localhost:{dashboard_robot.port}&ns=somebody/else')
    page.locator('[data-panel=head][data-absent=true]').wait_for()


def test_a_page_without_a_robot_says_how_to_start_one(open_page: OpenPage) -> None:
    page = open_page('?ws=ws://127.0.0.1:9', expect_connection=False)
    page.get_by_text('./bbia up').wait_for()
