"""The handle of something asked of a pool: an answer, a load or an unload.

Contract
    A request ends once, with a result or with a `ModelError`; who comes later is ignored. All
    methods may be called by any thread.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import InvalidStateError
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import ModelError

_LOOK_S: Final = 0.05
_numbers = itertools.count(1)


class Request:
    """Something that was asked for; see the module's docstring."""

    def __init__(self, what: str, on_cancel: Callable[[], None]) -> None:
        self._what = what
        self._on_cancel = on_cancel
        self._future: Future[Any] = Future()

    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self._future.done()

    def result(self, timeout_s: float | None = None) -> Any:
        """Wait for the result and return it, or raise the `ModelError` that came instead.

        Raises `DeadlineError` when there is neither within ``timeout_s`` seconds; the request goes
        on then. None waits as long as it takes, which the request's own deadline bounds.
        """
        try:
            return self._future.result(timeout_s)
        except TimeoutError:
            raise DeadlineError(f'{self._what} is not done within {timeout_s} s') from None

    def cancel(self) -> None:
        """Want the answer no more: it ends with `CancelledError` at once."""
        if self.fail(CancelledError(f'{self._what} was cancelled')):
            self._on_cancel()

    def add_done_callback(self, callback: Callable[[Request], None]) -> None:
        """Call ``callback`` with this request when it is done, or now if it is.

        In the thread that ends it, so it must not block; what it raises is logged.
        """
        self._future.add_done_callback(lambda _: callback(self))

    def finish(self, value: Any) -> bool:
        """Give the result; for the pool. Return whether it was still wanted."""
        try:
            self._future.set_result(value)
        except InvalidStateError:
            return False
        return True

    def fail(self, error: ModelError) -> bool:
        """Give an error; for the pool. Return whether the result was still wanted."""
        try:
            self._future.set_exception(error)
        except InvalidStateError:
            return False
        return True


def awaited(request: Request, unwanted: Callable[[], bool]) -> Any:
    """Wait for the result and return it; cancel the request when it is wanted no more.

    ``unwanted`` is asked every 50 ms. Raises the `ModelError` that came instead.
    """
    while not request.done():
        if unwanted():
            request.cancel()
        try:
            request.result(_LOOK_S)
        except DeadlineError:
            continue  # its own, or that of this look: the next turn tells
        except ModelError:
            break
    return request.result(0.0)


@dataclass(eq=False, kw_only=True)
class Job:
    """A place in a model's queue: a call, or with an empty ``method`` the wish to unload.

    ``asked`` is when it was asked, or when the process went that it waited for; ``late_at`` is set
    when work begins; both `time.monotonic`.
    """

    request: Request
    asked: float
    method: str = ''
    arguments: Mapping[str, Any] = field(default_factory=dict)
    deadline_s: float = 0.0
    on_item: Callable[[Any], None] | None = None
    eviction: bool = False
    late_at: float = 0.0
    late: bool = False
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def unloads(self) -> bool:
        """Whether it is a wish to unload."""
        return not self.method
