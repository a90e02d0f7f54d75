"""Refuse what rclpy's own parameter services let through to an exception.

rclpy 9.1.2 raises ValueError in the executor for a value of a type that does not exist, which would
let one malformed request end every node of the process. Here such a request is answered: in
`set_parameters` each parameter by itself, in `set_parameters_atomically` all together. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter

_EACH = '/set_parameters'
_TOGETHER = '/set_parameters_atomically'
_Answer = Callable[[Any, Any], Any]


def check_parameter_requests(node: Node) -> None:
    """Put the check in front of the services of `node` that set parameters."""
    own = node.get_fully_qualified_name()
    for service in node.services:
        if service.service_name == own + _EACH:
            service.callback = _checked_each(service.callback)
        elif service.service_name == own + _TOGETHER:
            service.callback = _checked_together(service.callback)


def _checked_each(answer: _Answer) -> _Answer:
    def checked(request: Any, response: Any) -> Any:
        for message in request.parameters:
            refusal = _refusal([message])
            if refusal is None:
                one = SetParameters.Request(parameters=[message])
                answer(one, response)
            else:
                response.results.append(refusal)
        return response

    return checked


def _checked_together(answer: _Answer) -> _Answer:
    def checked(request: Any, response: Any) -> Any:
        refusal = _refusal(request.parameters)
        if refusal is None:
            return answer(request, response)
        response.result = refusal
        return response

    return checked


def _refusal(messages: Sequence[ParameterMessage]) -> SetParametersResult | None:
    """Return why rclpy cannot read these, None when it can."""
    for message in messages:
        try:
            Parameter.from_parameter_msg(message)
        except (TypeError, ValueError) as error:
            reason = f'{message.name!r:.80} has no value that can be read: {error}'
            return SetParametersResult(successful=False, reason=reason)
    return None
