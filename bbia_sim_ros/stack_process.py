"""A process of the stack, and how its arguments are written. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bbia_sim_ros.stack_environment import PACKAGE


@dataclass(frozen=True, kw_only=True)
class Process:
    """One operating system process of the stack.

    `package` and `executable` are those of `ros2 run`; for our own nodes the executable is the
    container and `nodes` lists what it runs; for others `options` are their arguments.
    `ros_arguments` stand after `--ros-args`. One that crashes is started again, after a pause of
    `respawn_delay_s` if it ran for less than `settled_s` (`ros2 launch`: always). After more than
    `max_restarts` crashes within `restart_window_s` the process is given up; one that is not to
    `respawn` ends when it is done. One whose executor or watched thread stands still for
    `hang_timeout_s` is killed and started again, and so is one that has not come so far after
    `start_timeout_s`; docs/supervision.md says where these are from.
    """

    name: str
    nodes: tuple[str, ...]
    ros_arguments: tuple[str, ...] = ()
    package: str = PACKAGE
    executable: str = 'container'
    options: tuple[str, ...] = ()
    respawn: bool = True
    respawn_delay_s: float = 0.5
    settled_s: float = 5.0
    max_restarts: int = 5
    restart_window_s: float = 60.0
    hang_timeout_s: float = 20.0
    start_timeout_s: float = 60.0

    @property
    def command_arguments(self) -> tuple[str, ...]:
        """What follows the Python interpreter to run this process without the `ros2` command."""
        return ('-m', f'{PACKAGE}.container', *self.nodes, '--ros-args', *self.ros_arguments)


def as_arguments(parameters: Mapping[str, str], *, node: str = '') -> tuple[str, ...]:
    """Return the ROS arguments of parameters, name -> YAML text; an empty text is left out.

    With `node` they are for the node of that name alone, which has to be in the root namespace:
    nodes that share a process may have parameters of the same name.
    """
    prefix = f'{node}:' if node else ''
    pairs = (('-p', f'{prefix}{name}:={value}') for name, value in parameters.items() if value)
    return tuple(text for pair in pairs for text in pair)
