"""Errors of cameras. Each message says what failed, on which value, and how to mend it."""


class CameraError(Exception):
    """No picture can be had; another try may succeed."""


class CameraOff(Exception):
    """There is nothing to see, and nothing is wrong; the message says why."""


class WorkerError(Exception):
    """A camera's process could not be started, died, or did not answer in time."""
