"""A simulator process seen through the contract's topics."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import pose_message
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import pose_from_message
from bbia_sim_ros.robot.poses import vector_from_rotation
from bbia_sim_ros.simulation.parameters import SimulatorParameters
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

STEP_S = SimulatorParameters().timestep


class Simulator:
    """What a test sees of a simulator; ready when the first status has come."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.statuses = probe.collect(RobotStatus, 'robot_status', qos.LATCHED)
        self.joint_states = probe.collect(JointState, 'joint_states')
        self.head_poses = probe.collect(PoseStamped, 'head_pose')
        wait_until(self._ready, f'the simulator is up; it says:\n{process.output}')
        self.targets = probe.publisher(BodyTarget, 'body_target')

    def _ready(self) -> bool:
        if self.process.process.poll() is not None:
            raise AssertionError(f'the simulator ended:\n{self.process.output}')
        return bool(self.statuses)

    @property
    def status(self) -> RobotStatus:
        """The newest status."""
        return self.statuses[-1]

    @property
    def head(self) -> np.ndarray:
        """The newest measured head pose, (4, 4)."""
        return pose_of(wait_until(lambda: self.head_poses, 'a head pose')[-1])

    def position(self, joint: str) -> float:
        """The newest position of a joint, rad."""
        message = wait_until(lambda: self.joint_states, 'a joint state')[-1]
        return float(message.position[list(message.name).index(joint)])

    def simulated_s(self, stamps: Sequence[float]) -> np.ndarray:
        """Return the simulated time (n,), s, at stamps of wall time, s.

        It falls behind where the computer is too slow. The time step is the usual one.
        """
        known = [
            (seconds(status.header.stamp) or 0.0, status.steps * STEP_S) for status in self.statuses
        ]
        wall, simulated = zip(*known, strict=True)
        return np.interp(stamps, wall, simulated)

    def send(self, **fields: Any) -> None:
        """Publish a target once, in head_neutral unless said otherwise."""
        self.targets.publish(target(**fields))

    def stream_until(
        self, condition: Callable[[], Any], what: str, deadline_s: float = 20.0, **fields: Any
    ) -> None:
        """Publish the same target again and again until a condition holds."""

        def publish_and_look() -> Any:
            self.send(**fields)
            return condition()

        wait_until(publish_and_look, what, deadline_s)

    def wait_status(self, condition: Callable[[RobotStatus], Any], what: str) -> RobotStatus:
        """Return the first status, from now on or the newest one, that meets a condition."""
        wait_until(lambda: condition(self.status), f'{what}; the status is {self.status}')
        return self.status

    def wait_accepted(self, count: int) -> None:
        """Wait until the simulator has taken this many commands since its start."""
        self.wait_status(lambda now: now.commands_accepted >= count, f'{count} commands taken')

    def at_rest(self, poses: int = 10, tolerance_m: float = 1e-5) -> bool:
        """Whether the head has not moved during the last measurements."""
        if len(self.head_poses) < poses:
            return False
        places = np.array([pose_of(message)[:3, :3] for message in self.head_poses[-poses:]])
        return float(np.ptp(places, axis=0).max()) < tolerance_m


def target(
    *,
    head: np.ndarray | None = None,
    antennas: tuple[float, float] | None = None,
    body_yaw: float | None = None,
    frame: str = 'head_neutral',
    stamp_s: float | None = None,
) -> BodyTarget:
    """Return a target; `antennas` are (right, left)."""
    message = BodyTarget()
    message.header.frame_id = frame
    if stamp_s is not None:
        message.header.stamp.sec = math.floor(stamp_s)
        message.header.stamp.nanosec = int((stamp_s % 1.0) * 1e9)
    if head is not None:
        message.has_head = True
        message.head = pose_message(head)
    if antennas is not None:
        message.has_antennas = True
        message.right_antenna, message.left_antenna = antennas
    if body_yaw is not None:
        message.has_body_yaw = True
        message.body_yaw = body_yaw
    return message


def head_pose(**degrees_and_mm: float) -> np.ndarray:
    """Return a head pose from x, y, z in mm and roll, pitch, yaw in degrees."""
    metres = {name: degrees_and_mm.get(name, 0.0) / 1000.0 for name in 'xyz'}
    angles = {
        name: math.radians(degrees_and_mm.get(name, 0.0)) for name in ('roll', 'pitch', 'yaw')
    }
    return pose_from_euler(**metres, **angles)


def pose_of(message: PoseStamped) -> np.ndarray:
    """Return a pose message as (4, 4)."""
    p, q = message.pose.position, message.pose.orientation
    return pose_from_message((p.x, p.y, p.z), (q.x, q.y, q.z, q.w), message.header.frame_id)


def errors(measured: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Return the distance in mm and the angle in degrees between two poses."""
    distance = float(np.linalg.norm(measured[:3, 3] - wanted[:3, 3])) * 1000.0
    turn = vector_from_rotation(wanted[:3, :3].T @ measured[:3, :3])
    return distance, math.degrees(float(np.linalg.norm(turn)))
