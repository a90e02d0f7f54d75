"""The services of rosapi, answered inside the process: names and fields of rosapi_msgs, as dicts.

What is asked about ROS comes from a `Graph`; parameters are read and set through the parameter
services of the nodes, as any node would do it (`rosapi_parameters.py`). Names that clients may not
use are not listed. A request with a wrong field, or about something that does not exist, raises
`Refused` or `UnknownInterface`; an unknown topic or service has an empty type, as in rosapi.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from bbia_sim_ros.bridge import typedefs
from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.access import matches
from bbia_sim_ros.bridge.definitions import full_text
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.interfaces import KINDS
from bbia_sim_ros.bridge.interfaces import interfaces
from bbia_sim_ros.bridge.rosapi_parameters import RosapiParameters

PREFIX = '/rosapi/'
_ROS_VERSION = 2
_ACTION_TOPIC = '/_action/status'
_ACTION_SERVICE = '/_action/send_goal'
_SEND_GOAL = '_SendGoal'

Answer = dict[str, Any]


@dataclass(frozen=True)
class NodeDetails:
    """Full names of what a node subscribes to, publishes and serves."""

    subscribing: Sequence[str]
    publishing: Sequence[str]
    services: Sequence[str]


class Graph(Protocol):
    """What there is in ROS; all names are full names, hidden ones included."""

    def topics(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Return topics with their types."""

    def services(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Return services with their types."""

    def nodes(self) -> Sequence[str]:
        """Return the nodes."""

    def publishers(self, topic: str) -> Sequence[str]:
        """Return the nodes that publish a topic."""

    def subscribers(self, topic: str) -> Sequence[str]:
        """Return the nodes that subscribe to a topic."""

    def node_details(self, node: str) -> NodeDetails | None:
        """Return what a node has, None when there is no such node."""

    def own_name(self) -> str:
        """Return the name of the bridge's node."""

    def now(self) -> tuple[int, int]:
        """Return the time, s and ns."""


class RosApi:
    """See the module's docstring."""

    def __init__(
        self, graph: Graph, parameters: RosapiParameters, access: Callable[[], Access]
    ) -> None:
        self._graph = graph
        self._access = access
        details = typedefs
        self._services: dict[str, _Service] = {
            name: _Service(type_name, tuple(fields), answer)
            for name, type_name, fields, answer in (
                ('topics', 'Topics', (), self._topics),
                ('topics_for_type', 'TopicsForType', ('type',), self._topics_for_type),
                ('topics_and_raw_types', 'TopicsAndRawTypes', (), self._topics_and_raw_types),
                ('topic_type', 'TopicType', ('topic',), self._topic_type),
                ('publishers', 'Publishers', ('topic',), self._publishers),
                ('subscribers', 'Subscribers', ('topic',), self._subscribers),
                ('services', 'Services', (), self._services_),
                ('services_for_type', 'ServicesForType', ('type',), self._services_for_type),
                ('service_type', 'ServiceType', ('service',), self._service_type),
                ('service_providers', 'ServiceProviders', ('service',), self._service_providers),
                ('service_node', 'ServiceNode', ('service',), self._service_node),
                ('nodes', 'Nodes', (), lambda: {'nodes': list(graph.nodes())}),
                ('node_details', 'NodeDetails', ('node',), self._node_details),
                ('action_servers', 'GetActionServers', (), self._action_servers),
                ('action_type', 'ActionType', ('action',), self._action_type),
                ('interfaces', 'Interfaces', (), _interfaces),
                ('message_details', *_details('MessageDetails', details.message_details)),
                (
                    'service_request_details',
                    *_details('ServiceRequestDetails', details.service_request_details),
                ),
                (
                    'service_response_details',
                    *_details('ServiceResponseDetails', details.service_response_details),
                ),
                (
                    'action_goal_details',
                    *_details('ActionGoalDetails', details.action_goal_details),
                ),
                (
                    'action_result_details',
                    *_details('ActionResultDetails', details.action_result_details),
                ),
                (
                    'action_feedback_details',
                    *_details('ActionFeedbackDetails', details.action_feedback_details),
                ),
                ('get_param', 'GetParam', ('name', 'default_value'), parameters.get),
                ('set_param', 'SetParam', ('name', 'value'), parameters.set),
                ('has_param', 'HasParam', ('name',), parameters.has),
                ('delete_param', 'DeleteParam', ('name',), parameters.delete),
                ('get_param_names', 'GetParamNames', (), parameters.names),
                ('get_time', 'GetTime', (), self._time),
                ('get_ros_version', 'GetROSVersion', (), _ros_version),
            )
        }

    async def call(self, name: str, request: dict[str, Any]) -> Answer:
        """Answer a service by its full name; raises what the module's docstring says."""
        service = self._services.get(name.removeprefix(PREFIX))
        if service is None:
            raise Refused(
                f'there is no service {name}; rosapi has {", ".join(sorted(self._services))}'
            )
        unknown = sorted(set(request) - set(service.fields))
        if unknown:
            raise Refused(
                f"field '{unknown[0]}' is not one of {name}; it has"
                f' {", ".join(service.fields) or "none"}'
            )
        values = [request.get(field, '') for field in service.fields]
        for field, value in zip(service.fields, values, strict=True):
            if not isinstance(value, str):
                raise Refused(f"field '{field}': {value!r:.60} is not a string")
        answer = service.answer(*values)
        return answer if isinstance(answer, dict) else await answer

    def _visible_topics(self, *, hidden: bool = False) -> list[tuple[str, str]]:
        allowed = self._access().topics
        return [
            (topic, types[0])
            for topic, types in sorted(self._graph.topics())
            if types and matches(topic, allowed) and (hidden or not _is_hidden(topic))
        ]

    def _visible_services(self) -> list[tuple[str, str]]:
        allowed = self._access().services
        own = [
            (PREFIX + name, f'rosapi_msgs/srv/{service.type_name}')
            for name, service in self._services.items()
        ]
        there = [(name, types[0]) for name, types in self._graph.services() if types]
        return [
            (name, type_name)
            for name, type_name in sorted({**dict(there), **dict(own)}.items())
            if matches(name, allowed) and not _is_hidden(name)
        ]

    def _topics(self) -> Answer:
        topics = self._visible_topics()
        return {'topics': [topic for topic, _ in topics], 'types': [kind for _, kind in topics]}

    def _topics_for_type(self, type_name: str) -> Answer:
        wanted = _with_kind(type_name, 'msg')
        return {'topics': [topic for topic, kind in self._visible_topics() if kind == wanted]}

    def _topics_and_raw_types(self) -> Answer:
        answer = self._topics()
        return {**answer, 'typedefs_full_text': [full_text(kind) for kind in answer['types']]}

    def _topic_type(self, topic: str) -> Answer:
        return {'type': dict(self._visible_topics(hidden=True)).get(_full(topic), '')}

    def _publishers(self, topic: str) -> Answer:
        return {'publishers': self._nodes_of(topic, self._graph.publishers)}

    def _subscribers(self, topic: str) -> Answer:
        return {'subscribers': self._nodes_of(topic, self._graph.subscribers)}

    def _nodes_of(self, topic: str, nodes: Callable[[str], Sequence[str]]) -> list[str]:
        allowed = matches(_full(topic), self._access().topics)
        return sorted(set(nodes(_full(topic)))) if allowed else []

    def _services_(self) -> Answer:
        return {'services': [name for name, _ in self._visible_services()]}

    def _services_for_type(self, type_name: str) -> Answer:
        wanted = _with_kind(type_name, 'srv')
        return {'services': [name for name, kind in self._visible_services() if kind == wanted]}

    def _service_type(self, service: str) -> Answer:
        return {'type': dict(self._visible_services()).get(_full(service), '')}

    def _service_providers(self, service: str) -> Answer:
        return {'providers': self._providers(service)}

    def _service_node(self, service: str) -> Answer:
        return {'node': next(iter(self._providers(service)), '')}

    def _providers(self, service: str) -> list[str]:
        name = _full(service)
        if name.removeprefix(PREFIX) in self._services:
            return [self._graph.own_name()]
        found = []
        for node in self._graph.nodes():
            details = self._graph.node_details(node)
            if details is not None and name in details.services:
                found.append(node)
        return found

    def _node_details(self, node: str) -> Answer:
        details = self._graph.node_details(_full(node))
        if details is None:
            raise Refused(f'there is no node {node!r}')
        return {
            'subscribing': list(details.subscribing),
            'publishing': list(details.publishing),
            'services': list(details.services),
        }

    def _action_servers(self) -> Answer:
        # An action client alone brings the topic too: a server publishes it.
        servers = [
            topic.removesuffix(_ACTION_TOPIC)
            for topic, _ in self._visible_topics(hidden=True)
            if topic.endswith(_ACTION_TOPIC) and self._graph.publishers(topic)
        ]
        return {'action_servers': [name for name in servers if self._action_allowed(name)]}

    def _action_type(self, action: str) -> Answer:
        name = _full(action)
        types = dict(self._graph.services()).get(name + _ACTION_SERVICE, ())
        found = types[0].removesuffix(_SEND_GOAL) if types and self._action_allowed(name) else ''
        return {'type': found}

    def _action_allowed(self, action: str) -> bool:
        return matches(action, self._access().actions)

    def _time(self) -> Answer:
        seconds, nanoseconds = self._graph.now()
        return {'time': {'sec': seconds, 'nanosec': nanoseconds}}


@dataclass(frozen=True)
class _Service:
    """A service: the name of its type in rosapi_msgs, its request's fields, its answer to them."""

    type_name: str
    fields: tuple[str, ...]
    answer: Callable[..., Answer | Awaitable[Answer]]


def is_rosapi(name: str) -> bool:
    """Whether a full name is one of a service of rosapi."""
    return name.startswith(PREFIX)


def _details(
    type_name: str, describe: Callable[[str], Any]
) -> tuple[str, tuple[str, ...], Callable[[str], Answer]]:
    return type_name, ('type',), lambda name: {'typedefs': describe(name)}


def _interfaces() -> Answer:
    return {'interfaces': sorted(name for kind in KINDS for name in interfaces(kind))}


def _ros_version() -> Answer:
    return {'version': _ROS_VERSION, 'distro': os.environ.get('ROS_DISTRO', 'kilted')}


def _full(name: str) -> str:
    return name if name.startswith('/') else f'/{name}'


def _with_kind(type_name: str, kind: str) -> str:
    package, _, name = type_name.partition('/')
    return type_name if '/' in name else f'{package}/{kind}/{name}'


def _is_hidden(name: str) -> bool:
    return any(part.startswith('_') for part in name.split('/'))
