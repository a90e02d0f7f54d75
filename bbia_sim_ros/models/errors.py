"""What can go wrong with a model. Every message says what to do about it."""

from __future__ import annotations


class ModelError(RuntimeError):
    """A model did not do what was asked."""


class UnknownModelError(ModelError):
    """No model has that name."""


class ModelLoadError(ModelError):
    """A model could not be loaded; it is tried again when it is next asked for, not before."""


class ModelBusyError(ModelError):
    """A model that works on a request cannot be unloaded, or no model can go to make room."""


class QueueFullError(ModelError):
    """More requests wait than are allowed."""


class ModelCrashError(ModelError):
    """The process of a model died while it had a request; the next request gets a fresh one."""


class RequestError(ModelError):
    """A model refused or failed a request; it is still loaded."""


class DeadlineError(ModelError):
    """There was no answer in time."""


class CancelledError(ModelError):
    """Whoever asked did not want the answer any more."""
