"""Actions of one client: goals that it sends, and actions that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any

from bbia_sim_ros.bridge.access import matches
from bbia_sim_ros.bridge.checked import to_message
from bbia_sim_ros.bridge.context import Client
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.field_checks import FieldError
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.gateway import GoalOutcome
from bbia_sim_ros.bridge.gateway import SentGoal
from bbia_sim_ros.bridge.gateway import ServedAction
from bbia_sim_ros.bridge.interfaces import ACTION
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import full_name
from bbia_sim_ros.bridge.operations import ActionFeedback
from bbia_sim_ros.bridge.operations import ActionResult
from bbia_sim_ros.bridge.operations import AdvertiseAction
from bbia_sim_ros.bridge.operations import CancelActionGoal
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import SendActionGoal
from bbia_sim_ros.bridge.operations import UnadvertiseAction
from bbia_sim_ros.bridge.session import LimitReached
from bbia_sim_ros.bridge.values import from_message

# Of action_msgs/GoalStatus.
STATUS_UNKNOWN = 0
STATUS_SUCCEEDED = 4
STATUS_ABORTED = 6


@dataclass(eq=False)
class _Offered:
    """An action that the client offers, and the goals that run, by their ids."""

    type_name: str
    served: ServedAction | None = None
    goals: dict[Id, int] = field(default_factory=dict)


class ActionOperations:
    """See the module's docstring; `close` cancels goals and gives back everything."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gateway = client.bridge.gateway
        self._goals: dict[Id, SentGoal] = {}
        self._offered: dict[str, _Offered] = {}

    def send_goal(self, request: SendActionGoal) -> None:
        """Send a goal; its feedback and result come later, a result also when it failed."""
        client = self._client
        try:
            if request.id in self._goals:
                raise Refused(f'a goal with id {request.id!r} runs already')
            pending = len(client.tasks) + len(self._goals)
            client.session.begin_call(client.bridge.parameters(), pending, client.connection.now)
        except (LimitReached, Refused) as error:
            self._end(request, GoalOutcome(STATUS_UNKNOWN, None, str(error)))
            return
        self._send_goal(request)

    def _send_goal(self, request: SendActionGoal) -> None:
        try:
            name = self._gateway.resolve(request.action)
            if not matches(name, self._client.bridge.access().actions):
                raise Refused(f'using {name} is not allowed (parameter actions_allowed)')
            type_name = full_name(request.action_type, ACTION)
            kind = action_class(type_name)
            goal = to_message(kind.Goal, {} if request.args in (None, []) else request.args)
            self._goals[request.id] = self._gateway.send_goal(
                name,
                type_name,
                goal,
                (lambda feedback: self._feedback(request, feedback)) if request.feedback else None,
                lambda outcome: self._finish(request, outcome),
            )
        except (FieldError, GatewayError, Refused, UnknownInterface) as error:
            self._end(request, GoalOutcome(STATUS_UNKNOWN, None, str(error)))

    def _feedback(self, request: SendActionGoal, feedback: Any) -> None:
        self._client.connection.send(
            _with_id(
                {
                    'op': 'action_feedback',
                    'action': request.action,
                    'values': from_message(feedback),
                },
                request.id,
            )
        )

    def _finish(self, request: SendActionGoal, outcome: GoalOutcome) -> None:
        self._goals.pop(request.id, None)
        self._end(request, outcome)

    def _end(self, request: SendActionGoal, outcome: GoalOutcome) -> None:
        found = outcome.result is not None
        self._client.connection.answer(
            _with_id(
                {
                    'op': 'action_result',
                    'action': request.action,
                    'values': from_message(outcome.result) if found else outcome.error,
                    'status': outcome.status,
                    'result': found,
                },
                request.id,
            ),
            request.fragment_size,
        )

    def cancel_goal(self, request: CancelActionGoal) -> None:
        """Cancel a goal; its result tells how it ended."""
        if request.id not in self._goals:
            raise Refused(f'no goal of {request.action} with id {request.id!r} runs')
        self._goals[request.id].cancel()

    async def advertise(self, request: AdvertiseAction) -> None:
        """Offer an action in the client's name."""
        name = self._gateway.resolve(request.action)
        bridge = self._client.bridge
        if not matches(name, bridge.access().actions):
            raise Refused(f'offering {name} is not allowed (parameter actions_allowed)')
        if request.action in self._offered:
            raise Refused(f'{name} is offered by this client already')
        self._client.session.check_room(self._offered, 'actions', bridge.parameters())
        offered = _Offered(full_name(request.type, ACTION))
        action_class(offered.type_name)
        offered.served = await self._gateway.serve_action(
            name,
            offered.type_name,
            lambda goal, message: self._ask(request.action, offered, goal, message),
            lambda goal: self._cancel_asked(request.action, goal),
        )
        self._offered[request.action] = offered

    def _ask(self, name: str, offered: _Offered, goal: int, message: Any) -> None:
        id = _goal_id(name, goal)
        offered.goals[id] = goal
        self._client.connection.send(
            {
                'op': 'send_action_goal',
                'id': id,
                'action': name,
                'action_type': offered.type_name,
                'args': from_message(message),
                'feedback': True,
            }
        )

    def _cancel_asked(self, name: str, goal: int) -> None:
        self._client.connection.send(
            {'op': 'cancel_action_goal', 'id': _goal_id(name, goal), 'action': name}
        )

    def feedback(self, request: ActionFeedback) -> None:
        """Pass on the client's feedback on a goal of its action."""
        offered, served = self._offered_action(request.action)
        goal = self._running(offered, request.action, request.id)
        kind = action_class(offered.type_name)
        served.feedback(goal, to_message(kind.Feedback, request.values or {}))

    def result(self, request: ActionResult) -> None:
        """Pass on how a goal ended; one with a wrong result is aborted."""
        offered, served = self._offered_action(request.action)
        goal = self._running(offered, request.action, request.id)
        kind = action_class(offered.type_name)
        del offered.goals[request.id]
        if not request.result:
            served.finish(goal, STATUS_ABORTED, None)
            return
        try:
            message = to_message(kind.Result, request.values or {})
        except FieldError:
            served.finish(goal, STATUS_ABORTED, None)
            raise
        served.finish(goal, request.status or STATUS_SUCCEEDED, message)

    def unadvertise(self, request: UnadvertiseAction) -> None:
        """Offer an action no more; its goals are aborted."""
        _, served = self._offered_action(request.action)
        del self._offered[request.action]
        served.close()

    def close(self) -> None:
        """Cancel the goals that the client sent, end the actions that it offers."""
        goals, self._goals = self._goals, {}
        for goal in goals.values():
            goal.close()
        for offered in self._offered.values():
            if offered.served is not None:
                offered.served.close()
        self._offered.clear()

    def _offered_action(self, name: str) -> tuple[_Offered, ServedAction]:
        offered = self._offered.get(name)
        if offered is None or offered.served is None:
            raise Refused(f'{name} is not offered by this client')
        return offered, offered.served

    @staticmethod
    def _running(offered: _Offered, name: str, id: Id) -> int:
        if id not in offered.goals:
            raise Refused(f'no goal of {name} with id {id!r} runs')
        return offered.goals[id]


def _goal_id(name: str, goal: int) -> str:
    return f'action_goal:{name}:{goal}'


def _with_id(message: dict[str, Any], id: Id) -> dict[str, Any]:
    return message if id is None else {**message, 'id': id}
