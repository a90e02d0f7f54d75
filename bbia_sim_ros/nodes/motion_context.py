"""What the parts of the motion node share: the mixer, its lock, and what goals are planned with.

`lock` guards the mixer and its layers. Everything else here is immutable after the start, apart
from `parameters.value`, which is replaced as a whole, so any thread may read it. Whoever gives the
mixer something to do sets `stirred`, after that, so that the control thread does not rest.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from rclpy.node import Node

from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.library import MoveLibrary
from bbia_sim_ros.motion.library import user_move_folder
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.parameters import MotionParameters
from bbia_sim_ros.motion.reach import WorkspaceReach
from bbia_sim_ros.motion.streams import GazeStream
from bbia_sim_ros.motion.streams import TeleoperationStream
from bbia_sim_ros.nodes.clocks import MotionClock
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.robot_listener import RobotListener
from bbia_sim_ros.robot.fair_lock import FairLock
from bbia_sim_ros.robot.geometry import GeometryError
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.workspace import Workspace
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.errors import SimulationError
from bbia_sim_ros.stack import share_directory


@dataclass(frozen=True, eq=False, kw_only=True)
class MotionContext:
    """See the module's docstring."""

    node: Node
    clock: MotionClock
    parameters: NodeParameters[MotionParameters]
    robot: RobotListener
    lock: FairLock
    stirred: threading.Event
    mixer: MotionMixer
    kinematics: Kinematics
    reach: WorkspaceReach
    emotions: EmotionSet
    library: MoveLibrary
    move_folder: Path

    @classmethod
    def load(cls, node: Node, parameters: NodeParameters[MotionParameters]) -> MotionContext:
        """Read geometry, emotions and moves; raises `StartError` saying what cannot be read."""
        values = parameters.value
        config = share_directory() / 'config'
        files = [config / 'emotions.yaml']
        if values.emotion_file:
            files.append(Path(values.emotion_file).expanduser())
        try:
            kinematics = Kinematics(load_geometry(prepare().kinematics_data))
            emotions = EmotionSet.load(files)
        except (SimulationError, GeometryError, FileError) as error:
            raise StartError(str(error)) from error
        limits, reach = values.limits(), WorkspaceReach(Workspace(kinematics))
        timeout = values.stream_timeout
        mixer = MotionMixer(
            limits=limits,
            reach=reach,
            mood=emotions.get('neutral').mood,
            teleoperation=TeleoperationStream(limits=limits, reach=reach, timeout=timeout),
            gaze=GazeStream(limits=limits, reach=reach, timeout=timeout),
            idle_delay=values.idle_delay,
        )
        given = values.move_folder
        move_folder = Path(given).expanduser() if given else user_move_folder()
        return cls(
            node=node,
            clock=MotionClock(node),
            parameters=parameters,
            robot=RobotListener(node, kinematics),
            lock=FairLock(),
            stirred=threading.Event(),
            mixer=mixer,
            kinematics=kinematics,
            reach=reach,
            emotions=emotions,
            library=MoveLibrary([move_folder, config / 'moves']),
            move_folder=move_folder,
        )

    @property
    def limits(self) -> MotionLimits:
        """The present limits of velocity and acceleration."""
        return self.parameters.value.limits()
