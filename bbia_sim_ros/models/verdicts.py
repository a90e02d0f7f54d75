"""What those who asked are told when something went wrong in a worker process."""

from __future__ import annotations

import logging
from typing import Any

from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import RequestError
from bbia_sim_ros.models.request import Job
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.models.transport import Failure
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.transport import Unreadable

# Their texts are for people; any other exception is a mistake in the code of the model.
_MEANT_FOR_PEOPLE = frozenset({'ValueError', 'RuntimeError', 'TransportError', 'RequestError'})
# Raised by factories that know better than this module.
_SAY_WHAT_TO_DO = frozenset({'ModelLoadError', 'MemoryError'})
_LESS_MEMORY = '; memory is short: choose a smaller model, unload others, or lower max_models'
_log = logging.getLogger(__name__)


def answer(name: str, job: Job, message: Message) -> object:
    """Return what a model's last message about a job stands for: a result, or a `ModelError`."""
    payload: Any = message.payload
    if job.late or message.kind is Kind.STOPPED:
        return DeadlineError(f'{name!r} did not finish {job.method} within {job.deadline_s:g} s')
    if message.kind is Kind.FAILED:
        told = payload.kind in _MEANT_FOR_PEOPLE
        level = logging.DEBUG if told else logging.WARNING
        _log.log(level, 'model %s, %s:\n%s', name, job.method, payload.trace)
        return RequestError(payload.text if told else f'{payload.kind}: {payload.text}')
    return RequestError(payload.reason) if isinstance(payload, Unreadable) else payload


def no_room(name: str, job: Job) -> DeadlineError:
    """Return the error for a job whose model found no place."""
    return DeadlineError(
        f'{name!r} found no room to be loaded within {job.deadline_s:g} s, because the other models'
        ' are busy; ask later, or raise max_models'
    )


def did_not_stop(name: str, grace_s: float, event: str) -> str:
    """Return why a process was killed that had ``grace_s`` seconds after an event to stop."""
    return (
        f'{name!r} did not stop within {grace_s:g} s after {event}, so its process was ended; the'
        ' next request starts it anew'
    )


def load_too_slow(spec: ModelSpec) -> str:
    """Return why a process was killed that was still loading."""
    return (
        f'it was not loaded within {spec.load_timeout_s:g} s; give it more time with'
        ' load_timeout_s, or choose a smaller model'
    )


def load_reason(failure: Failure) -> str:
    """Return why a model could not be loaded, and what to do where that is known."""
    if failure.kind in _SAY_WHAT_TO_DO and failure.text:
        return failure.text
    advice = ''
    if failure.out_of_memory:
        advice = _LESS_MEMORY
    elif failure.kind == 'ModuleNotFoundError':
        advice = '; install what the engine needs, see requirements/'
    return f'{failure.kind}: {failure.text}{advice}'
