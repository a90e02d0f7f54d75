"""Errors of the simulation. Each message says what failed, on which value, and how to mend it."""


class SimulationError(Exception):
    """Base of everything that the simulation raises on purpose."""


class AssetError(SimulationError):
    """The robot's model files are absent, damaged, or cannot be prepared."""


class SceneError(SimulationError):
    """The scene does not exist or MuJoCo refuses it."""


class PathError(SimulationError):
    """A path cannot be followed; nothing changes, and paths that run go on."""


class SimulationClosed(SimulationError):
    """The model was released; load it again to go on."""


class StepLimitReached(SimulationError):
    """``max_steps`` physics steps were made. The last state can still be read until ``close``."""


class SimulationDiverged(SimulationError):
    """A state became NaN, infinite or huge. The simulation was already reset to ``neutral``."""


class CameraUnavailable(SimulationError):
    """No picture: there is no off-screen OpenGL, or the camera's process failed."""
