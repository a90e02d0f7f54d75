"""Goals for the motion node, and everything that it publishes, seen over DDS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Time
from control_msgs.action import FollowJointTrajectory
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from bbia_msgs.action import GoTo
from bbia_msgs.action import LookAt
from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import PlayMove
from bbia_msgs.action import RecordMove
from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import MotionStatus
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from bbia_sim_ros.robot.poses import pose_from_message
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.ros import wait_until
from support.simulator import Simulator
from support.simulator import errors
from support.simulator import pose_of
from support.simulator import target

_ATTEMPTS = 3
_ANSWER_DEADLINE_S = 5.0
SUCCEEDED = GoalStatus.STATUS_SUCCEEDED
CANCELED = GoalStatus.STATUS_CANCELED
ABORTED = GoalStatus.STATUS_ABORTED
ACTIONS = {
    'go_to': GoTo,
    'look_at': LookAt,
    'play_emotion': PlayEmotion,
    'play_move': PlayMove,
    'record_move': RecordMove,
    'head_controller/follow_joint_trajectory': FollowJointTrajectory,
}


class Goal:
    """A goal that was accepted."""

    def __init__(self, name: str, handle: Any, feedback: list[Any]) -> None:
        self.feedback = feedback
        self._name = name
        self._handle = handle
        self._result = handle.get_result_async()

    @property
    def over(self) -> bool:
        """Whether the result is here."""
        return bool(self._result.done())

    def cancel(self) -> None:
        """Ask for the end, and wait until the server has heard it."""
        answer = self._handle.cancel_goal_async()
        wait_until(answer.done, f'the answer to cancelling {self._name}')

    def outcome(self, deadline_s: float = 20.0) -> tuple[int, Any]:
        """Return the final status and the result."""
        wait_until(lambda: self.over, f'the result of {self._name}', deadline_s)
        response = self._result.result()
        return response.status, response.result


class Motion:
    """A running motion node; ready when it can be asked for motion."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.statuses = probe.collect(MotionStatus, 'motion/status', qos.LATCHED)
        self.targets = probe.collect(BodyTarget, 'body_target', qos.STREAM)
        self._clients = {
            name: probe.make(partial(ActionClient, action_type=action, action_name=name))
            for name, action in ACTIONS.items()
        }

    @property
    def status(self) -> MotionStatus:
        """The newest status."""
        return self.statuses[-1]

    def wait_ready(self) -> None:
        """Wait until the safe start is over."""
        wait_until(
            lambda: self.statuses and not self.status.detail and not self.status.active,
            'motion is ready',
        )

    def wait_active(self, source: str) -> None:
        """Wait until a move or stream is in charge."""
        wait_until(lambda: self.status.active == source, f'{source} is in charge')

    def send(self, name: str, goal: Any) -> Goal:
        """Send a goal and return it when it was accepted."""
        client = self._clients[name]
        wait_until(client.server_is_ready, f'the action {name}')
        feedback: list[Any] = []
        # A client that has just come may lose its first answer: the server knows it too late.
        for _ in range(_ATTEMPTS):
            sent = client.send_goal_async(
                goal, feedback_callback=lambda message: feedback.append(message.feedback)
            )
            try:
                wait_until(sent.done, f'{name} is answered', _ANSWER_DEADLINE_S)
            except AssertionError:
                continue
            handle = sent.result()
            assert handle.accepted
            return Goal(name, handle, feedback)
        raise AssertionError(f'{name} was not answered')

    def go_to(
        self,
        *,
        duration: float = 0.5,
        interpolation: str = '',
        speed: float = 0.0,
        priority: int = 0,
        **fields: Any,
    ) -> Goal:
        """Send a go_to; the fields are those of `support.simulator.target`."""
        return self.send(
            'go_to',
            GoTo.Goal(
                target=target(**fields),
                duration=duration,
                interpolation=interpolation,
                speed=speed,
                priority=priority,
            ),
        )

    def play_emotion(self, name: str, intensity: float = 1.0, priority: int = 0) -> Goal:
        """Send a play_emotion."""
        return self.send(
            'play_emotion', PlayEmotion.Goal(name=name, intensity=intensity, priority=priority)
        )

    def play_move(self, name: str) -> Goal:
        """Send a play_move."""
        return self.send('play_move', PlayMove.Goal(name=name))


class Robot:
    """A simulator and a motion node in processes of their own, and a probe that talks to both."""

    def __init__(self, simulator: Simulator, process: StackProcess) -> None:
        self.simulator = simulator
        self.process = process
        self.probe = simulator.probe
        self.motion = Motion(self.probe)

    def at_rest_at(self, what: str, **fields: Any) -> None:
        """Go somewhere and fail if it is not reached; the fields are those of `Motion.go_to`."""
        status, result = self.motion.go_to(**fields).outcome()
        assert status == SUCCEEDED, f'{what}: {result.message}'

    def straighten(self) -> None:
        """Wait until nothing moves the body, and bring it to the neutral posture if it is not.

        Commands of somebody who has just left may still arrive: then it is tried again.
        """
        for _ in range(_ATTEMPTS):
            self.motion.wait_ready()
            if self._is_straight():
                return
            self.motion.go_to(
                head=np.eye(4), antennas=NEUTRAL_ANTENNAS_RAD, body_yaw=0.0, duration=0.4
            ).outcome()
        assert self._is_straight(), (
            f'the robot does not come to its neutral posture: {self._off_neutral()} rad and degrees'
            f' off; {self.motion.status}'
        )

    def _is_straight(self) -> bool:
        # Its antennas move by 3 degrees then (config/emotions.yaml).
        breath = math.radians(3.0) if 'breathing' in self.motion.status.layers else 0.0
        joints, head = self._off_neutral()
        return joints <= 0.02 + breath and head <= 1.0

    def _off_neutral(self) -> tuple[float, float]:
        """Return how far antennas and body are off neutral at most, rad, and the head, degrees."""
        neutral = {
            'right_antenna': NEUTRAL_ANTENNAS_RAD[0],
            'left_antenna': NEUTRAL_ANTENNAS_RAD[1],
            'yaw_body': 0.0,
        }
        joints = max(abs(self.simulator.position(name) - angle) for name, angle in neutral.items())
        return joints, errors(self.simulator.head, np.eye(4))[1]

    def set_parameters(self, node: str, **values: object) -> str:
        """Set parameters of a node; return '' or the reason of the first refusal."""
        parameters = [Parameter(name, value=value) for name, value in values.items()]
        answer = self.probe.call(
            SetParameters,
            f'{node}/set_parameters',
            SetParameters.Request(parameters=[item.to_parameter_msg() for item in parameters]),
        )
        return next((result.reason for result in answer.results if not result.successful), '')

    def call(self, service: str) -> None:
        """Call a service of type std_srvs/Trigger and fail if it does not succeed."""
        assert self.probe.call(Trigger, service).success


@contextmanager
def running_robot(
    *, speed: float = 1.0, scene: str = 'empty', **parameters: object
) -> Iterator[Robot]:
    """Return a robot that is ready to move; at another speed the simulator is its clock.

    The parameters are those of the motion node.
    """
    simulated = () if speed == 1.0 else ('-p', f'speed:={speed}', '-p', 'publish_clock:=true')
    arguments = [f'{name}:={value}' for name, value in parameters.items()]
    if simulated:
        arguments.append('use_sim_time:=true')
    split = tuple(part for argument in arguments for part in ('-p', argument))
    with (
        StackProcess(
            'simulator_node', ros_arguments=(*simulated, '-p', f'scene:={scene}')
        ) as simulator,
        StackProcess('motion_node', ros_arguments=split) as process,
        probe() as made,
    ):
        robot = Robot(Simulator(simulator, made), process)
        robot.motion.wait_ready()
        yield robot


def body_of(message: BodyTarget) -> np.ndarray:
    """Return a whole-body target as a body vector (9,)."""
    p, q = message.head.position, message.head.orientation
    pose = pose_from_message((p.x, p.y, p.z), (q.x, q.y, q.z, q.w), message.header.frame_id)
    return BodyState.from_parts(
        head_pose=pose,
        antennas=(message.right_antenna, message.left_antenna),
        body_yaw=message.body_yaw,
    ).values


def series(messages: list[BodyTarget]) -> tuple[np.ndarray, np.ndarray]:
    """Return the stamps (n,) in s and the body vectors (n, 9) of targets."""
    times = np.array([seconds(message.header.stamp) or 0.0 for message in messages])
    return times, np.array([body_of(message) for message in messages])


def measured_series(simulator: Simulator, since: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the stamps (n,) in s and the measured body vectors (n, 9), from a head pose on."""
    joints = {_key(message.header.stamp): message.position for message in simulator.joint_states}
    times, values = [], []
    for message in simulator.head_poses[since:]:
        positions = joints.get(_key(message.header.stamp))
        if positions is None:
            continue
        body = BodyState.from_parts(
            head_pose=pose_of(message), antennas=positions[7:9], body_yaw=positions[0]
        )
        times.append(seconds(message.header.stamp) or 0.0)
        values.append(body.values)
    return np.array(times), np.array(values)


def _key(stamp: Time) -> tuple[int, int]:
    return stamp.sec, stamp.nanosec
