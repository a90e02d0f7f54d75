"""Services of one client: those it calls, and those it offers."""

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
from bbia_sim_ros.bridge.gateway import ServedService
from bbia_sim_ros.bridge.interfaces import SERVICE
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import full_name
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.operations import AdvertiseService
from bbia_sim_ros.bridge.operations import CallService
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import ServiceResponse
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.operations import UnadvertiseService
from bbia_sim_ros.bridge.rosapi import is_rosapi
from bbia_sim_ros.bridge.session import LimitReached
from bbia_sim_ros.bridge.values import from_message


@dataclass(eq=False)
class _Offered:
    """A service that the client offers, and the calls that wait for its answer, by their ids."""

    type_name: str
    served: ServedService | None = None
    calls: dict[Id, int] = field(default_factory=dict)


class ServiceOperations:
    """See the module's docstring; `close` gives back everything."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gateway = client.bridge.gateway
        self._offered: dict[str, _Offered] = {}

    def call(self, request: CallService) -> None:
        """Call a service; the answer comes later, also when it failed."""
        # An older form carries the id in the name.
        service, _, id_in_name = request.service.partition('#')
        id = request.id if request.id is not None else id_in_name or None
        client = self._client
        try:
            client.session.begin_call(
                client.bridge.parameters(), len(client.tasks), client.connection.now
            )
        except LimitReached as error:
            self._answer(request, id, str(error), result=False)
            return
        client.start(self._call(request, service, id))

    async def _call(self, request: CallService, service: str, id: Id) -> None:
        try:
            values = await self._values(request, service)
        except (FieldError, GatewayError, Refused, UnknownInterface) as error:
            self._answer(request, id, str(error), result=False)
        else:
            self._answer(request, id, values, result=True)

    async def _values(self, request: CallService, service: str) -> dict[str, Any]:
        bridge = self._client.bridge
        name = self._gateway.resolve(service)
        if not matches(name, bridge.access().services):
            raise Refused(f'calling {name} is not allowed (parameter services_allowed)')
        if is_rosapi(name):
            return await bridge.rosapi.call(name, _arguments(request.args))
        known = await self._gateway.service_type(name)
        if request.type and full_name(request.type, SERVICE) != known:
            raise Refused(f'{name} is of type {known}, not {request.type}')
        kind = service_class(known)
        message = to_message(kind.Request, _by_name(kind.Request, request.args))
        timeout = request.timeout if request.timeout and request.timeout > 0 else None
        return from_message(await self._gateway.call(name, known, message, timeout))

    def _answer(self, request: CallService, id: Id, values: Any, *, result: bool) -> None:
        answer = {
            'op': 'service_response',
            'service': request.service,
            'values': values,
            'result': result,
        }
        if id is not None:
            answer['id'] = id
        self._client.connection.answer(answer, request.fragment_size)

    async def advertise(self, request: AdvertiseService) -> None:
        """Offer a service in the client's name."""
        name = self._gateway.resolve(request.service)
        bridge = self._client.bridge
        if not matches(name, bridge.access().services):
            raise Refused(f'offering {name} is not allowed (parameter services_allowed)')
        if is_rosapi(name):
            raise Refused(f'{name} is a service of the bridge itself')
        if request.service in self._offered:
            raise Refused(f'{name} is offered by this client already')
        self._client.session.check_room(self._offered, 'services', bridge.parameters())
        offered = _Offered(full_name(request.type, SERVICE))
        service_class(offered.type_name)
        offered.served = await self._gateway.serve(
            name,
            offered.type_name,
            lambda call, message: self._ask(request.service, offered, call, message),
        )
        self._offered[request.service] = offered

    def _ask(self, name: str, offered: _Offered, call: int, message: Any) -> None:
        id = f'service_request:{name}:{call}'
        offered.calls[id] = call
        self._client.connection.send(
            {'op': 'call_service', 'id': id, 'service': name, 'args': from_message(message)}
        )

    def respond(self, response: ServiceResponse) -> None:
        """Pass on the client's answer to a call; a call with a wrong answer has failed."""
        offered = self._offered.get(response.service)
        if offered is None or offered.served is None:
            raise Refused(f'{response.service} is not offered by this client')
        if response.id not in offered.calls:
            raise Refused(f'no call of {response.service} with id {response.id!r} waits')
        call = offered.calls.pop(response.id)
        if not response.result:
            offered.served.respond(call, None)
            return
        kind = service_class(offered.type_name)
        try:
            message = to_message(kind.Response, _arguments(response.values))
        except (FieldError, Refused):
            offered.served.respond(call, None)
            raise
        if not offered.served.respond(call, message):
            self._client.connection.status(
                StatusLevel.WARNING,
                f'{response.service}: nobody waits for this answer',
                response.id,
            )

    def unadvertise(self, request: UnadvertiseService) -> None:
        """Offer a service no more; calls that wait have failed."""
        offered = self._offered.pop(request.service, None)
        if offered is None or offered.served is None:
            raise Refused(f'{request.service} is not offered by this client')
        offered.served.close()

    def close(self) -> None:
        """End all services that the client offers."""
        for offered in self._offered.values():
            if offered.served is not None:
                offered.served.close()
        self._offered.clear()


def _arguments(values: Any) -> dict[str, Any]:
    """Return an absent or empty argument as an object without members."""
    if values is None or values == []:
        return {}
    if not isinstance(values, dict):
        raise Refused('the arguments are to be an object with one member a field')
    return values


def _by_name(kind: type[Any], values: Any) -> dict[str, Any]:
    """Return arguments by name; a list gives them in the order of the fields."""
    if not isinstance(values, list):
        return _arguments(values)
    names = list(kind.get_fields_and_field_types())
    if len(values) > len(names):
        raise Refused(f'{len(values)} arguments given, the service takes {len(names)}: {names}')
    return dict(zip(names, values, strict=False))
