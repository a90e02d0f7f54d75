"""The node `behavior` with a simulated robot: who has the body, how behaviors end, what is told."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from action_msgs.srv import CancelGoal
from std_srvs.srv import Trigger

from bbia_msgs.action import GoTo
from bbia_msgs.msg import BehaviorStatus
from bbia_msgs.msg import Emotion
from bbia_msgs.srv import SetMotors
from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import CLOCK
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import seconds
from support.behaving import Behaving
from support.behaving import behaving
from support.domains import reserved_domain
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.motion import running_robot
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import head_pose
from support.simulator import target
from support.waiting import wait_until


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared node keeps things."""
    return tmp_path_factory.mktemp('behaving')


@pytest.fixture(scope='module')
def shared(robot: Robot, folder: Path) -> Iterator[Behaving]:
    """A behavior node that the tests of this file share."""
    with behaving(robot.probe, folder, hang_timeout=1.0) as made:
        made.wait_available('tilt')
        yield made


@pytest.fixture
def stage(shared: Behaving) -> Behaving:
    """The shared node, with no behavior running."""
    wait_until(lambda: shared.status.state == BehaviorStatus.STATE_IDLE, 'no behavior')
    return shared


def roll(robot: Robot) -> float:
    head = robot.simulator.head
    return math.atan2(head[2, 1], head[2, 2])


def yaw(robot: Robot) -> float:
    head = robot.simulator.head
    return math.atan2(head[1, 0], head[0, 0])


def test_a_behavior_moves_the_robot_and_tells_its_steps(robot: Robot, stage: Behaving) -> None:
    robot.straighten()
    goal = stage.begin('tilt', roll=0.3)
    status, result = goal.outcome()
    assert (status, result.success, result.message) == (SUCCEEDED, True, 'tilted by 0.3 rad')
    assert roll(robot) == pytest.approx(0.3, abs=0.03)
    assert robot.simulator.position('right_antenna') == pytest.approx(0.3, abs=0.1)
    wait_until(lambda: goal.feedback[-1].stage == 'done', 'the last step')
    assert {one.stage for one in goal.feedback} <= {'tilting', 'holding', 'done'}
    assert goal.feedback[0].stage == 'tilting'
    wait_until(lambda: stage.status.last_end == 'tilt: tilted by 0.3 rad', 'the end is told')
    assert stage.status.state == BehaviorStatus.STATE_IDLE


def test_the_list_says_what_each_needs_and_takes(stage: Behaving) -> None:
    listed = stage.listed()
    assert {'tilt', 'sway', 'urgent', 'sense'} <= set(listed)
    assert list(listed) == sorted(listed)
    tilt = listed['tilt']
    assert (tilt.description, tilt.priority) == ('Tilts its head and holds it.', 100)
    assert (list(tilt.requires), tilt.available, tilt.unavailable_reason) == (['motion'], True, '')
    assert '"maximum": 0.4' in tilt.parameters
    assert set(stage.listed('til')) == {'tilt'}


def test_cancelling_stops_the_motion_and_leaves_the_robot_still(
    robot: Robot, stage: Behaving
) -> None:
    robot.straighten()
    goal = stage.begin('sway')
    wait_until(lambda: yaw(robot) > 0.1, 'it sways')
    goal.cancel()
    status, result = goal.outcome()
    assert (status, result.success) == (CANCELED, False)
    wait_until(lambda: not robot.motion.status.active, 'nothing is in charge')
    assert robot.motion.status.last_end.startswith('go_to')
    assert stage.status.last_end.startswith('sway: ')


def test_a_higher_priority_preempts_and_the_other_resumes(robot: Robot, stage: Behaving) -> None:
    robot.straighten()
    swaying = stage.begin('sway')
    wait_until(lambda: yaw(robot) > 0.1, 'it sways')
    urgent = stage.begin('urgent', roll=0.2)
    wait_until(lambda: stage.status.name == 'urgent', 'the urgent one has the body')
    assert list(stage.status.queue) == ['sway']
    assert urgent.outcome()[1].success
    wait_until(lambda: stage.status.name == 'sway', 'the other goes on')
    assert not swaying.over
    wait_until(lambda: yaw(robot) > 0.1, 'it sways again')
    swaying.cancel()
    assert swaying.outcome()[0] == CANCELED


def test_one_of_the_same_priority_waits_for_its_turn(robot: Robot, stage: Behaving) -> None:
    robot.straighten()
    first = stage.begin('tilt', roll=0.2, seconds=0.5)
    second = stage.begin('tilt', roll=-0.2)
    wait_until(lambda: list(stage.status.queue) == ['tilt'], 'the second waits')
    assert first.outcome()[1].success
    assert second.outcome()[1].success
    assert roll(robot) == pytest.approx(-0.2, abs=0.03)


@pytest.mark.parametrize(
    ('name', 'parameters', 'reason'),
    [
        ('tillt', '', 'tilt'),
        ('tilt', '{"roll": 9.0}', 'roll'),
        ('tilt', '{"rolle": 0.1}', 'rolle'),
        ('tilt', '{"roll": NaN}', 'roll'),
        ('tilt', 'roll=1', 'JSON'),
        ('tilt', '[1]', 'object'),
    ],
)
def test_what_cannot_be_started_is_aborted_with_the_reason(
    stage: Behaving, name: str, parameters: str, reason: str
) -> None:
    status, result = stage.begin_with(name, parameters).outcome()
    assert (status, result.success) == (ABORTED, False)
    assert reason in result.message


def test_one_that_raises_or_loops_is_ended_and_the_next_one_runs(stage: Behaving) -> None:
    message = stage.refused('raise')
    assert 'ZeroDivisionError: division by zero' in message
    assert 'acted_behaviors.py:' in message
    loop = stage.begin('loop')
    assert loop.outcome()[0] == ABORTED
    assert stage.done('tilt').startswith('tilted')


def test_a_person_who_moves_the_robot_meanwhile_ends_the_behavior(
    robot: Robot, stage: Behaving
) -> None:
    robot.straighten()
    goal = stage.begin('sway')
    wait_until(lambda: yaw(robot) > 0.1, 'it sways')
    moved = robot.motion.send('go_to', GoTo.Goal(target=target(head=head_pose(yaw=-20.0))))
    _, result = goal.outcome()
    assert not result.success
    assert 'go_to' in result.message
    assert moved.outcome()[1].success
    assert yaw(robot) == pytest.approx(math.radians(-20.0), abs=0.03)


def test_with_the_motors_off_or_stopped_motion_is_refused_with_the_reason(
    robot: Robot, stage: Behaving
) -> None:
    made = robot.probe
    assert made.call(SetMotors, 'set_motors', SetMotors.Request(mode='off')).success
    try:
        wait_until(lambda: not stage.listed()['tilt'].available, 'motion is missed')
        assert 'motors are off' in stage.refused('tilt')
    finally:
        assert made.call(SetMotors, 'set_motors', SetMotors.Request(mode='on')).success
    stage.wait_available('tilt')
    goal = stage.begin('sway')
    wait_until(lambda: abs(yaw(robot)) > 0.1, 'it sways')
    assert made.call(Trigger, 'emergency_stop').success
    try:
        assert not goal.outcome()[1].success
        wait_until(lambda: not stage.listed()['tilt'].available, 'motion is missed')
        assert 'rearm' in stage.refused('tilt')
    finally:
        assert made.call(Trigger, 'rearm').success
    stage.wait_available('tilt')


def test_looking_emotions_and_moves_are_motion_too(robot: Robot, stage: Behaving) -> None:
    robot.straighten()
    assert stage.sensed('look') == 'None'
    assert yaw(robot) == pytest.approx(math.atan2(0.5, 1.0), abs=0.1)
    assert stage.sensed('emotion', text='happy') == 'None'
    assert 'unknown emotion' in stage.refused('sense', what='emotion', text='hungry')
    assert 'unknown move' in stage.refused('sense', what='move', text='no_such_move')


def test_the_mood_is_set(robot: Robot, stage: Behaving) -> None:
    moods = robot.probe.collect(Emotion, 'emotion', qos.LATCHED)
    assert stage.sensed('feel', text='happy') == 'None'
    wait_until(lambda: ('happy', 0.5) in [(one.name, one.intensity) for one in moods], 'the mood')


@pytest.mark.parametrize('succeeds', [True, False])
def test_a_mood_ends_with_a_course_that_does_not_come_to_its_end(
    robot: Robot, stage: Behaving, *, succeeds: bool
) -> None:
    begun = time.time()
    moods = robot.probe.collect(Emotion, 'emotion', qos.LATCHED)

    def names() -> list[str]:
        """Return the moods of this test: those of earlier ones are latched."""
        return [one.name for one in list(moods) if (seconds(one.header.stamp) or 0.0) >= begun]

    goal = stage.begin('sense', what='brood', text='sad', seconds=0.1 if succeeds else 60.0)
    wait_until(lambda: names() == ['sad'], 'the mood')
    if not succeeds:
        goal.cancel()
    assert goal.outcome()[1].success is succeeds
    assert stage.sensed('feel', text='curious') == 'None'
    wait_until(lambda: names()[-1] == 'curious', 'the next mood')
    assert names() == (['sad', 'curious'] if succeeds else ['sad', 'neutral', 'curious'])


def test_a_picture_of_the_camera_is_taken_and_saved(stage: Behaving, folder: Path) -> None:
    size = int(stage.sensed('photograph').split()[0])
    picture = folder / 'pictures' / 'picture.jpg'
    assert picture.stat().st_size == size
    shown = cv2.imread(str(picture))
    assert shown.shape == (480, 640, 3)
    assert shown.std() > 5.0


def test_ctrl_c_ends_the_behavior_with_a_result_and_the_robot_still(tmp_path: Path) -> None:
    with (
        reserved_domain(),
        running_robot() as robot,
        behaving(robot.probe, tmp_path) as own,
    ):
        own.wait_available('sway')
        goal = own.begin('sway')
        wait_until(lambda: yaw(robot) > 0.1, 'it sways')
        assert own.process.stop() == 0
        status, result = goal.outcome()
        assert (status, result.message) == (ABORTED, 'the node behavior ends')
        wait_until(lambda: not robot.motion.status.active, 'nothing is in charge')


def test_an_alarm_rings_when_its_time_comes_and_stops_when_all_goals_are_cancelled(
    stage: Behaving, folder: Path
) -> None:
    now = datetime.now(UTC)
    book = AlarmBook(folder / 'storage' / CLOCK / ALARMS_FILE)
    at = (now - timedelta(seconds=30)).time().replace(microsecond=0)
    book.add(at, 'UTC', now - timedelta(seconds=60), label='tea')
    wait_until(lambda: stage.status.name == 'alarm_ring', 'it rings')
    assert stage.status.priority == 200
    assert book.all() == ()
    assert stage.probe.call(CancelGoal, 'behave/_action/cancel_goal').goals_canceling
    wait_until(lambda: stage.status.state == BehaviorStatus.STATE_IDLE, 'it has stopped')
    assert stage.status.last_end.startswith('alarm_ring: ')


def test_a_node_whose_behaviors_nobody_directs_any_more_ends(
    ros_probe: Probe, tmp_path: Path
) -> None:
    with behaving(ros_probe, tmp_path) as own:
        own.begin('sense', what='sabotage', seconds=60.0)
        # Whoever watches the node starts it again.
        assert own.process.wait() == 1


def test_a_second_behavior_node_is_refused(stage: Behaving) -> None:
    del stage
    with StackProcess('behavior_node') as second:
        assert second.wait() == 2
        assert 'already runs' in second.output


def test_diagnostics_tell_what_runs(stage: Behaving) -> None:
    part = wait_until(lambda: stage.part('behaviors'), 'the part behaviors')
    assert part.level == b'\x00'
    library = wait_until(lambda: stage.part('library'), 'the part library')
    assert 'behaviors' in library.message


def test_without_motion_it_is_refused_with_what_to_do(ros_probe: Probe, tmp_path: Path) -> None:
    with behaving(ros_probe, tmp_path) as alone:
        listed = alone.listed()['tilt']
        assert not listed.available
        assert 'no motion_node runs' in listed.unavailable_reason
        assert 'no motion_node runs' in alone.refused('tilt')
        assert np.isfinite(alone.status.progress)
