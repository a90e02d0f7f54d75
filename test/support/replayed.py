"""A recorded run of a simulated robot, and the messages of a recording as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from geometry_msgs.msg import PoseStamped
from rclpy.serialization import deserialize_message

from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.recording.reader import messages
from support.domains import reserved_domain
from support.recorder import Recorder
from support.ros import StackProcess
from support.ros import probe
from support.simulator import Simulator
from support.simulator import errors
from support.simulator import head_pose

T = TypeVar('T')
_POSTURES = (head_pose(yaw=20, pitch=-8), head_pose(yaw=-15, pitch=8))
_ARRIVED_DEG = 0.3
_KEPT_POSES = 300


def recorded_run(file: Path, *ros_arguments: str) -> None:
    """Record a simulator and its state node while the head looks to its left, then to its right.

    It stays three seconds in each posture. Recorded is what is when nothing is said, but the camera
    sleeps; `ros_arguments` are for the nodes.
    """
    with (
        reserved_domain(),
        StackProcess('simulator_node', 'state_node', ros_arguments=ros_arguments) as process,
        probe() as made,
        Recorder('--output', str(file), '--exclude', 'camera/*') as recorder,
    ):
        simulator = Simulator(process, made)
        recorder.wait_for(file, '/robot_description', 1)
        for posture in _POSTURES:
            simulator.stream_until(
                lambda wanted=posture: errors(simulator.head, wanted)[1] < _ARRIVED_DEG,
                'the head has turned',
                head=posture,
            )
            count = len(recorded(file, PoseStamped, '/head_pose'))
            recorder.wait_for(file, '/head_pose', count + _KEPT_POSES)
        assert recorder.stop() == 0


def recorded(file: Path, message_type: type[T], topic: str) -> list[T]:
    """Return the messages of a topic, a full name, in the order in which they came."""
    contents = inspect(file)
    channels = [number for number, one in contents.channels.items() if one.topic == topic]
    return [
        deserialize_message(stored.data, message_type) for stored in messages(contents, channels)
    ]
