"""What a client is told when something cannot be done."""


class Refused(ValueError):
    """An operation cannot be done; the text tells the client why."""
