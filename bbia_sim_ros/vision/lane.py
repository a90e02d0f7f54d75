"""One detector looking at the newest picture, again and again, while it is wanted.

Contract
    A lane has a thread. While it is wanted it takes the newest picture, at most ``rate`` times a
    second, asks its model and gives the answer to ``on_result``; pictures that came meanwhile are
    passed over and counted, so there is never a backlog. A model that fails is asked again after
    `RETRY_S`, and ``problem`` says why. While it is not wanted it does nothing at all. Lanes do not
    wait for one another: a slow detector slows down none but itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.request import awaited
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.frames import NewestFrame

RETRY_S: Final = 5.0
_LATENCIES: Final = 100
_JOIN_S: Final = 2.0

OnResult = Callable[[Frame, Any], None]


class Lane:
    """See the module's docstring; ``model`` is one of ``pool``, asked for ``detect``.

    Attributes
    ----------
    rate:
        Pictures a second at most, Hz.
    deadline_s:
        Longest time for one picture once the model is loaded, s.
    done, failed, passed_over:
        Pictures that were looked at, that could not be, and that were not.
    problem:
        Why the last picture could not be looked at; '' if it could.

    """

    def __init__(
        self,
        model: str,
        *,
        pool: ModelPool,
        newest: NewestFrame,
        on_result: OnResult,
        rate: float,
        deadline_s: float,
        arguments: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """Start the thread; nobody wants anything yet. ``arguments`` go with each picture."""
        self.model = model
        self.rate = rate
        self.deadline_s = deadline_s
        self.done = self.failed = self.passed_over = 0
        self.problem = ''
        self._pool = pool
        self._newest = newest
        self._on_result = on_result
        self._arguments = arguments
        self._wanted = False
        self._closing = threading.Event()
        self._seen = 0
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._thread = threading.Thread(target=self._run, name=f'vision {model}', daemon=True)
        self._thread.start()

    @property
    def wanted(self) -> bool:
        """Whether it looks at pictures."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        with self._newest.changed:
            if wanted and not self._wanted:
                # What came before was not passed over: nobody wanted to see it.
                self._seen = 0
            self._wanted = wanted
            self._newest.changed.notify_all()

    @property
    def latency_s(self) -> float:
        """The median time from a picture's coming to its result, s; NaN: there was none."""
        latencies = sorted(self._latencies)
        return latencies[len(latencies) // 2] if latencies else math.nan

    def close(self) -> None:
        """End the thread; a result that is under way is given up."""
        self._closing.set()
        with self._newest.changed:
            self._newest.changed.notify_all()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while True:
            frame = self._next_frame()
            if frame is None:
                return
            begun = time.monotonic()
            pause = self._look_at(frame)
            self._closing.wait(max(pause, begun + 1.0 / self.rate - time.monotonic()))

    def _next_frame(self) -> Frame | None:
        """Wait for a picture; None when the lane ends."""
        with self._newest.changed:
            while not self._closing.is_set():
                frame = self._newest.after(self._seen) if self._wanted else None
                if frame is not None:
                    if self._seen:
                        self.passed_over += frame.number - self._seen - 1
                    self._seen = frame.number
                    return frame
                self._newest.changed.wait()
        return None

    def _look_at(self, frame: Frame) -> float:
        """Look at a picture; return how long to leave the model alone then, s."""
        try:
            result = self._ask(frame)
        except CancelledError:
            return 0.0
        except ImageError as error:
            self.failed, self.problem = self.failed + 1, f'the picture is refused: {error}'
            return 0.0
        except ModelError as error:
            self.failed, self.problem = self.failed + 1, str(error)
            return RETRY_S
        self.done, self.problem = self.done + 1, ''
        self._on_result(frame, result)
        self._latencies.append(time.monotonic() - frame.arrived_s)
        return 0.0

    def _ask(self, frame: Frame) -> Any:
        request = self._pool.request(
            self.model,
            'detect',
            {'image': frame.pixels(), **self._arguments()},
            deadline_s=self.deadline_s,
        )
        return awaited(request, lambda: self._closing.is_set() or not self._wanted)
