"""Parameters of both robot drivers: rates, command roads and the limits of the safety gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter
from bbia_sim_ros.robot.driver import CommandSource
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class DriverParameters(Parameters):
    """Base of the parameters of `simulator_node` and `hardware_node`."""

    rate: float = parameter(
        100.0,
        'Control periods per second, and so the rate of joint_states and head_pose, Hz.',
        minimum=10.0,
        maximum=500.0,
        read_only=True,
    )
    status_rate: float = parameter(
        2.0,
        'Least rate of robot_status, Hz; a change of state is published at once besides.',
        minimum=0.1,
        maximum=50.0,
    )
    command_source: str = parameter(
        CommandSource.BODY_TARGET.value,
        'Command road that is obeyed; commands on the other one are refused.',
        choices=tuple(source.value for source in CommandSource),
    )
    command_timeout: float = parameter(
        0.5,
        'Seconds without a command after which the robot holds its last target.',
        minimum=0.05,
        maximum=60.0,
    )
    max_command_age: float = parameter(
        0.5,
        'Greatest age of a command stamp when it arrives, s; older commands are refused.',
        minimum=0.02,
        maximum=60.0,
    )
    body_follows_head: bool = parameter(
        True,
        'Turn the body just enough when a head target alone is out of its yaw range.',
    )
    body_velocity: float = parameter(
        4.0, 'Greatest velocity of yaw_body, rad/s.', minimum=0.01, maximum=8.0
    )
    body_acceleration: float = parameter(
        40.0, 'Greatest acceleration of yaw_body, rad/s2.', minimum=0.1, maximum=500.0
    )
    leg_velocity: float = parameter(
        8.0, 'Greatest velocity of stewart_1 to stewart_6, rad/s.', minimum=0.01, maximum=8.0
    )
    leg_acceleration: float = parameter(
        120.0,
        'Greatest acceleration of stewart_1 to stewart_6, rad/s2.',
        minimum=0.1,
        maximum=500.0,
    )
    antenna_velocity: float = parameter(
        8.0, 'Greatest velocity of the antennas, rad/s.', minimum=0.01, maximum=8.0
    )
    antenna_acceleration: float = parameter(
        120.0, 'Greatest acceleration of the antennas, rad/s2.', minimum=0.1, maximum=500.0
    )


def gate_limits(values: DriverParameters) -> GateLimits:
    """Return the gate's limits for a driver's parameters."""
    return GateLimits(
        leg_velocity=values.leg_velocity,
        leg_acceleration=values.leg_acceleration,
        body_velocity=values.body_velocity,
        body_acceleration=values.body_acceleration,
        antenna_velocity=values.antenna_velocity,
        antenna_acceleration=values.antenna_acceleration,
        max_command_age=values.max_command_age,
        command_timeout=values.command_timeout,
    )


def make_gate(kinematics_data: Path, values: DriverParameters) -> SafetyGate:
    """Return a gate for the robot whose official kinematics data lie at a path.

    Raises `bbia_sim_ros.robot.geometry.GeometryError` when they cannot be read.
    """
    kinematics = Kinematics(load_geometry(kinematics_data))
    return SafetyGate(
        kinematics,
        Workspace(kinematics),
        gate_limits(values),
        NEUTRAL_JOINTS_RAD,
        body_follows_head=values.body_follows_head,
    )
