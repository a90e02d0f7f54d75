"""The whole loop of seeing: faces in the simulated scene, rendered, found, told and followed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from geometry_msgs.msg import PointStamped

from bbia_msgs.action import LookAt
from bbia_msgs.srv import SetPaths
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import FloatArray
from support.domains import reserved_domain
from support.eyes import Eyes
from support.eyes import eyes
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import SWING_DEG
from support.face_scene import SWING_S
from support.face_scene import degrees_between
from support.face_scene import degrees_off_axis
from support.face_scene import in_head_neutral
from support.face_scene import panel_at
from support.face_scene import paths_request
from support.face_scene import swing_bearing
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.motion import running_robot
from support.simulator import STEP_S
from support.simulator import pose_of
from support.waiting import wait_until

PEOPLE = 'vision/people'
SETTLE_SWINGS = 1
SWINGS = 5


@dataclass
class Room:
    """A robot that sees, in a room with two faces."""

    robot: Robot
    eyes: Eyes

    def put(self, first: FloatArray, second: FloatArray = OUT_OF_SIGHT) -> None:
        """Put the panels at poses (4, 4) in base_link."""
        self.lead((0.0,), [first], [second])

    def lead(
        self,
        times_s: tuple[float, ...],
        first: list[FloatArray],
        second: list[FloatArray],
        *,
        loop: bool = False,
    ) -> float:
        """Lead the panels along poses; return when that was asked, s."""
        request = paths_request(times_s, {'panel_1': first, 'panel_2': second}, loop=loop)
        asked = time.time()
        answer = self.eyes.probe.call(SetPaths, 'simulator/set_paths', request)
        assert answer.success, answer.message
        return asked


@pytest.fixture(scope='module')
def shared() -> Iterator[Room]:
    with (
        reserved_domain(),
        running_robot(scene='people', idle='false') as robot,
        eyes(robot.simulator.probe, transport='compressed') as someone,
    ):
        yield Room(robot, someone)


@pytest.fixture
def room(shared: Room) -> Iterator[Room]:
    """The same with nobody in sight and the head at rest."""
    shared.put(OUT_OF_SIGHT)
    shared.eyes.watch(PEOPLE)
    shared.eyes.until(PEOPLE, lambda one: not one.people, 'nobody is in sight')
    shared.robot.motion.send('look_at', LookAt.Goal(point=ahead())).outcome()
    yield shared
    shared.eyes.leave()


def ahead() -> PointStamped:
    point = PointStamped()
    point.header.frame_id = 'head_neutral'
    point.point.x, point.point.z = 1.0, 0.05
    return point


@pytest.mark.parametrize(
    ('degrees', 'range_m', 'height_m'),
    [(0.0, 0.7, 0.23), (20.0, 0.8, 0.3), (-25.0, 0.6, 0.15), (10.0, 1.3, 0.35)],
)
def test_direction_and_distance_of_a_face_are_those_of_the_scene(
    room: Room, degrees: float, range_m: float, height_m: float
) -> None:
    panel = panel_at(degrees, range_m=range_m, height_m=height_m)
    room.put(panel)
    room.eyes.until(PEOPLE, lambda one: any(p.visible for p in one.people), 'somebody')
    truth = in_head_neutral(panel)
    camera = room.robot.simulator.head @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME]
    for message in room.eyes.next(PEOPLE, 10)[5:]:
        (person,) = message.people
        place = np.array([person.position.x, person.position.y, person.position.z])
        wrong = degrees_between(place - camera[:3, 3], truth - camera[:3, 3])
        assert wrong <= 2.0
        assert person.distance == pytest.approx(
            float(np.linalg.norm(truth - camera[:3, 3])), rel=0.2
        )


def test_two_faces_keep_their_identities_when_they_cross(room: Room) -> None:
    near, far = {'range_m': 0.7}, {'range_m': 1.0, 'height_m': 0.28}
    room.put(panel_at(25.0, **near), panel_at(-25.0, **far))
    begun = room.eyes.until(
        PEOPLE, lambda one: sum(p.visible for p in one.people) == 2, 'both'
    ).people
    left = max(begun, key=lambda one: one.position.y).id
    right = min(begun, key=lambda one: one.position.y).id
    room.lead(
        (0.0, 3.0),
        [panel_at(25.0, **near), panel_at(-25.0, **near)],
        [panel_at(-25.0, **far), panel_at(25.0, **far)],
    )
    crossed = room.eyes.until(
        PEOPLE,
        lambda one: (
            len(one.people) == 2
            and all(p.visible for p in one.people)
            and any(p.id == right and p.position.y > 0.25 for p in one.people)
            and any(p.id == left and p.position.y < -0.15 for p in one.people)
        ),
        'both have crossed',
    ).people
    assert {one.id for one in crossed} == {left, right}


def test_a_face_that_moves_is_kept_near_the_middle_of_the_picture(room: Room) -> None:
    swing = [panel_at(SWING_DEG), panel_at(-SWING_DEG), panel_at(SWING_DEG)]
    hidden = [OUT_OF_SIGHT] * 3
    room.put(panel_at(SWING_DEG))
    goal = room.eyes.follow('face')
    wait_until(lambda: any(one.state == 'following' for one in goal.feedback), 'following')
    simulator = room.robot.simulator
    first, steps = len(simulator.head_poses), simulator.status.steps
    begun = room.lead((0.0, SWING_S, 2.0 * SWING_S), swing, hidden, loop=True)
    enough = steps + (SETTLE_SWINGS + SWINGS + 1) * SWING_S / STEP_S
    wait_until(lambda: simulator.status.steps > enough, 'it has swung', deadline_s=120.0)
    goal.cancel()
    status, _ = goal.outcome(60.0)
    assert status == CANCELED

    messages = simulator.head_poses[first:]
    stamps = [seconds(message.header.stamp) or 0.0 for message in messages]
    since_s = simulator.simulated_s(stamps) - simulator.simulated_s([begun])
    errors: dict[int, list[float]] = {}
    for message, since in zip(messages, since_s.tolist(), strict=True):
        error = degrees_off_axis(pose_of(message), panel_at(swing_bearing(since)))
        errors.setdefault(int(since // SWING_S), []).append(error)
    swings = [errors[number] for number in range(SETTLE_SWINGS, SETTLE_SWINGS + SWINGS)]
    assert min(map(len, swings)) > 100
    # Whatever else the machine does may spoil one swing or two.
    means = [np.mean(swing) for swing in swings]
    assert np.median(means) <= 5.0, f'means {np.round(means, 1)}'


def test_the_head_looks_at_the_frame_of_a_person(room: Room) -> None:
    panel = panel_at(25.0, height_m=0.3)
    room.put(panel)
    person = room.eyes.until(
        PEOPLE, lambda one: any(p.visible for p in one.people), 'somebody'
    ).people[0]
    point = PointStamped()
    point.header.frame_id = f'face_{person.id}'
    status, result = room.robot.motion.send('look_at', LookAt.Goal(point=point)).outcome()
    assert (status, result.success) == (SUCCEEDED, True), result.message
    assert degrees_off_axis(room.robot.simulator.head, panel) < 3.0


def test_a_lost_face_is_searched_for_and_the_head_returns_to_rest(room: Room) -> None:
    room.put(panel_at(20.0))
    goal = room.eyes.follow('face')
    wait_until(
        lambda: goal.feedback and 0.0 <= goal.feedback[-1].error < math.radians(5.0),
        'the face is in the middle',
    )
    room.put(OUT_OF_SIGHT)
    wait_until(lambda: goal.feedback[-1].state == 'searching', 'the search', deadline_s=20.0)
    _, result = goal.outcome(60.0)
    assert 'not found by searching' in result.message
    wait_until(
        lambda: degrees_between(room.robot.simulator.head[:3, 0], np.array([1.0, 0.0, 0.0])) < 5.0,
        'the head looks straight ahead',
    )
