"""What the robot sees, in a real Chromium: two faces in the simulated scene, found and followed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import Point
from vision_msgs.msg import Detection2D
from vision_msgs.msg import Detection2DArray
from vision_msgs.msg import ObjectHypothesisWithPose
from web.conftest import PHONE
from web.conftest import OpenPage

from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_msgs.srv import SetPaths
from bbia_sim_ros.robot.names import FloatArray
from support.dashboard import DashboardRobot
from support.domains import reserved_domain
from support.eyes import SIGHT_DEADLINE_S
from support.eyes import Eyes
from support.eyes import eyes
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import facing_robot
from support.face_scene import paths_request
from support.motion import Robot
from support.motion import running_robot
from support.waiting import wait_until

SIGHT = ('faces', 'people', 'objects', 'hands', 'body', 'annotated/compressed')
BEARING_DEG = 20.0
RANGE_M = 0.8
# A question waits for models to be loaded, and looks for as long again.
ANSWER_MS = 2 * SIGHT_DEADLINE_S * 1000
HAS_PICTURE = """canvas => canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0)"""


@dataclass
class Room:
    """A robot in a room with two faces, and a page that shows it."""

    robot: Robot
    dashboard: DashboardRobot

    def put(self, first: FloatArray, second: FloatArray = OUT_OF_SIGHT) -> None:
        """Put the faces at poses (4, 4) in base_link."""
        request = paths_request((0.0,), {'panel_1': [first], 'panel_2': [second]})
        answer = self.robot.simulator.probe.call(SetPaths, 'simulator/set_paths', request)
        assert answer.success, answer.message

    def is_looked_for(self) -> bool:
        """Whether anybody makes the robot look for something."""
        node = self.robot.simulator.probe.node
        return any(node.count_subscribers(f'vision/{name}') > 0 for name in SIGHT)


@pytest.fixture(scope='module')
def shared(browser: Any, dist: Path) -> Iterator[Room]:
    del browser, dist
    with (
        reserved_domain(),
        running_robot(scene='people', idle='false') as robot,
        ExitStack() as cleanup,
    ):
        yield Room(robot, DashboardRobot(robot, cleanup))


@pytest.fixture(scope='module')
def dashboard_robot(shared: Room) -> DashboardRobot:
    return shared.dashboard


@pytest.fixture
def room(shared: Room) -> Room:
    """A face to the left, and the head straight ahead."""
    shared.put(at(BEARING_DEG))
    shared.dashboard.make_ready()
    return shared


@pytest.fixture
def someone(room: Room) -> Iterator[Eyes]:
    """A vision node that has not looked yet."""
    given = {'body_pose': False, 'hands': False, 'describe_timeout': SIGHT_DEADLINE_S}
    with eyes(room.robot.simulator.probe, **given) as seeing:
        yield seeing


def at(degrees: float) -> FloatArray:
    """Return the pose of a panel at a bearing from the robot's axis, positive left."""
    angle = math.radians(degrees)
    return facing_robot(RANGE_M * math.cos(angle), RANGE_M * math.sin(angle), 0.23)


def open_sight(open_page: OpenPage, **options: Any) -> Any:
    """Open the view with camera and people; a model may have to be loaded."""
    page = open_page(**options)
    page.set_default_timeout(SIGHT_DEADLINE_S * 1000)
    page.get_by_role('button', name='Mind', exact=True).click()
    return page


def choose(page: Any, picture: str) -> None:
    page.get_by_role('radio', name=picture).check(force=True)


def wait_picture(page: Any) -> Any:
    """Wait until the camera panel shows a picture and return its canvas."""
    canvas = page.locator('canvas.camera')
    wait_until(lambda: canvas.evaluate(HAS_PICTURE), 'the picture is there', SIGHT_DEADLINE_S)
    return canvas


def test_a_page_with_its_camera_on_has_nothing_looked_for(
    room: Room, someone: Eyes, open_page: OpenPage
) -> None:
    page = open_page()
    wait_picture(page)
    page.get_by_role('button', name='Mind', exact=True).click()
    wait_picture(page)
    page.get_by_text('Nobody is looked for').wait_for()
    someone.wait_report('detectors', lambda one: 'nothing' in one.message, 'nothing is looked for')
    assert not room.is_looked_for()
    assert someone.workers == []


def test_what_it_sees_is_chosen_kept_and_given_up(
    room: Room, someone: Eyes, open_page: OpenPage
) -> None:
    page = open_sight(open_page)
    choose(page, 'What it sees')
    page.get_by_role('status').get_by_text('One person in sight.').wait_for()
    wait_picture(page)
    page.locator('[data-person]').wait_for()
    page.keyboard.press('1')
    page.locator('.view-robot').get_by_text('One person in sight.').wait_for()
    page.reload()
    page.get_by_role('radio', name='What it sees', checked=True).wait_for()
    page.get_by_role('status').get_by_text('One person in sight.').wait_for()
    choose(page, 'Camera')
    wait_until(lambda: not room.is_looked_for(), 'nobody wants to see it any more')
    wait_picture(page)
    assert someone.process.process.poll() is None


@pytest.mark.parametrize('picture', ['Camera', 'What it sees'])
def test_a_click_into_either_picture_looks_there(
    room: Room, someone: Eyes, open_page: OpenPage, picture: str
) -> None:
    del someone
    page = open_sight(open_page)
    choose(page, picture)
    canvas = wait_picture(page)
    box = canvas.bounding_box()
    canvas.click(position={'x': box['width'] / 4, 'y': box['height'] / 2})
    wait_until(lambda: room.dashboard.yaw > math.radians(8), 'the head looks to its left')


def test_somebody_in_sight_has_a_place_and_is_looked_at_and_followed(
    room: Room, someone: Eyes, open_page: OpenPage
) -> None:
    del someone
    page = open_sight(open_page)
    page.get_by_role('switch', name='Watch').check()
    row = page.locator('[data-person]')
    place = row.locator('.person-place').inner_text()
    told = re.search(r'(\d\.\d+) ± (\d\.\d+) m away · (\d+)° to its left', place)
    assert told is not None, place
    assert abs(float(told[3]) - BEARING_DEG) <= 2
    assert abs(float(told[1]) / RANGE_M - 1) <= 0.2
    row.get_by_role('button', name='Look at person').click()
    towards = math.radians(BEARING_DEG - 5)
    wait_until(lambda: room.dashboard.yaw > towards, 'the head looks at the face')

    row.get_by_role('button', name='Follow person').click()
    page.locator('.follow-line[data-state=following]').get_by_text('Follows person').wait_for()
    page.get_by_text('off the middle of the picture').wait_for()
    room.put(at(BEARING_DEG - 10))
    wait_until(lambda: room.dashboard.yaw < towards, 'the head follows the face')
    page.get_by_role('button', name='Stop following').click()
    page.locator('.follow-line').wait_for(state='detached')
    page.get_by_role('switch', name='Watch').uncheck()
    wait_until(lambda: not room.is_looked_for(), 'nobody wants to see it any more')
    assert page.locator('.notice').count() == 0


def test_the_nearest_is_followed_without_watching_and_searched_for_when_gone(
    room: Room, someone: Eyes, open_page: OpenPage
) -> None:
    del someone
    page = open_sight(open_page)
    nearest = page.get_by_role('button', name='Follow the nearest')
    nearest.click()
    line = page.locator('.follow-line')
    page.locator('.follow-line[data-state=following]').wait_for()
    assert nearest.get_attribute('aria-pressed') == 'true'
    room.put(OUT_OF_SIGHT)
    line.get_by_text(re.compile('Lost .*: (waits|looks around)')).wait_for()
    line.get_by_text('not in sight').wait_for()


def test_the_question_what_it_sees_is_answered_in_words(
    room: Room, someone: Eyes, open_page: OpenPage
) -> None:
    del room, someone
    page = open_sight(open_page)
    told = page.locator('.described')

    def somebody_is_told() -> bool:
        page.get_by_role('button', name='What do you see?').click()
        told.locator('p').first.wait_for(timeout=ANSWER_MS)
        return re.search(r'\d+ degrees to the left', told.inner_text()) is not None

    # Whose pictures come seconds apart, the machine being busy, counts as nobody.
    wait_until(somebody_is_told, 'where the face is', 2 * SIGHT_DEADLINE_S)
    page.get_by_role('checkbox', name='Ask the image model too').check()
    page.get_by_role('textbox', name='Question').fill('Is it warm?')
    page.keyboard.press('Enter')
    told.get_by_text('no caption: no model: give caption_model').wait_for()


def test_measures_of_people_and_objects_are_shown_where_there_are_any(
    room: Room, open_page: OpenPage
) -> None:
    face = {'visible': True, 'distance': -1.0, 'position': Point(x=1.0395, y=-1.0, z=0.0525)}
    plain = Person(id='1', smile=-1.0, mouth_open=-1.0, **face)
    lively = Person(id='2', smile=0.83, mouth_open=0.7, has_gaze=True, gesture='thumbs_up', **face)
    away = Person(id='3', smile=-1.0, mouth_open=-1.0, has_gaze=True, gaze_yaw=0.5, **face)
    cup = ObjectHypothesisWithPose()
    cup.hypothesis.class_id, cup.hypothesis.score = 'color_red', 0.91
    ends = [
        room.dashboard.stream(
            PersonArray, 'vision/people', PersonArray(people=[plain, lively, away])
        ),
        room.dashboard.stream(
            Detection2DArray,
            'vision/objects',
            Detection2DArray(detections=[Detection2D(results=[cup])]),
        ),
    ]
    page = open_sight(open_page, **PHONE)
    page.get_by_role('switch', name='Watch').check()
    row = page.locator('[data-person="2"]')
    for text in ('Smile 83 %', 'Mouth open', 'Looks at the robot', 'Thumb up'):
        row.get_by_text(text).wait_for()
    page.locator('[data-person="3"]').get_by_text('Looks 29° to its left').wait_for()
    first = page.locator('[data-person="1"]')
    assert first.locator('.chip').count() == 0
    assert first.locator('.person-place').inner_text() == '45° to its right, level'
    page.get_by_text('color red 91 %').wait_for()
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    for end in ends:
        end.set()
