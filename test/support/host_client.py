"""What a test does over DDS on a host of its own (`support/netns.py`), in a process of its own.

A process that has had a DDS participant cannot have one on another host: Fast DDS keeps the network
interfaces that it saw first. Each task ends with exit code 0, or with a traceback.

    python host_client.py move YAW_DEGREES    go to a head pose when the motion node is ready
    python host_client.py miss                wait until the motion node says that it has no robot
    python host_client.py listen COUNT        wait for that many joint states
    python host_client.py look                wait for the mind, say `ready`; print all nodes but
                                              hidden ones when
                                              standard input closes
"""

import sys

from sensor_msgs.msg import JointState

from support.motion import SUCCEEDED
from support.motion import Motion
from support.ros import Probe
from support.ros import probe
from support.simulator import head_pose
from support.waiting import wait_until


def move(client: Probe, yaw_degrees: str) -> None:
    motion = Motion(client)
    motion.wait_ready()
    status, result = motion.go_to(head=head_pose(yaw=float(yaw_degrees))).outcome()
    assert status == SUCCEEDED, result.message


def miss(client: Probe) -> None:
    motion = Motion(client)
    wait_until(lambda: motion.statuses and motion.status.detail, 'the mind misses its robot')


def listen(client: Probe, count: str) -> None:
    states = client.collect(JointState, 'joint_states')
    wait_until(lambda: len(states) >= int(count), f'{count} joint states')


def look(client: Probe) -> None:
    wait_until(lambda: {'motion', 'state'} <= set(client.node.get_node_names()), 'the mind')
    print('ready', flush=True)
    sys.stdin.read()
    print(*(name for name in client.node.get_node_names() if not name.startswith('_')))


if __name__ == '__main__':
    task, *arguments = sys.argv[1:]
    with probe() as made:
        {'move': move, 'miss': miss, 'listen': listen, 'look': look}[task](made, *arguments)
