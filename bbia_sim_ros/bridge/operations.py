"""What a client can say: the operations of the rosbridge v2 protocol as frozen dataclasses.

Field names are those of the protocol. Every field carries its check in its metadata (`wire`), from
which `protocol.py` parses. An `id` is echoed as it came, a string or a whole number.
"""

# ruff: noqa: RUF009 (`wire` makes dataclass fields)

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bbia_sim_ros.bridge import checks
from bbia_sim_ros.bridge.decoders import Encoding

Id = str | int | None
WIRE = 'wire'
# Empty parts would be kept too.
_MOST_PARTS = 65_536


def wire(check: Callable[[Any], Any], default: Any = dataclasses.MISSING) -> Any:
    """Return a dataclass field that is read from a message by `check`; required without default."""
    return dataclasses.field(default=default, metadata={WIRE: check})


class StatusLevel(StrEnum):
    """Levels of status messages; a client gets those at or above the one it set."""

    INFO = 'info'
    WARNING = 'warning'
    ERROR = 'error'
    NONE = 'none'


@dataclass(frozen=True, kw_only=True)
class QosRequest:
    """The `qos` object; a policy that is absent is chosen by the bridge."""

    reliability: str | None = wire(checks.choice('reliable', 'best_effort'), None)
    durability: str | None = wire(checks.choice('volatile', 'transient_local'), None)
    history: str | None = wire(checks.choice('keep_last', 'keep_all'), None)
    depth: int | None = wire(checks.integer(1, 1000), None)


def _qos(value: Any) -> QosRequest | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise checks.WrongValue(f'{checks.shown(value)} is not an object')
    return checks.build(QosRequest, value, WIRE)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Base of all operations."""

    id: Id = wire(checks.identifier, None)


@dataclass(frozen=True, kw_only=True)
class Advertise(Operation):
    """The client is going to publish."""

    topic: str = wire(checks.name)
    type: str = wire(checks.required_type_name)
    latch: bool = wire(checks.boolean, False)
    queue_size: int = wire(checks.integer(0, 1_000_000), 100)
    qos: QosRequest | None = wire(_qos, None)


@dataclass(frozen=True, kw_only=True)
class Unadvertise(Operation):
    """The client will not publish any more."""

    topic: str = wire(checks.name)


@dataclass(frozen=True, kw_only=True)
class Publish(Operation):
    """A message for a topic."""

    topic: str = wire(checks.name)
    type: str = wire(checks.type_name, '')
    msg: Any = wire(checks.anything, dataclasses.MISSING)
    latch: bool = wire(checks.boolean, False)
    qos: QosRequest | None = wire(_qos, None)


@dataclass(frozen=True, kw_only=True)
class Subscribe(Operation):
    """The client wants a topic; `throttle_rate` is the least time between messages, ms."""

    topic: str = wire(checks.name)
    type: str = wire(checks.type_name, '')
    throttle_rate: int = wire(checks.integer(0, 86_400_000), 0)
    queue_length: int = wire(checks.integer(0, 1_000_000), 0)
    fragment_size: int | None = wire(checks.optional(checks.integer(1, 2**31)), None)
    compression: Encoding = wire(checks.enumeration(Encoding), Encoding.JSON)
    qos: QosRequest | None = wire(_qos, None)


@dataclass(frozen=True, kw_only=True)
class Unsubscribe(Operation):
    """The client does not want a topic any more; without id, for all its subscriptions."""

    topic: str = wire(checks.name)


@dataclass(frozen=True, kw_only=True)
class CallService(Operation):
    """Call a service; `timeout` in seconds, absent: the bridge's own; 0 or less: likewise."""

    service: str = wire(checks.name)
    type: str = wire(checks.type_name, '')
    args: Any = wire(checks.anything, None)
    timeout: float | None = wire(checks.optional(checks.number), None)
    fragment_size: int | None = wire(checks.optional(checks.integer(1, 2**31)), None)
    compression: Encoding = wire(checks.enumeration(Encoding), Encoding.JSON)


@dataclass(frozen=True, kw_only=True)
class AdvertiseService(Operation):
    """The client offers a service."""

    service: str = wire(checks.name)
    type: str = wire(checks.required_type_name)


@dataclass(frozen=True, kw_only=True)
class UnadvertiseService(Operation):
    """The client offers a service no more."""

    service: str = wire(checks.name)
    type: str = wire(checks.type_name, '')


@dataclass(frozen=True, kw_only=True)
class ServiceResponse(Operation):
    """The client answers a call of the service it offers."""

    service: str = wire(checks.name)
    values: Any = wire(checks.anything, None)
    result: bool = wire(checks.boolean)


@dataclass(frozen=True, kw_only=True)
class SendActionGoal(Operation):
    """Send a goal to an action server."""

    action: str = wire(checks.name)
    action_type: str = wire(checks.required_type_name)
    args: Any = wire(checks.anything, None)
    feedback: bool = wire(checks.boolean, False)
    fragment_size: int | None = wire(checks.optional(checks.integer(1, 2**31)), None)
    compression: Encoding = wire(checks.enumeration(Encoding), Encoding.JSON)


@dataclass(frozen=True, kw_only=True)
class CancelActionGoal(Operation):
    """Cancel the goal that was sent with the same id."""

    action: str = wire(checks.name)


@dataclass(frozen=True, kw_only=True)
class AdvertiseAction(Operation):
    """The client offers an action."""

    action: str = wire(checks.name)
    type: str = wire(checks.required_type_name)


@dataclass(frozen=True, kw_only=True)
class UnadvertiseAction(Operation):
    """The client offers an action no more."""

    action: str = wire(checks.name)


@dataclass(frozen=True, kw_only=True)
class ActionFeedback(Operation):
    """Feedback of the client on a goal of the action it offers."""

    action: str = wire(checks.name)
    values: Any = wire(checks.anything, None)


@dataclass(frozen=True, kw_only=True)
class ActionResult(Operation):
    """How a goal of the client's action ended; `status` is that of action_msgs/GoalStatus."""

    action: str = wire(checks.name)
    values: Any = wire(checks.anything, None)
    status: int = wire(checks.integer(0, 6), 0)
    result: bool = wire(checks.boolean)


@dataclass(frozen=True, kw_only=True)
class Fragment(Operation):
    """A part of a longer message: number `num` of `total`, counted from 0."""

    data: str = wire(checks.text)
    num: int = wire(checks.integer(0, _MOST_PARTS))
    total: int = wire(checks.integer(1, _MOST_PARTS))


@dataclass(frozen=True, kw_only=True)
class Png(Operation):
    """A message inside the pixels of a PNG, base64."""

    data: str = wire(checks.text)


@dataclass(frozen=True, kw_only=True)
class Status(Operation):
    """The client reports something; it is logged."""

    level: str = wire(checks.text, 'info')
    msg: str = wire(checks.text, '')


@dataclass(frozen=True, kw_only=True)
class SetLevel(Operation):
    """Which status messages the client wants."""

    level: StatusLevel = wire(checks.enumeration(StatusLevel))


@dataclass(frozen=True, kw_only=True)
class Auth(Operation):
    """Proof that the client may connect: the token, or the fields of rosauth."""

    token: str = wire(checks.text, '')
    mac: str = wire(checks.text, '')
    client: str = wire(checks.text, '')
    dest: str = wire(checks.text, '')
    rand: str = wire(checks.text, '')
    t: float = wire(checks.number, 0.0)
    level: str = wire(checks.text, '')
    end: float = wire(checks.number, 0.0)


OPERATIONS: dict[str, type[Operation]] = {
    'advertise': Advertise,
    'unadvertise': Unadvertise,
    'publish': Publish,
    'subscribe': Subscribe,
    'unsubscribe': Unsubscribe,
    'call_service': CallService,
    'advertise_service': AdvertiseService,
    'unadvertise_service': UnadvertiseService,
    'service_response': ServiceResponse,
    'send_action_goal': SendActionGoal,
    'cancel_action_goal': CancelActionGoal,
    'advertise_action': AdvertiseAction,
    'unadvertise_action': UnadvertiseAction,
    'action_feedback': ActionFeedback,
    'action_result': ActionResult,
    'fragment': Fragment,
    'png': Png,
    'status': Status,
    'set_level': SetLevel,
    # The older name in the text of the protocol; clients send set_level.
    'status_level': SetLevel,
    'auth': Auth,
}
NAMES: dict[type[Operation], str] = {kind: name for name, kind in reversed(OPERATIONS.items())}
