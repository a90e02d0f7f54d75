"""What can go wrong with a recording, in words for the person who records or replays."""


class RecordingError(RuntimeError):
    """A recording cannot be made or read: which file, why, and what to do."""


class LimitReached(RecordingError):
    """The file is as large or as long as it may become; what was written is whole."""


class StorageFailed(RecordingError):
    """The disk takes no more; says what became of the file."""
