"""One body, one writer: the only publisher of `body_target`.

In: what the robot measures (`nodes/robot_listener.py`), streams, sound and mood
(`nodes/motion_inputs.py`), the actions (`nodes/motion_actions.py`, `nodes/record_action.py`,
`nodes/trajectory_action.py`). Out: `body_target` at `rate`, `motion/status`, and `emotion` when one
is played. Who moves the body and how is decided in `motion/mixer.py`; while nobody does, targets
go out at `idle_rate` (`motion/idle_pace.py`).

Threads: the executor's thread takes messages and serves actions, a planning thread plans goals,
and a control thread steps the mixer; they hold the lock of `nodes/motion_context.py` while they
touch the mixer. While nobody moves the body the control thread rests between two targets, and is
woken (`stirred`) when somebody does. With `use_sim_time` the motion pauses and runs with the
simulation.

Motion is suspended while the robot is stopped, has its motors off, is not connected, or is not
heard for `state_timeout`, and while somebody else publishes `body_target`; afterwards it begins
with a safe start from the measured posture. A restart never starts motion: when the robot was lost
and is heard again, or when this node was started again after a crash (`nodes/motion_memory.py`),
the posture that is found is held.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point
from geometry_msgs.msg import Pose
from geometry_msgs.msg import Quaternion
from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import Emotion
from bbia_msgs.msg import MotionStatus
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.motion.idle_pace import IdlePace
from bbia_sim_ros.motion.mixer_output import MixerOutput
from bbia_sim_ros.motion.parameters import MotionParameters
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.fixed_message import FixedMessage
from bbia_sim_ros.nodes.goals import GoalRunner
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.motion_actions import MotionActions
from bbia_sim_ros.nodes.motion_context import MotionContext
from bbia_sim_ros.nodes.motion_inputs import MotionInputs
from bbia_sim_ros.nodes.motion_memory import MotionMemory
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.points import PointResolver
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.record_action import RecordAction
from bbia_sim_ros.nodes.rival_watch import RivalWatch
from bbia_sim_ros.nodes.ros_pacer import RosPacer
from bbia_sim_ros.nodes.trajectory_action import TrajectoryAction
from bbia_sim_ros.pulses import PULSES
from bbia_sim_ros.robot.names import HEAD_NEUTRAL

_JOIN_TIMEOUT_S = 5.0
_CLOCK_WENT_BACK = 'the clock went back'


class MotionNode(Node):
    """The node `motion`; see the module's docstring."""

    def __init__(self, *, cli_args: list[str] | None = None) -> None:
        super().__init__('motion', cli_args=cli_args)
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        parameters = NodeParameters(self, MotionParameters, on_change=self._on_parameters)
        self.motion = context = MotionContext.load(self, parameters)
        self._cleanup.callback(context.robot.close)
        self._memory = MotionMemory(self)
        self._cleanup.callback(self._memory.close)
        self._holds = self._memory.found
        self._apply_layers(parameters.value)
        self._began = False
        self._status_due = 0.0
        self._published: tuple[object, ...] = ()
        self._target = FixedMessage(_whole_body, [7, 2, 1])
        self._targets = self.create_publisher(BodyTarget, 'body_target', qos.STREAM)
        self._statuses = self.create_publisher(MotionStatus, 'motion/status', qos.LATCHED)
        self._emotions = self.create_publisher(Emotion, 'emotion', qos.LATCHED)
        self._rival = RivalWatch(self)
        points = PointResolver(self, context.robot)
        if self._memory.emotion is not None:
            self._emotions.publish(self._memory.emotion)
        self._inputs = MotionInputs(context, points, self._memory)
        self._runner = GoalRunner(context, Poller(self))
        self._cleanup.callback(self._runner.close)
        for action in (
            MotionActions(context, self._runner, points, self._publish_emotion),
            TrajectoryAction(context, self._runner),
            RecordAction(context, self._runner),
        ):
            self._cleanup.callback(action.destroy)
        self._cleanup.callback(self._end_goals)
        self._pacer = RosPacer(self, 1.0 / parameters.value.rate)
        self._idle_pace = IdlePace(parameters.value.idle_rate)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._control, name='control', daemon=True)
        self._cleanup.callback(self._stop_control)
        self._thread.start()

    def _control(self) -> None:
        last = self.motion.clock.now
        with PULSES.watched(f'control of {self.get_fully_qualified_name()}') as pulse:
            while not self._stopping.is_set():
                self._pacer.wait()
                pulse.beat()
                self.motion.stirred.clear()
                with self.motion.lock:
                    if self._stopping.is_set():
                        return
                    last = self._step(last)
                    rest_s = self._rest_s()
                if rest_s > 0.0:
                    self.motion.stirred.wait(rest_s)

    def _step(self, last: float) -> float:
        """Step the mixer if it is due, and publish; return the time of its last step, s.

        The caller holds the lock.
        """
        now, wall, mixer = self.motion.clock.now, time.monotonic(), self.motion.mixer
        self._inputs.hear(now)
        if not self._idle_pace.is_due(mixer, now=now, wall=wall):
            return last
        if now < last:
            self.motion.robot.forget()
            mixer.suspend(_CLOCK_WENT_BACK)
        self._follow_robot()
        output = mixer.step(now - last, now=now, measure=self.motion.robot.measure)
        self._idle_pace.stepped(output, now=now, wall=wall)
        if output is not None and now > last:
            self._publish_target(output, now)
        self._publish_status(output, now)
        return now

    def _rest_s(self) -> float:
        """Return for how long there is nothing to do unless `stirred`; the caller holds the lock.

        None of simulated time, which runs as fast as it likes: there the pacer waits.
        """
        if self._inputs.expects_sound or is_simulated(self):
            return 0.0
        now, mixer = self.motion.clock.now, self.motion.mixer
        return self._idle_pace.rest_s(mixer, now=now, wall=time.monotonic())

    def _follow_robot(self) -> None:
        """Suspend or begin as the robot's state demands; the caller holds the lock."""
        robot = self.motion.robot
        timeout = self.motion.parameters.value.state_timeout
        obstacle = robot.obstacle(timeout) or self._rival.obstacle()
        if obstacle:
            if self.motion.mixer.suspended != obstacle:
                if self._began:
                    reset = self.motion.mixer.suspended == _CLOCK_WENT_BACK
                    self._holds = not reset and robot.is_lost(timeout)
                self.motion.mixer.suspend(obstacle)
        elif self.motion.mixer.suspended and (posture := robot.posture()) is not None:
            self.motion.mixer.begin(posture, hold=self._holds)
            self._began = True

    def _publish_target(self, output: MixerOutput, now: float) -> None:
        body, stamp = output.body, self.motion.clock.to_ros(now)
        right, left = body.antennas
        numbers = ((*body.position, *body.quaternion), (left, right), (body.body_yaw,))
        self._rival.sent(time_message(stamp))
        self._targets.publish(self._target.serialise(stamp, numbers))

    def _publish_status(self, output: MixerOutput | None, now: float) -> None:
        """Publish `motion/status` when it changed or is due; the caller holds the lock."""
        key: tuple[object, ...] = (self.motion.mixer.suspended, self.motion.mixer.last_end)
        if output is not None:
            key += (output.active, output.label, output.layers, output.clipped)
        wall = time.monotonic()
        if key == self._published and wall < self._status_due:
            return
        self._published = key
        self._status_due = wall + 1.0 / self.motion.parameters.value.status_rate
        message = MotionStatus(
            header=Header(stamp=self._stamp(now)),
            progress=-1.0,
            last_end=self.motion.mixer.last_end,
            detail=self.motion.mixer.suspended,
        )
        if output is not None:
            message.active, message.name = output.active, output.label
            message.progress, message.priority = output.progress, output.priority
            message.layers, message.clipped = list(output.layers), list(output.clipped)
        self._statuses.publish(message)

    def _stamp(self, now: float) -> Time:
        return time_message(self.motion.clock.to_ros(now))

    def _publish_emotion(self, name: str, intensity: float) -> None:
        """Tell everybody what is played; the idle motion follows by our own subscription."""
        header = Header(stamp=self._stamp(self.motion.clock.now))
        self._emotions.publish(Emotion(header=header, name=name, intensity=intensity))

    def _on_parameters(self, before: MotionParameters, after: MotionParameters) -> None:
        with self.motion.lock:
            self.motion.mixer.limits = after.limits()
            self.motion.mixer.idle_delay = after.idle_delay
            self._apply_layers(after)

    def _apply_layers(self, values: MotionParameters) -> None:
        layers = self.motion.mixer.layers
        layers.idle_enabled = values.idle
        layers.speech_enabled = values.speech_wobble
        layers.gaze_enabled = values.gaze_correction

    def destroy_node(self) -> None:
        """Stop the control thread, end every goal with a result, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _stop_control(self) -> None:
        self._stopping.set()
        self.motion.stirred.set()
        self._pacer.close()
        self._thread.join(_JOIN_TIMEOUT_S)

    def _end_goals(self) -> None:
        """Let the clients of running goals hear how they ended."""
        finish_goals(self, self._runner.end_all)


def _whole_body(stamp: Time, groups: Sequence[Sequence[float]]) -> BodyTarget:
    """Return a target of all parts: head as x, y, z and quaternion, antennas left, right, yaw."""
    (x, y, z, *quaternion), (left, right), (body_yaw,) = groups
    qx, qy, qz, qw = quaternion
    return BodyTarget(
        header=Header(stamp=stamp, frame_id=HEAD_NEUTRAL),
        has_head=True,
        head=Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw)),
        has_antennas=True,
        left_antenna=left,
        right_antenna=right,
        has_body_yaw=True,
        body_yaw=body_yaw,
    )


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['motion_node', *sys.argv[1:]])
