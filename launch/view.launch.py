"""Show the running robot in RViz: `ros2 launch bbia_sim_ros view.launch.py`."""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Return RViz with the package's view of robot, transforms and camera."""
    view = Path(get_package_share_directory('bbia_sim_ros')) / 'config' / 'bbia.rviz'
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'rviz_config', default_value=str(view), description='RViz configuration file.'
            ),
            DeclareLaunchArgument(
                'namespace',
                default_value='',
                description='Namespace the robot was started in; its TF topics lie there too.',
            ),
            DeclareLaunchArgument(
                'use_sim_time',
                default_value='false',
                choices=['true', 'false'],
                description='Take the time from /clock.',
            ),
            Node(
                package='rviz2',
                executable='rviz2',
                namespace=LaunchConfiguration('namespace'),
                arguments=['-d', LaunchConfiguration('rviz_config')],
                parameters=[{'use_sim_time': LaunchConfiguration('use_sim_time')}],
                remappings=[('/tf', 'tf'), ('/tf_static', 'tf_static')],
                output='screen',
            ),
        ]
    )
