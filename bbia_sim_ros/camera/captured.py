"""A real camera, or any other source of pictures, as a `camera.source.PictureSource`.

Contract
    The source is opened and read by a process of its own, started at the first `take`. Each `take`
    waits at most for one answer; a source that gives no picture for `timeout` seconds, in whatever
    it hangs, is ended with its process, and the next `take` starts a fresh one. After any other
    failure the process stays, and the next `take` opens the source anew. A picture is stamped with
    the time at which it came to this computer, not at which it left the camera.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.camera.address import Address
from bbia_sim_ros.camera.address import parse_address
from bbia_sim_ros.camera.calibration import Calibration
from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.errors import WorkerError
from bbia_sim_ros.camera.source import Picture
from bbia_sim_ros.camera.worker import WorkerProcess

PROCESS_MODULE: Final = 'bbia_sim_ros.camera.capture_process'
MAX_PICTURE_PX: Final = 4608 * 3456
ANSWER_TIMEOUT_S: Final = 5.0
# OpenCV and FFmpeg are to keep to themselves what is told here in fewer words.
_ENVIRONMENT: Final = {'OPENCV_LOG_LEVEL': 'SILENT', 'OPENCV_FFMPEG_LOGLEVEL': '-8'}


@dataclass(frozen=True, kw_only=True)
class CaptureSettings:
    """What to read and how.

    Attributes
    ----------
    source:
        See `camera.address.parse_address`.
    width, height:
        Asked of a device, pixels.
    max_width:
        Pictures that are wider are scaled down to it, pixels.
    jpeg_quality:
        1 .. 100.

    """

    source: str
    width: int = 1920
    height: int = 1080
    max_width: int = 1280
    jpeg_quality: int = 80


class CapturedCamera:
    """See the module's docstring.

    `rate` returns the most pictures per second that are wanted, `timeout` the seconds after which a
    silent source is given up, `now` the ROS time in seconds.

    Attributes
    ----------
    address:
        The source.
    dropped:
        Pictures that came and were not taken, since the source was opened.
    starts:
        How often a process was started.

    """

    retry_delays_s: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0)
    interval_s = 0.0

    def __init__(
        self,
        settings: CaptureSettings,
        calibration: Calibration,
        *,
        rate: Callable[[], float],
        timeout: Callable[[], float],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.address: Address = parse_address(settings.source)
        self.dropped = 0
        self.starts = 0
        self._settings = settings
        self._calibration = calibration
        self._rate = rate
        self._timeout = timeout
        self._now = now
        self._worker: WorkerProcess | None = None
        self._last_use = -math.inf
        self._waiting_since: float | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, None while none runs."""
        return self._worker.process.pid if self._worker else None

    def take(self, *, rgb: bool, jpeg: bool) -> Picture | None:
        """Return the next picture, None if there is none yet; raises `CameraError`."""
        self._last_use = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = self._last_use
        request = {'rgb': rgb, 'jpeg': jpeg, 'period_s': 1.0 / self._rate()}
        try:
            worker = self._running_worker()
            answer = worker.ask(request, ANSWER_TIMEOUT_S)
        except WorkerError as error:
            self.close()
            raise CameraError(f'{self.address.label}: {error}') from error
        if not answer:
            self._give_up_if_silent()
            return None
        self._waiting_since = None
        if 'error' in answer:
            raise CameraError(answer['error'])
        self.dropped = answer['dropped']
        return self._picture(answer, worker, rgb=rgb)

    def close_if_idle(self, idle_s: float) -> bool:
        """End the process if nothing was taken for `idle_s` seconds; say whether it was ended."""
        self._waiting_since = None
        if self._worker is None or time.monotonic() - self._last_use < idle_s:
            return False
        self.close()
        return True

    def close(self) -> None:
        """End the process. May be called twice; the next `take` starts a fresh one."""
        self._waiting_since = None
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _running_worker(self) -> WorkerProcess:
        if self._worker is None:
            self._worker = WorkerProcess(
                PROCESS_MODULE,
                asdict(self._settings),
                memory_b=3 * MAX_PICTURE_PX,
                environment=_ENVIRONMENT,
            )
            self.starts += 1
            self._waiting_since = time.monotonic()
        return self._worker

    def _give_up_if_silent(self) -> None:
        timeout = self._timeout()
        since = self._waiting_since
        if since is not None and time.monotonic() - since >= timeout:
            self.close()
            raise CameraError(f'{self.address.label} gave no picture for {timeout:g} s')

    def _picture(self, answer: dict[str, Any], worker: WorkerProcess, *, rgb: bool) -> Picture:
        width, height = answer['width'], answer['height']
        intrinsics, warning = self._calibration.of(native=answer['native'], shown=(width, height))
        pixels = None
        if rgb:
            view = np.frombuffer(worker.memory, np.uint8, 3 * width * height)
            pixels = view.reshape(height, width, 3).copy()
        return Picture(
            # The monotonic clock is the same in all processes of a computer.
            stamp_s=self._now() - (time.monotonic() - answer['captured_s']),
            intrinsics=intrinsics,
            rgb=pixels,
            jpeg=answer['jpeg'],
            warning=warning,
        )
