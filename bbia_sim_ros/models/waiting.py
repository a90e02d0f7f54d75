"""Who waits for a model, and how they are told. Used with the lock of the pool held.

Contract
    Requests have callbacks which may ask the pool again, so that they are not ended here: what ends
    them is put into ``later``, to be called without the lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.request import Job
from bbia_sim_ros.models.request import Request


class Waiting:
    """The queue of a model, and who waits for it to be loaded or gone.

    Attributes
    ----------
    queue:
        Calls and wishes to unload, in the order they were asked for.
    loading:
        Who wants it loaded, no more.
    unloading:
        Who waits for its process to be gone.

    """

    def __init__(self, later: list[Callable[[], object]]) -> None:
        self.queue: deque[Job] = deque()
        self.loading: list[Job] = []
        self.unloading: list[Request] = []
        self._later = later

    @property
    def calls(self) -> int:
        """How many calls wait."""
        return sum(not job.unloads for job in self.queue)

    @property
    def unloads(self) -> int:
        """How many wait for its end."""
        return len(self.unloading) + sum(job.unloads for job in self.queue)

    @property
    def for_load(self) -> list[Job]:
        """Those who need it loaded."""
        return [*self.queue, *self.loading]

    def tell(self, request: Request, outcome: object) -> None:
        """End a request with an error or a result."""
        if isinstance(outcome, ModelError):
            self._later.append(partial(request.fail, outcome))
        else:
            self._later.append(partial(request.finish, outcome))

    def loaded(self) -> None:
        """Tell those who wanted no more."""
        for job in self.loading:
            self.tell(job.request, None)
        self.loading.clear()

    def refuse(self, error: ModelError) -> None:
        """Tell everybody that it cannot be used; without it, a wish to unload it is fulfilled."""
        for job in self.queue:
            self.tell(job.request, None if job.unloads else error)
        for job in self.loading:
            self.tell(job.request, error)
        self.queue.clear()
        self.loading.clear()

    def gone(self, now: float) -> None:
        """Tell who wanted its process gone; for the others, the wait for a place begins."""
        while self.queue and self.queue[0].unloads:
            self.unloading.append(self.queue.popleft().request)
        for request in self.unloading:
            self.tell(request, None)
        self.unloading.clear()
        for job in self.for_load:
            job.asked = now

    def forget(self, job: Job) -> None:
        """Let nobody wait for a job any more."""
        if job in self.queue:
            self.queue.remove(job)
        elif job in self.loading:
            self.loading.remove(job)

    def expire(self, now: float, why: Callable[[Job], ModelError]) -> None:
        """Tell those who have waited for a place as long as they would for their answer."""
        for job in self.for_load:
            if now >= job.asked + job.deadline_s:
                self.forget(job)
                self.tell(job.request, why(job))
