"""With config/fastdds_local.xml a node listens on loopback alone, and is found on this computer."""

from __future__ import annotations

from pathlib import Path

import psutil
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

PROFILE = Path(__file__).resolve().parents[2] / 'config' / 'fastdds_local.xml'
DISCOVERY_GROUP = '239.255.0.1'


def test_its_sockets_are_on_loopback_and_others_of_this_computer_hear_it(ros_probe: Probe) -> None:
    variables = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT',
        'FASTDDS_DEFAULT_PROFILES_FILE': str(PROFILE),
    }
    with StackProcess('simulator_node', **variables) as robot:
        states: list[JointState] = []
        ros_probe.make(
            lambda node: node.create_subscription(
                JointState, 'joint_states', states.append, qos_profile_sensor_data
            )
        )
        wait_until(lambda: states, 'joint states')
        sockets = psutil.Process(robot.process.pid).net_connections(kind='udp')
        addresses = {socket.laddr.ip for socket in sockets}
        assert '127.0.0.1' in addresses
        assert addresses <= {'127.0.0.1', DISCOVERY_GROUP}
