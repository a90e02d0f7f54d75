"""What nodes share at their start and at their end; all in the thread that owns them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from rclpy.node import Node

from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.robot.instance_lock import InstanceLock
from bbia_sim_ros.robot.instance_lock import InstanceLockError

FAILED: Final = threading.Event()
"""Set once a thread of this process has failed: the end that follows is not a clean one."""
_END_TIMEOUT_S: Final = 1.0
_END_SLICE_S: Final = 0.02


def claim_name(node: Node, cleanup: ExitStack) -> None:
    """Keep a second node of this name in this domain from starting, until ``cleanup`` is closed.

    Raises `StartError` when there is one.
    """
    try:
        lock = InstanceLock(node.context.get_domain_id(), node.get_fully_qualified_name())
    except InstanceLockError as error:
        raise StartError(str(error)) from error
    cleanup.callback(lock.release)


def forget_destroyed(node: Node) -> None:
    """Make the node's callback group forget the entities that are gone; in the executor's thread.

    rclpy keeps weak references to each subscription, client and timer that a node ever had, 145
    bytes and more for each. Who makes and destroys them all the time calls this now and again.
    """
    entities = node.default_callback_group.entities
    entities.difference_update([one for one in entities if one() is None])


def finish_goals(node: Node, still_running: Callable[[], bool]) -> None:
    """Let the clients of running goals hear how they ended, within `_END_TIMEOUT_S`.

    The executor's own thread has ended; ``still_running`` looks at what goals wait for and tells
    whether some have no result yet.
    """
    end = time.monotonic() + _END_TIMEOUT_S
    ending = still_running()
    while ending and time.monotonic() < end:
        executor_of(node).spin_once(_END_SLICE_S)
        if not still_running():
            # The executor sends the last results in one more turn.
            end = min(end, time.monotonic() + _END_SLICE_S)
