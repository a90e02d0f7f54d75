"""Start everything but driver and camera, on a workstation.

`ros2 launch bbia_sim_ros mind.launch.py [argument:=value ...]`. How two computers find each other:
`docs/two_hosts.md`. The processes come from `bbia_sim_ros.stack`, which `./bbia up` reads too.
"""

from bbia_sim_ros.stack_argument_table import MIND
from bbia_sim_ros.stack_launch import launch_description
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return this part of the stack with its arguments."""
    return launch_description(MIND)
