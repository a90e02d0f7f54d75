"""A node's models in ROS: their status for everybody, and services to load and unload them.

Out: `models/status`, latched, one message per model: when it changes, at most ten times a second,
and every `HEARTBEAT_S` while it has a process. Each model has a publisher of its own, so that who
comes late gets the newest message of every one. Services: `~/load_model` and `~/unload_model`,
which answer when it is done; how many may wait is bounded by the pool. `/diagnostics` says in
`<node>: models` what is loaded and what failed or was refused.

Threads: the pool tells of changes in its own; everything else is in the executor's.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher

from bbia_msgs.msg import ModelStatus
from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.request import Request
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.model_messages import HEARTBEAT_S
from bbia_sim_ros.nodes.model_messages import TOPIC
from bbia_sim_ros.nodes.model_messages import status_message
from bbia_sim_ros.nodes.polling import Poller

PART = 'models'
_LOOK_PERIOD_S = 1.0
_REFUSAL_SHOWN_S = 10.0
_END_TIMEOUT_S = 0.5
_END_SLICE_S = 0.02
_MB_B = 1e6


@dataclass
class _Channel:
    """The publisher of a model, and when it was last used, s of `time.monotonic`."""

    publisher: Publisher[ModelStatus]
    published_s: float = -math.inf


@dataclass(frozen=True)
class _Refusal:
    reason: str = ''
    at_s: float = -math.inf


class ModelOwner:
    """See the module's docstring. `pool` is the node's pool; `close` must be called in the end."""

    def __init__(self, node: Node, limits: PoolLimits, diagnostics: Diagnostics) -> None:
        self._node = node
        self._diagnostics = diagnostics
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._channels: dict[str, _Channel] = {}
        self._waiting = 0
        self._refused = 0
        self._refusal = _Refusal()
        self._poller = Poller(node)
        node.create_service(LoadModel, '~/load_model', self._load)
        node.create_service(UnloadModel, '~/unload_model', self._unload)
        node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        self.pool = ModelPool(owner=node.get_name(), limits=limits, on_change=self._on_change)

    def _on_change(self, snapshot: ModelSnapshot) -> None:
        """Have a model's status published; in the pool's thread."""
        executor = self._node.executor
        with self._lock:
            is_first = not self._changed
            self._changed.add(snapshot.name)
        # Without an executor the timer will do it, when there is one.
        if is_first and executor is not None:
            executor.create_task(self._publish_changed)

    def _publish_changed(self) -> None:
        with self._lock:
            changed, self._changed = self._changed, set()
        self._publish(changed, self.pool.snapshots())

    def _look(self) -> None:
        """Publish what is due, and what nobody published yet."""
        self._publish_changed()
        snapshots = self.pool.snapshots()
        now = time.monotonic()
        due = {
            snapshot.name
            for snapshot in snapshots
            if snapshot.name not in self._channels
            or (snapshot.pid and now - self._channels[snapshot.name].published_s >= HEARTBEAT_S)
        }
        self._publish(due, snapshots)

    def _publish(self, names: Collection[str], snapshots: tuple[ModelSnapshot, ...]) -> None:
        for snapshot in snapshots:
            if snapshot.name in names:
                channel = self._channel(snapshot.name)
                channel.published_s = time.monotonic()
                channel.publisher.publish(status_message(self._node, snapshot))
        for removed in self._channels.keys() - {snapshot.name for snapshot in snapshots}:
            self._node.destroy_publisher(self._channels.pop(removed).publisher)
        self._report(snapshots)

    def _channel(self, name: str) -> _Channel:
        channel = self._channels.get(name)
        if channel is None:
            # rclpy 9.1.2: the executor breaks when an event waits in what is destroyed.
            publisher = self._node.create_publisher(
                ModelStatus,
                TOPIC,
                qos.LATCHED,
                event_callbacks=PublisherEventCallbacks(use_default_callbacks=False),
            )
            channel = self._channels[name] = _Channel(publisher)
        return channel

    async def _load(self, request: Any, response: Any) -> Any:
        return await self._serve(
            lambda: self.pool.load(request.name), response, f'{request.name} is ready'
        )

    async def _unload(self, request: Any, response: Any) -> Any:
        return await self._serve(
            lambda: self.pool.unload(
                request.name, when_idle=request.when_idle, eviction=request.eviction
            ),
            response,
            f'{request.name} is unloaded',
        )

    async def _serve(self, ask: Callable[[], Request], response: Any, done: str) -> Any:
        """Answer when the pool has done what it is asked, or why it has not."""
        self._waiting += 1
        try:
            asked = ask()
            await self._poller.until(lambda: asked.done() or None)
            asked.result(0.0)
        except ModelError as error:
            self._refused += 1
            self._refusal = _Refusal(str(error), time.monotonic())
            response.message = str(error)
        else:
            response.success, response.message = True, done
        finally:
            self._waiting -= 1
        return response

    def _report(self, snapshots: tuple[ModelSnapshot, ...]) -> None:
        loaded = [snapshot for snapshot in snapshots if snapshot.pid]
        memory = f'{sum(snapshot.memory_b for snapshot in snapshots) / _MB_B:.0f} MB'
        problems = [snapshot.error for snapshot in snapshots if snapshot.error]
        if time.monotonic() - self._refusal.at_s < _REFUSAL_SHOWN_S:
            problems.append(f'refused: {self._refusal.reason}')
        values = {
            'loaded': ', '.join(f'{snapshot.name} ({snapshot.state})' for snapshot in loaded),
            'memory': memory,
            'loads': str(sum(snapshot.loads for snapshot in snapshots)),
            'evictions': str(sum(snapshot.evictions for snapshot in snapshots)),
            'requests refused': str(self._refused),
        }
        self._diagnostics.update(
            PART,
            Level.WARN if problems else Level.OK,
            '; '.join((f'{len(loaded)} of {len(snapshots)} loaded, {memory}', *problems)),
            values,
        )

    def close(self) -> None:
        """Unload everything; tell who waits for an answer, and everybody what became of it."""
        self.pool.close()
        self._publish_changed()
        executor = self._node.executor
        if executor is None or not self._waiting:
            return
        end = time.monotonic() + _END_TIMEOUT_S
        while time.monotonic() < end:
            self._poller.look()
            executor.spin_once(_END_SLICE_S)
            if not self._waiting:
                # The executor sends the last answers in one more turn.
                end = min(end, time.monotonic() + _END_SLICE_S)
