"""The monitor's part for models: who has which, who is asked to go, and the way to all of them.

In: `models/status` of every owner in the namespace. Services: `models/load` and `models/unload`,
which pass a request for `owner/model` on to its owner. With a `memory_budget_mb` the least recently
used idle model of any node is asked to go while all together take more (`monitor/
budget_keeper.py`). `/diagnostics` says in `<node>: models` what they take, and when the budget
cannot be kept. All in the executor's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from bbia_msgs.msg import ModelStatus
from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.monitor.budget_keeper import BudgetKeeper
from bbia_sim_ros.monitor.model_register import KnownModel
from bbia_sim_ros.monitor.model_register import ModelRegister
from bbia_sim_ros.monitor.parameters import MonitorParameters
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.model_messages import HEARTBEAT_S
from bbia_sim_ros.nodes.model_messages import TOPIC
from bbia_sim_ros.nodes.model_messages import snapshot_from_message
from bbia_sim_ros.nodes.owner_calls import Answer
from bbia_sim_ros.nodes.owner_calls import OwnerCalls
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.polling import executor_of

PART = 'models'
_LOOK_PERIOD_S = 1.0
_MB_B = 1e6
# A GUID begins with that of its participant (RTPS 2.5, 9.3.1).
_PARTICIPANT_B = 12
# What rclpy calls a node whose name it has not heard yet.
_UNKNOWN_NODE = '_NODE_NAME_UNKNOWN_'


class MonitorModels:
    """See the module's docstring."""

    def __init__(
        self, node: Node, parameters: Callable[[], MonitorParameters], diagnostics: Diagnostics
    ) -> None:
        self._node = node
        self._parameters = parameters
        self._diagnostics = diagnostics
        self._register = ModelRegister()
        self._keeper = BudgetKeeper()
        self._bad_reports = 0
        self._publishers: dict[str, frozenset[bytes]] = {}
        self._calls = OwnerCalls(
            node,
            Poller(node),
            heard_s=self._register.heard_s,
            silence_s=lambda: self._parameters().owner_timeout,
            instances=lambda owner: self._publishers.get(owner, frozenset()),
        )
        node.create_subscription(ModelStatus, TOPIC, self._on_status, qos.LATCHED_MANY)
        node.create_service(LoadModel, 'models/load', self._serve)
        node.create_service(UnloadModel, 'models/unload', self._serve)
        node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())

    @property
    def known(self) -> tuple[KnownModel, ...]:
        """All models of the stack, by owner and name."""
        return self._register.models

    def _on_status(self, message: ModelStatus) -> None:
        try:
            snapshot = snapshot_from_message(message)
        except ValueError as error:
            self._bad_reports += 1
            self._node.get_logger().warning(
                f'{TOPIC}: a report of {message.owner!r} is left out: {error}',
                throttle_duration_sec=10.0,
            )
            return
        if snapshot.state is ModelState.READY:
            snapshot = snapshot.replaced(idle_s=snapshot.idle_s + self._age_s(message))
        self._register.put(message.owner, snapshot, time.monotonic())
        self.keep_budget()

    def _age_s(self, message: ModelStatus) -> float:
        """Return how old a message is: who comes late gets latched ones."""
        stamp = seconds(message.header.stamp)
        age_s = 0.0 if stamp is None else ros_seconds(self._node) - stamp
        # It is repeated after that time; clocks of different computers may differ by more.
        return min(max(0.0, age_s), HEARTBEAT_S)

    def _look(self) -> None:
        self._look_at_graph()
        # While the name of a publisher is not known yet, it may be that of any owner.
        unclear = _UNKNOWN_NODE in self._publishers
        self._register.forget(
            publishers=self._register.owners if unclear else self._publishers.keys(),
            silence_s=self._parameters().owner_timeout,
            now=time.monotonic(),
        )
        self._calls.sweep()
        self.keep_budget()

    def _look_at_graph(self) -> None:
        """Note which nodes publish reports, each with the DDS participants of that name."""
        found: dict[str, set[bytes]] = {}
        for info in self._node.get_publishers_info_by_topic(TOPIC):
            participant = bytes(info.endpoint_gid[:_PARTICIPANT_B])
            found.setdefault(info.node_name, set()).add(participant)
        self._publishers = {name: frozenset(gids) for name, gids in found.items()}

    async def _serve(self, request: Any, response: Any) -> Any:
        answer = await self._forward(request)
        response.success, response.message = answer.success, answer.message
        return response

    async def _forward(self, request: Any) -> Answer:
        owner, _, name = request.name.partition('/')
        if not owner or not name:
            return _refusal(f'{request.name!r} is not owner/model, such as {self._example()}')
        if owner not in self._register.owners:
            known = ', '.join(self._register.owners) or 'none at present'
            return _refusal(f'no node {owner!r} has models; those that do: {known}')
        request.name = name
        self._look_at_graph()
        return await self._calls.ask(owner, request)

    def _example(self) -> str:
        models = self._register.models
        return models[0].key if models else 'chat/small'

    def keep_budget(self) -> None:
        """Look whether the models take more than they may, and have one unloaded if so."""
        models, budget_b = self._register.models, self._parameters().memory_budget_b
        decision = self._keeper.decide(models, budget_b, time.monotonic())
        if decision.ask is not None:
            executor_of(self._node).create_task(self._evict, decision.ask)
        self._report(models, budget_b, decision.stuck)

    async def _evict(self, known: KnownModel) -> None:
        self._node.get_logger().info(
            f'{known.key} is asked to go: the models take {_mb(self._register.memory_b)},'
            f' memory_budget_mb is {self._parameters().memory_budget_mb:g}'
        )
        request = UnloadModel.Request(name=known.model.name, eviction=True)
        answer = await self._calls.ask(known.owner, request)
        if not answer.success:
            self._node.get_logger().warning(f'{known.key} did not go: {answer.message}')
        self._keeper.answered(success=answer.success, message=answer.message, now=time.monotonic())
        self.keep_budget()

    def _report(self, models: tuple[KnownModel, ...], budget_b: int, stuck: str) -> None:
        loaded = [known for known in models if known.is_loaded]
        message = f'{len(loaded)} of {len(models)} loaded, {_mb(self._register.memory_b)}'
        if budget_b:
            message += f' of {_mb(budget_b)}'
        if stuck:
            message += (
                f'; nobody can go to keep memory_budget_mb: {stuck}. Unload one by hand with'
                ' models/unload, or raise memory_budget_mb'
            )
        values = {
            'memory': _mb(self._register.memory_b),
            'budget': _mb(budget_b) if budget_b else 'none',
            'loaded': ', '.join(known.key for known in loaded),
            'owners': ', '.join(self._register.owners),
            'unloaded for the budget': str(self._keeper.unloaded),
            'reports left out': str(self._bad_reports + self._register.dropped),
        }
        self._diagnostics.update(PART, Level.WARN if stuck else Level.OK, message, values)


def _mb(memory_b: int) -> str:
    return f'{memory_b / _MB_B:.0f} MB'


def _refusal(message: str) -> Answer:
    return Answer(success=False, message=message)
