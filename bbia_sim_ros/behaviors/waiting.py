"""Those that wait for the body: in which order, and how many at most.

Contract
    The highest priority comes first, then the order of asking; one that was preempted and goes on
    comes before those of its priority. Only those that have not begun count against the bound: the
    others had the body before. One owner, the director, which holds its lock.
"""

from __future__ import annotations

from bbia_sim_ros.behaviors.errors import TooMany
from bbia_sim_ros.behaviors.performance import Performance


class WaitingLine:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._line: list[Performance] = []

    @property
    def all(self) -> tuple[Performance, ...]:
        """Those that wait, the next one first."""
        return tuple(self._line)

    @property
    def next(self) -> Performance | None:
        """The next one, None if none waits."""
        return self._line[0] if self._line else None

    def take(self) -> Performance:
        """Take the next one; IndexError if none waits."""
        return self._line.pop(0)

    def put(self, performance: Performance, *, first: bool = False) -> None:
        """Put one behind those of its priority, or before them."""
        least = performance.priority + (1 if first else 0)
        self._line.insert(sum(one.priority >= least for one in self._line), performance)

    def remove(self, performance: Performance) -> bool:
        """Take one out of the line; False if it does not wait."""
        if performance not in self._line:
            return False
        self._line.remove(performance)
        return True

    def admit(self, performance: Performance, *, behind: Performance | None, most: int) -> None:
        """Raise `TooMany` if one may not wait, with ``most`` others that have not begun.

        ``behind`` is what runs and would end first; None if the next in line begins at once.
        """
        waiting = [one.name for one in self._line if one.instance is None]
        if behind is None:
            # Of those that have not begun, one is about to.
            if len(waiting) > most:
                raise TooMany(
                    f'{performance.name} cannot wait: {", ".join(waiting)} have not begun, and at'
                    f' most {most} may wait for the first of them; cancel one'
                )
        elif len(waiting) >= most:
            in_front = ', '.join([behind.name, *waiting])
            raise TooMany(
                f'{performance.name} cannot wait: {in_front} are before it, and at most'
                f' {most} may wait; cancel one, or give a priority above {behind.priority}'
            )
