"""The stack's table as launch_ros actions; the launch files hold nothing of their own.

Written for launch_ros of ROS 2 Kilted; the only module besides the launch files that imports it.
"""

from __future__ import annotations

from functools import partial

from launch.actions import DeclareLaunchArgument
from launch.actions import OpaqueFunction
from launch.actions import SetEnvironmentVariable
from launch_ros.actions import Node

from bbia_sim_ros import stack
from bbia_sim_ros.stack_argument_table import ARGUMENTS
from bbia_sim_ros.stack_arguments import arguments_of
from launch import LaunchContext
from launch import LaunchDescription
from launch import LaunchDescriptionEntity


def launch_description(part: str) -> LaunchDescription:
    """Return a part of the stack (`stack_argument_table.FULL`, ...) with the arguments it takes."""
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(
                    argument.name,
                    default_value=argument.default,
                    description=argument.description,
                    choices=list(argument.choices) or None,
                )
                for argument in arguments_of(part)
            ),
            OpaqueFunction(function=partial(_actions, part)),
        ]
    )


def _actions(part: str, context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return environment and processes for the values that the launch arguments have."""
    # Also what is given though this part does not declare it: launch would ignore it in silence.
    given = context.launch_configurations
    values = {item.name: given[item.name] for item in ARGUMENTS if item.name in given}
    environment: list[LaunchDescriptionEntity] = [
        SetEnvironmentVariable(name, value)
        for name, value in stack.environment(context.environment).items()
    ]
    return environment + [_node(process) for process in stack.plan({**values, 'part': part})]


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
