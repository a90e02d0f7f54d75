"""Start the whole stack.

`ros2 launch bbia_sim_ros full.launch.py [argument:=value ...]`. The processes come from
`bbia_sim_ros.stack`, which `./bbia up` reads too.
"""

from bbia_sim_ros.stack_argument_table import FULL
from bbia_sim_ros.stack_launch import launch_description
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return this part of the stack with its arguments."""
    return launch_description(FULL)
