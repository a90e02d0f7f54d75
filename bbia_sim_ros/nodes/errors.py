"""Errors that the nodes share."""


class StartError(RuntimeError):
    """A node cannot start; the message is one line for the person who started it."""
