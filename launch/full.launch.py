"""Start the whole stack: `ros2 launch bbia_sim_ros full.launch.py [argument:=value ...]`.

The processes come from `bbia_sim_ros.stack`, which `./bbia up` reads too.
"""

from launch.actions import OpaqueFunction

from bbia_sim_ros.stack_launch import declared_arguments
from bbia_sim_ros.stack_launch import stack_actions
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return the arguments of the stack and what they start."""
    return LaunchDescription([*declared_arguments(), OpaqueFunction(function=stack_actions)])
