"""A recogniser on a lease: asked by threads that may block, computing in a worker process.

Contract
    Any thread. The model is loaded by the first request and given back by the pool when it has been
    idle. `deadline_s` counts from when it is ready. Requests wait for one another in the pool's
    queue. What goes wrong is a `HearingError`; who gives up gets a `CancelledHearingError`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bbia_sim_ros.hearing.errors import CancelledHearingError
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.results import Transcription
from bbia_sim_ros.hearing.results import transcription
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.request import Request
from bbia_sim_ros.models.request import awaited
from bbia_sim_ros.models.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What an engine is: its model, whether it takes sound while it comes, what keeps it away.

    `obstacle` is asked with the language that is wanted; empty stands for any.
    """

    spec: ModelSpec
    streams: bool
    obstacle: Callable[[str], str]


class Engine:
    """See the module's docstring."""

    def __init__(self, pool: ModelPool, kind: Kind) -> None:
        self.name = kind.spec.engine
        self.streams = kind.streams
        self._pool = pool
        self._kind = kind
        pool.add(kind.spec)

    def obstacle(self, language: str = '') -> str:
        """Return why it cannot transcribe that language and what to do; loads nothing."""
        return self._kind.obstacle(language)

    def transcribe(
        self,
        samples: Samples,
        *,
        language: str,
        cancelled: threading.Event,
        deadline_s: float,
        partial: bool = False,
        on_text: Callable[[str], None] | None = None,
    ) -> Transcription:
        """Return what was said; ``on_text`` gets the text so far, in another thread."""
        arguments = {'samples': samples, 'language': language, 'partial': partial}
        request = self._request(
            'transcribe',
            arguments,
            deadline_s,
            None if on_text is None else lambda item: on_text(item['text']),
        )
        return transcription(_awaited(request, cancelled))

    def feed(
        self,
        samples: Samples,
        *,
        stream: int,
        start: int,
        cancelled: threading.Event,
        deadline_s: float,
    ) -> str:
        """Give samples of a stream as they come; return its text so far."""
        arguments = {'stream': stream, 'start': start, 'samples': samples}
        text: str = _awaited(self._request('feed', arguments, deadline_s), cancelled)['text']
        return text

    def finish(
        self,
        samples: Samples,
        *,
        stream: int,
        start: int,
        cancelled: threading.Event,
        deadline_s: float,
    ) -> Transcription:
        """Give the last samples of a stream; return what was said."""
        arguments = {'stream': stream, 'start': start, 'samples': samples}
        return transcription(_awaited(self._request('finish', arguments, deadline_s), cancelled))

    def _request(
        self,
        method: str,
        arguments: Mapping[str, Any],
        deadline_s: float,
        on_item: Callable[[Any], None] | None = None,
    ) -> Request:
        try:
            return self._pool.request(
                self._kind.spec.name, method, arguments, deadline_s=deadline_s, on_item=on_item
            )
        except ModelError as error:
            raise HearingError(str(error)) from error


def _awaited(request: Request, cancelled: threading.Event) -> Any:
    try:
        return awaited(request, cancelled.is_set)
    except CancelledError as error:
        raise CancelledHearingError(str(error)) from error
    except ModelError as error:
        raise HearingError(str(error)) from error
