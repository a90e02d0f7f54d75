"""What the motion node knows of its robot, by `joint_states` alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.robot_listener import NOT_HEARD
from bbia_sim_ros.nodes.robot_listener import RobotListener
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.assets import prepare
from support.ros import Probe
from support.waiting import wait_until

SECOND = 10
TURNED = pose_from_euler(z=0.01, pitch=0.2, yaw=0.5)
BODY_YAW = 0.3
IMPOSSIBLE = (1.5, 1.5, -1.5, 1.5, -1.5, 1.5)


class Driver:
    """Publishes joint states, and waits until a listener has one."""

    def __init__(self, probe: Probe) -> None:
        self._kinematics = Kinematics(load_geometry(prepare().kinematics_data))
        self.listener = RobotListener(probe.node, self._kinematics)
        self._publisher = probe.node.create_publisher(JointState, 'joint_states', qos.STREAM)
        wait_until(self._publisher.get_subscription_count, 'the listener hears')

    def joints(self, head: FloatArray, body_yaw: float = 0.0) -> list[float]:
        """Return the positions of the actuated joints at a head pose."""
        return [body_yaw, *self._kinematics.inverse(head, body_yaw).tolist(), 0.1, -0.2]

    def say(self, positions: list[float], milliseconds: int, names: object = None) -> None:
        """Publish positions measured so many milliseconds after a second."""
        stamp = Time(sec=SECOND, nanosec=milliseconds * 1_000_000)
        names = list(ACTUATED_JOINTS) if names is None else names
        self._publisher.publish(
            JointState(header=Header(stamp=stamp), name=names, position=positions)
        )

    def heard(self, head: FloatArray) -> BodyState:
        """Wait until the head is known to be there, and return the posture."""

        def there() -> BodyState | None:
            measured = self.listener.measure()
            close = measured is not None and np.allclose(measured.body.head_pose, head, atol=1e-6)
            return measured.body if measured is not None and close else None

        return wait_until(there, 'the posture is known')


@pytest.fixture
def driver(ros_probe: Probe) -> Iterator[Driver]:
    made = Driver(ros_probe)
    yield made
    made.listener.close()


def test_the_heads_pose_is_that_of_the_joints(driver: Driver) -> None:
    assert driver.listener.measure() is None
    assert driver.listener.silence(1.0) == NOT_HEARD
    driver.say(driver.joints(TURNED, BODY_YAW), 0)
    body = driver.heard(TURNED)
    assert body.body_yaw == pytest.approx(BODY_YAW)
    assert body.antennas == pytest.approx((0.1, -0.2))


def test_where_the_head_was_between_two_measurements_is_known(driver: Driver) -> None:
    for milliseconds, yaw in ((0, 0.0), (10, 0.02), (20, 0.06)):
        driver.say(driver.joints(pose_from_euler(yaw=yaw)), milliseconds)
    driver.heard(pose_from_euler(yaw=0.06))
    for milliseconds, yaw in ((0, 0.0), (5, 0.01), (10, 0.02), (15, 0.04), (60, 0.06)):
        found = driver.listener.head_pose(SECOND + milliseconds / 1e3)
        assert found == pytest.approx(pose_from_euler(yaw=yaw), abs=1e-4)
    with pytest.raises(FrameError, match=r'1\.00 s before the newest, 0\.02 s are kept'):
        driver.listener.head_pose(SECOND + 0.02 - 1.0)
    with pytest.raises(FrameError, match='check the stamp and the clocks'):
        driver.listener.head_pose(SECOND + 1.0)


def test_stamps_that_go_back_begin_anew(driver: Driver) -> None:
    driver.say(driver.joints(np.eye(4)), 500)
    driver.heard(np.eye(4))
    driver.say(driver.joints(TURNED), 0)
    driver.heard(TURNED)
    with pytest.raises(FrameError, match=r'0\.00 s are kept'):
        driver.listener.head_pose(SECOND + 0.5)


@pytest.mark.parametrize(
    ('change', 'names', 'complaint'),
    [
        ({3: math.nan}, None, 'are not finite positions'),
        (dict(enumerate(IMPOSSIBLE, 1)), None, 'no upright head pose fits'),
        ({}, ['yaw_body'], 'it must begin with yaw_body, stewart_1'),
    ],
)
def test_what_is_of_no_use_changes_nothing_and_is_complained_of(
    driver: Driver,
    capfd: pytest.CaptureFixture[str],
    change: dict[int, float],
    names: object,
    complaint: str,
) -> None:
    good = driver.joints(TURNED)
    driver.say(good, 0)
    driver.heard(TURNED)
    bad = [change.get(index, value) for index, value in enumerate(good)]
    heard = ''

    def complained() -> bool:
        nonlocal heard
        driver.say(bad, 10, names)
        measured = driver.listener.measure()
        assert measured is not None
        assert measured.body.head_pose == pytest.approx(TURNED, abs=1e-6)
        heard += capfd.readouterr().err
        return complaint in heard

    wait_until(complained, 'the complaint')
    after = pose_from_euler(yaw=-0.2)
    driver.say(driver.joints(after), 20)
    driver.heard(after)


def test_joints_that_fit_no_pose_are_no_posture_and_for_long_as_good_as_silence(
    driver: Driver,
) -> None:
    driver.listener.status = RobotStatus()
    good = driver.joints(TURNED)
    driver.say(good, 0)
    driver.heard(TURNED)
    assert driver.listener.posture() is not None
    count = 0

    def misfits() -> bool:
        nonlocal count
        count += 1
        driver.say([good[0], *IMPOSSIBLE, *good[7:]], 10 * count)
        driver.listener.measure()
        return 'fit no pose of its head' in driver.listener.silence(0.1)

    wait_until(misfits, 'that is as good as silence')
    assert driver.listener.posture() is None
    driver.say(good, 10 * (count + 1))
    wait_until(driver.listener.posture, 'there is a posture again')
    assert driver.listener.silence(60.0) == ''


def test_an_observer_is_told_every_posture_once_until_it_is_dismissed(driver: Driver) -> None:
    told: list[float] = []
    driver.listener.observe(lambda body, _: told.append(body.body_yaw))
    turns = [0.01 * number for number in range(8)]
    for number, turn in enumerate(turns):
        driver.say(driver.joints(TURNED, turn), 10 * number)
    wait_until(lambda: driver.listener.measure() and len(told) == len(turns), 'all are told')
    assert told == pytest.approx(turns)
    driver.listener.observe(None)
    after = pose_from_euler(yaw=-0.2)
    driver.say(driver.joints(after), 500)
    driver.heard(after)
    assert len(told) == len(turns)
