"""From a frame of a client to what is done about it; every frame is done or answered.

Operations of one client are done in the order in which they came; only the answers of services and
actions come later. What is refused is answered on the road of the operation: a failed call by a
`service_response` or `action_result` with `result: false`, everything else by a `status` of level
error that names the field or the reason. Until a client has given the token, where one is needed,
nothing but `auth` is done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode

from bbia_sim_ros.bridge import unpng
from bbia_sim_ros.bridge.action_operations import ActionOperations
from bbia_sim_ros.bridge.context import Client
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.field_checks import FieldError
from bbia_sim_ros.bridge.fragments import Defragmenter
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.operations import ActionFeedback
from bbia_sim_ros.bridge.operations import ActionResult
from bbia_sim_ros.bridge.operations import Advertise
from bbia_sim_ros.bridge.operations import AdvertiseAction
from bbia_sim_ros.bridge.operations import AdvertiseService
from bbia_sim_ros.bridge.operations import Auth
from bbia_sim_ros.bridge.operations import CallService
from bbia_sim_ros.bridge.operations import CancelActionGoal
from bbia_sim_ros.bridge.operations import Fragment
from bbia_sim_ros.bridge.operations import Operation
from bbia_sim_ros.bridge.operations import Png
from bbia_sim_ros.bridge.operations import Publish
from bbia_sim_ros.bridge.operations import SendActionGoal
from bbia_sim_ros.bridge.operations import ServiceResponse
from bbia_sim_ros.bridge.operations import SetLevel
from bbia_sim_ros.bridge.operations import Status
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.operations import Subscribe
from bbia_sim_ros.bridge.operations import Unadvertise
from bbia_sim_ros.bridge.operations import UnadvertiseAction
from bbia_sim_ros.bridge.operations import UnadvertiseService
from bbia_sim_ros.bridge.operations import Unsubscribe
from bbia_sim_ros.bridge.protocol import ProtocolError
from bbia_sim_ros.bridge.protocol import decode
from bbia_sim_ros.bridge.protocol import operation_name
from bbia_sim_ros.bridge.protocol import parse
from bbia_sim_ros.bridge.service_operations import ServiceOperations
from bbia_sim_ros.bridge.session import LimitReached
from bbia_sim_ros.bridge.topic_operations import TopicOperations

_REFUSALS = (FieldError, GatewayError, LimitReached, LookupError, Refused, UnknownInterface)
# A message may be wrapped in fragments and in a PNG, each once.
_MOST_WRAPPINGS = 2
_log = logging.getLogger(__name__)


class Handlers:
    """Does what one client asks for; `close` gives back everything it has."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._connection = client.connection
        self._defragmenter = Defragmenter(client.bridge.parameters().max_message_size)
        self._topics = topics = TopicOperations(client)
        self._services = services = ServiceOperations(client)
        self._actions = actions = ActionOperations(client)
        self._table: dict[type[Operation], Callable[[Any], Awaitable[None] | None]] = {
            Subscribe: topics.subscribe,
            Unsubscribe: topics.unsubscribe,
            Advertise: topics.advertise,
            Unadvertise: topics.unadvertise,
            Publish: topics.publish,
            CallService: services.call,
            AdvertiseService: services.advertise,
            UnadvertiseService: services.unadvertise,
            ServiceResponse: services.respond,
            SendActionGoal: actions.send_goal,
            CancelActionGoal: actions.cancel_goal,
            AdvertiseAction: actions.advertise,
            UnadvertiseAction: actions.unadvertise,
            ActionFeedback: actions.feedback,
            ActionResult: actions.result,
            SetLevel: self._set_level,
            Status: self._status,
            Auth: self._auth,
        }

    @property
    def subscribed(self) -> list[str]:
        """Topics that the client gets."""
        return self._topics.subscribed

    @property
    def published(self) -> list[str]:
        """Topics that the client publishes."""
        return self._topics.published

    async def handle(self, frame: str | bytes) -> None:
        """Do what a frame asks for, or answer why not."""
        try:
            operation = self._unwrapped(parse(decode(frame)))
        except ProtocolError as error:
            self._refuse_frame(error)
            return
        if operation is not None:
            await self._do(operation)

    async def _do(self, operation: Operation) -> None:
        if not self._client.session.authenticated and not isinstance(operation, Auth):
            self._connection.status(
                StatusLevel.ERROR,
                f'{operation_name(operation)}: first comes {{"op": "auth", "token": ...}}',
                operation.id,
            )
            return
        try:
            waiting = self._table[type(operation)](operation)
            if waiting is not None:
                await waiting
        except _REFUSALS as error:
            self._connection.status(
                StatusLevel.ERROR, f'{operation_name(operation)}: {error}', operation.id
            )

    def _unwrapped(self, operation: Operation) -> Operation | None:
        """Return the operation inside fragments and pictures, None when parts are missing yet."""
        for _ in range(_MOST_WRAPPINGS):
            if isinstance(operation, Fragment):
                whole = self._defragmenter.add(operation, self._connection.now)
                if whole is None:
                    return None
                operation = parse(decode(whole))
            elif isinstance(operation, Png):
                operation = parse(decode(self._from_png(operation)))
        if isinstance(operation, (Fragment, Png)):
            raise ProtocolError('fragments and pictures within each other', operation.id)
        return operation

    def _from_png(self, operation: Png) -> bytes:
        limit = self._client.bridge.parameters().max_message_size
        try:
            return unpng.unwrap(operation.data, limit)
        except ValueError as error:
            raise ProtocolError(f"png: field 'data': {error}", operation.id) from None

    def _refuse_frame(self, error: ProtocolError) -> None:
        """Answer a frame that is no operation; one that wanted an answer gets it as a failure."""
        request = error.request
        answer = {
            'call_service': ('service_response', 'service', {}),
            'send_action_goal': ('action_result', 'action', {'status': 0}),
        }.get(str(request.get('op')))
        if answer is None or not self._client.session.authenticated:
            self._connection.status(StatusLevel.ERROR, str(error), error.id)
            return
        op, key, extra = answer
        named = request.get(key)
        message = {
            'op': op,
            key: named if isinstance(named, str) else '',
            'values': str(error),
            'result': False,
            **extra,
        }
        if error.id is not None:
            message['id'] = error.id
        self._connection.send(message)

    def _set_level(self, request: SetLevel) -> None:
        self._client.session.level = request.level

    def _status(self, report: Status) -> None:
        _log.info(
            'client %d says: %.20r: %.200r', self._client.session.number, report.level, report.msg
        )

    def _auth(self, request: Auth) -> None:
        session, access = self._client.session, self._client.bridge.access()
        if not access.token or access.accepts(request, time.time()):
            session.authenticated = True
            return
        self._connection.status(StatusLevel.ERROR, 'auth: the token is wrong', request.id)
        self._connection.close(WSCloseCode.POLICY_VIOLATION, 'auth: the token is wrong')

    def close(self) -> None:
        """Give back everything that the client has."""
        self._topics.close()
        self._services.close()
        self._actions.close()
