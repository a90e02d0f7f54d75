"""The simulated head camera as a source of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.errors import CameraOff
from bbia_sim_ros.camera.source import Picture
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.errors import SimulationError


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """The world at a moment: `Physics.qpos`, `Physics.mocap`, and when that was, s."""

    qpos: FloatArray
    mocap: FloatArray
    stamp_s: float


class SimulatedCamera:
    """A `bbia_sim_ros.camera.source.PictureSource` that shows the world as it is at each `take`.

    `snapshot` returns where everything is, or None when there is no model; `rate` the pictures per
    second that are wanted. Both are called from the taking thread.
    """

    # Without OpenGL each try costs a process, and it hardly ever comes by itself.
    retry_delays_s: tuple[float, ...] = (1.0, 5.0, 30.0)

    def __init__(
        self,
        worker: CameraWorker,
        snapshot: Callable[[], Snapshot | None],
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
        try:
            intrinsics = self._worker.start()
            frame = None
            if rgb or jpeg:
                frame = self._worker.render(snapshot.qpos, snapshot.mocap, rgb=rgb, jpeg=jpeg)
        except SimulationError as error:
            raise CameraError(str(error)) from error
        return Picture(
            stamp_s=snapshot.stamp_s,
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
