"""The simulated head camera as a source of pictures."""

from __future__ import annotations

from collections.abc import Callable

from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.errors import CameraOff
from bbia_sim_ros.camera.source import Picture
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.errors import SimulationError


class SimulatedCamera:
    """A `bbia_sim_ros.camera.source.PictureSource` that shows the world as it is at each `take`.

    `snapshot` returns the scene's position vector and its time in seconds, or None when there is no
    model; `rate` the pictures per second that are wanted. Both are called from the taking thread.
    """

    # Without OpenGL each try costs a process, and it hardly ever comes by itself.
    retry_delays_s: tuple[float, ...] = (1.0, 5.0, 30.0)

    def __init__(
        self,
        worker: CameraWorker,
        snapshot: Callable[[], tuple[FloatArray, float] | None],
        *,
        rate: Callable[[], float],
    ) -> None:
        self._worker = worker
        self._snapshot = snapshot
        self._rate = rate

    @property
    def interval_s(self) -> float:
        """Seconds from one picture to the next."""
        return 1.0 / self._rate()

    def take(self, *, rgb: bool, jpeg: bool) -> Picture:
        """Render a picture; raises `CameraError`, and `CameraOff` after the model's release."""
        snapshot = self._snapshot()
        if snapshot is None:
            raise CameraOff('the simulation is stopped')
        qpos, stamp_s = snapshot
        try:
            intrinsics = self._worker.start()
            frame = self._worker.render(qpos, rgb=rgb, jpeg=jpeg) if rgb or jpeg else None
        except SimulationError as error:
            raise CameraError(str(error)) from error
        return Picture(
            stamp_s=stamp_s,
            intrinsics=intrinsics,
            rgb=frame.rgb if frame else None,
            jpeg=frame.jpeg if frame else None,
        )

    def close_if_idle(self, idle_s: float) -> bool:
        """End the renderer if it was not used for `idle_s` seconds; say whether it was ended."""
        return self._worker.close_if_idle(idle_s)

    def close(self) -> None:
        """End the renderer."""
        self._worker.close()
