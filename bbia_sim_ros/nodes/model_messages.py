"""`models/status`: `bbia_msgs/ModelStatus` from and to `models/spec.py: ModelSnapshot`."""

from __future__ import annotations

import math
import time

from builtin_interfaces.msg import Time
from rclpy.exceptions import InvalidNodeNameException
from rclpy.node import Node
from rclpy.validate_node_name import validate_node_name
from std_msgs.msg import Header

from bbia_msgs.msg import ModelStatus
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.messages import time_message

TOPIC = 'models/status'
HEARTBEAT_S = 10.0
"""How often a model that has a process is reported at least."""
_MB_B = 1e6


def status_message(node: Node, snapshot: ModelSnapshot) -> ModelStatus:
    """Return what a node, the owner of a model, says of it now."""
    now = ros_seconds(node)
    return ModelStatus(
        header=Header(stamp=time_message(now)),
        name=snapshot.name,
        owner=node.get_name(),
        engine=snapshot.engine,
        state=snapshot.state.value,
        memory_mb=snapshot.memory_b / _MB_B,
        idle=snapshot.idle_s,
        loads=snapshot.loads,
        evictions=snapshot.evictions,
        error=snapshot.error,
        last_use=_last_use(node, snapshot.last_use_s, now),
        idle_left=snapshot.idle_left_s,
        pinned=snapshot.pinned,
        progress=snapshot.progress,
        stage=snapshot.stage,
        device=snapshot.device,
    )


def _last_use(node: Node, last_use_s: float, now: float) -> Time:
    """Return a time of the system clock as ROS time; simulated time passed meanwhile in step."""
    if last_use_s <= 0.0:
        return Time()
    if is_simulated(node):
        last_use_s = max(0.0, now - (time.time() - last_use_s))
    return time_message(last_use_s)


def snapshot_from_message(message: ModelStatus) -> ModelSnapshot:
    """Return what a message says; raises `ValueError` when that cannot be.

    The process number is not in the message.
    """
    if not message.name:
        raise ValueError('the name is empty')
    try:
        validate_node_name(message.owner)
    except InvalidNodeNameException as error:
        raise ValueError(f'its owner is no name of a node: {error}') from None
    try:
        state = ModelState(message.state)
    except ValueError:
        raise ValueError(f'state {message.state!r} is not one of {", ".join(ModelState)}') from None
    for field in ('memory_mb', 'idle', 'idle_left', 'progress'):
        if not math.isfinite(getattr(message, field)):
            raise ValueError(f'{field} {getattr(message, field)} is not a finite number')
    if message.memory_mb < 0.0 or message.idle < 0.0:
        raise ValueError(
            f'memory_mb {message.memory_mb:g} and idle {message.idle:g} must not be negative'
        )
    return ModelSnapshot(
        name=message.name,
        engine=message.engine,
        state=state,
        memory_b=round(message.memory_mb * _MB_B),
        last_use_s=seconds(message.last_use) or 0.0,
        idle_s=message.idle,
        idle_left_s=message.idle_left,
        loads=message.loads,
        evictions=message.evictions,
        error=message.error,
        pinned=message.pinned,
        progress=message.progress,
        stage=message.stage,
        device=message.device,
    )
