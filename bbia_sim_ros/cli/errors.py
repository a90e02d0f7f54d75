"""The one error that the command line turns into a message instead of a traceback."""


class CommandError(Exception):
    """Something the person can do something about: what failed, and how to fix it."""

    def __init__(self, what: str, fix: str = '') -> None:
        super().__init__(what if not fix else f'{what}\n  fix: {fix}')
        self.what = what
        self.fix = fix


class UsageError(Exception):
    """The command line itself is wrong: what, and what would be right."""
