"""Parameters of `motion_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class MotionParameters(Parameters):
    """Parameters of `motion_node`."""

    rate: float = parameter(
        100.0, 'Targets per second on body_target, Hz.', minimum=20.0, maximum=200.0, read_only=True
    )
    idle_rate: float = parameter(
        25.0,
        'Targets per second while nothing but slow idle motion moves the body, Hz; at most rate.',
        minimum=20.0,
        maximum=200.0,
        read_only=True,
    )
    status_rate: float = parameter(
        5.0, 'Least rate of motion/status, Hz.', minimum=0.1, maximum=50.0
    )
    head_velocity: float = parameter(
        0.2, 'Greatest velocity of the head along x, y, z, m/s.', minimum=0.001, maximum=1.0
    )
    head_acceleration: float = parameter(
        3.0, 'Greatest acceleration of the head along x, y, z, m/s2.', minimum=0.01, maximum=20.0
    )
    turn_velocity: float = parameter(
        4.0, 'Greatest velocity of roll, pitch and yaw, rad/s.', minimum=0.01, maximum=10.0
    )
    turn_acceleration: float = parameter(
        40.0, 'Greatest acceleration of roll, pitch and yaw, rad/s2.', minimum=0.1, maximum=200.0
    )
    antenna_velocity: float = parameter(
        7.0, 'Greatest velocity of the antennas, rad/s.', minimum=0.01, maximum=8.0
    )
    antenna_acceleration: float = parameter(
        100.0, 'Greatest acceleration of the antennas, rad/s2.', minimum=0.1, maximum=500.0
    )
    body_velocity: float = parameter(
        3.0, 'Greatest velocity of the body yaw, rad/s.', minimum=0.01, maximum=8.0
    )
    body_acceleration: float = parameter(
        30.0, 'Greatest acceleration of the body yaw, rad/s2.', minimum=0.1, maximum=200.0
    )
    default_speed: float = parameter(
        1.0,
        'Speed of a go_to that gives neither duration nor speed, rad/s.',
        minimum=0.05,
        maximum=8.0,
    )
    look_speed: float = parameter(
        2.0, 'Speed of a look_at that gives no duration, rad/s.', minimum=0.05, maximum=8.0
    )
    arrival_position: float = parameter(
        0.005,
        'Largest error of the head position with which go_to and look_at succeed, m.',
        minimum=0.0005,
        maximum=0.1,
    )
    arrival_angle: float = parameter(
        0.05,
        'Largest error of an angle with which go_to and look_at succeed, rad.',
        minimum=0.005,
        maximum=1.0,
    )
    playback_lead: float = parameter(
        0.012,
        'Seconds by which a recording is played early to make up for the delay of the servos; the'
        ' simulator has 0.012 on the wall clock and 0.02 on simulated time.',
        minimum=0.0,
        maximum=0.5,
    )
    stream_timeout: float = parameter(
        0.5,
        'Seconds of silence after which cmd_body or cmd_gaze is lost and the body holds.',
        minimum=0.05,
        maximum=10.0,
        read_only=True,
    )
    state_timeout: float = parameter(
        0.5,
        'Seconds without a measurement of the robot after which motion is suspended.',
        minimum=0.1,
        maximum=10.0,
    )
    idle: bool = parameter(True, 'Breathe in the mood of the present emotion when idle.')
    idle_delay: float = parameter(
        1.0, 'Seconds after the last move until idle motion comes up.', minimum=0.0, maximum=60.0
    )
    speech_wobble: bool = parameter(True, 'Sway the head to the sound of speech/output.')
    gaze_correction: bool = parameter(
        True, 'Keep facing the point of cmd_gaze while an emotion is played.'
    )
    move_folder: str = parameter(
        '',
        'Folder of your own moves, where record_move writes; empty: the user data folder.',
        read_only=True,
    )
    emotion_file: str = parameter(
        '', 'YAML file with emotions of your own, added to those of the package.', read_only=True
    )
    path_tolerance: float = parameter(
        0.0,
        'Largest error of a joint on a trajectory unless the goal says, rad; 0 does not check.',
        minimum=0.0,
        maximum=3.2,
    )
    goal_tolerance: float = parameter(
        0.02,
        'Largest error of a joint at the end of a trajectory unless the goal says, rad.',
        minimum=0.0,
        maximum=3.2,
    )
    stopped_velocity: float = parameter(
        0.01,
        'Joint velocity below which a trajectory counts as ended, rad/s; 0 does not check.',
        minimum=0.0,
        maximum=1.0,
    )
    max_record_duration: float = parameter(
        300.0, 'Longest recording of record_move, s.', minimum=1.0, maximum=600.0
    )

    def conflicts(self) -> Iterable[str]:
        """Return what the limits contradict."""
        try:
            self.limits()
        except ValueError as error:
            yield str(error)

    def limits(self) -> MotionLimits:
        """Return the limits of the motion core."""
        return MotionLimits(
            head_velocity_m_s=self.head_velocity,
            head_acceleration_m_s2=self.head_acceleration,
            turn_velocity_rad_s=self.turn_velocity,
            turn_acceleration_rad_s2=self.turn_acceleration,
            antenna_velocity_rad_s=self.antenna_velocity,
            antenna_acceleration_rad_s2=self.antenna_acceleration,
            body_velocity_rad_s=self.body_velocity,
            body_acceleration_rad_s2=self.body_acceleration,
        )
