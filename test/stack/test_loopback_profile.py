"""With a profile for one computer a node listens on loopback alone, and is found there."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

CONFIG = Path(__file__).resolve().parents[2] / 'config'
DISCOVERY_GROUP = '239.255.0.1'


@pytest.mark.parametrize('profile', ['fastdds_local.xml', 'fastdds_local_small.xml'])
def test_its_sockets_are_on_loopback_and_others_of_this_computer_hear_it(
    ros_probe: Probe, profile: str
) -> None:
    variables = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT',
        'FASTDDS_DEFAULT_PROFILES_FILE': str(CONFIG / profile),
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
