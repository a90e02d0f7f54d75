"""Which intrinsics belong to a picture: those of a calibration, or those that the maker gives."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import uncalibrated
from bbia_sim_ros.camera.models import NO_MODEL
from bbia_sim_ros.camera.models import OFFICIAL_MODES
from bbia_sim_ros.camera.models import official_intrinsics

Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A calibration, else the name of a model of `camera.models`, else none."""

    measured: Intrinsics | None = None
    model: str = NO_MODEL

    def of(self, *, native: Size, shown: Size) -> tuple[Intrinsics, str]:
        """Return the intrinsics of a picture and a warning, '' when they are what was asked for.

        `native` is the (width, height) that the camera gave, `shown` the size that it was scaled
        to. What does not belong to the picture is not used: it is then not calibrated.
        """
        known, warning = self._native(native)
        return (uncalibrated(*shown) if known is None else known.scaled(*shown)), warning

    def _native(self, native: Size) -> tuple[Intrinsics | None, str]:
        width, height = native
        if self.measured is not None:
            if self.measured.has_aspect_of(width, height):
                return self.measured, ''
            made_for = f'{self.measured.width}x{self.measured.height}'
            return None, (
                f'the calibration file is for pictures of {made_for}, the camera gives'
                f' {width}x{height}, another shape: camera_info says not calibrated; calibrate with'
                ' pictures of this shape, or ask the camera for the other one'
            )
        if self.model == NO_MODEL:
            return None, ''
        official = official_intrinsics(self.model, width, height)
        if official is not None:
            return official, ''
        modes = ', '.join(f'{w}x{h}' for w, h in OFFICIAL_MODES[self.model])
        return None, (
            f'camera_model {self.model} has no numbers for pictures of {width}x{height}, only for'
            f' {modes}: camera_info says not calibrated; give a calibration_file'
        )
