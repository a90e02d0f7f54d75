"""The stack's table as launch_ros actions; the launch files hold nothing of their own.

Written for launch_ros of ROS 2 Kilted; the only module besides the launch files that imports it.
"""

from __future__ import annotations

from launch.actions import DeclareLaunchArgument
from launch.actions import SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from bbia_sim_ros import stack
from bbia_sim_ros.stack_arguments import ARGUMENTS
from launch import LaunchContext
from launch import LaunchDescriptionEntity


def declared_arguments() -> list[LaunchDescriptionEntity]:
    """Return every launch argument of the stack with its description and choices."""
    return [
        DeclareLaunchArgument(
            argument.name,
            default_value=argument.default,
            description=argument.description,
            choices=list(argument.choices) or None,
        )
        for argument in ARGUMENTS
    ]


def stack_actions(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return environment and processes for the values that the launch arguments have."""
    values = {
        argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS
    }
    environment: list[LaunchDescriptionEntity] = [
        SetEnvironmentVariable(name, value)
        for name, value in stack.environment(context.environment).items()
    ]
    return environment + [_node(process) for process in stack.plan(values)]


def _node(process: stack.Process) -> Node:
    return Node(
        package=process.package,
        executable=process.executable,
        arguments=[*process.nodes, *process.options],
        ros_arguments=list(process.ros_arguments),
        output='screen',
        respawn=process.respawn,
        respawn_delay=process.respawn_delay_s,
        respawn_max_retries=process.max_restarts,
    )
