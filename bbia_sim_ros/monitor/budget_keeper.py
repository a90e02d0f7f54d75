"""Who is asked to unload when the models of the stack take more memory than they may. Pure.

One model at a time: the next one is chosen when the last has given its memory back, has refused, or
is still loaded `EFFECT_S` after its owner said that it went. In the last two cases it is left alone
for `REFUSED_S`. For one thread; times are those of `time.monotonic`, s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bbia_sim_ros.models.budget import Lease
from bbia_sim_ros.models.budget import choose
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.monitor.model_register import KnownModel

EFFECT_S = 5.0
REFUSED_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be done now.

    `ask` is the model to be asked to go, None for nobody; `stuck` says why the memory stays over
    the budget, '' when it does not or when that is not known yet.
    """

    ask: KnownModel | None = None
    stuck: str = ''


class BudgetKeeper:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._asked: KnownModel | None = None
        self._answered_s: float | None = None
        self._refusals: dict[str, tuple[float, str]] = {}
        self._stuck = ''
        self.unloaded = 0
        """Models that went because they were asked to."""

    def decide(self, models: Sequence[KnownModel], budget_b: int, now: float) -> Decision:
        """Return what to do; a model that is to be asked counts as asked from now on.

        `budget_b` is in bytes, 0: no limit.
        """
        self._refusals = {
            key: refusal for key, refusal in self._refusals.items() if now - refusal[0] < REFUSED_S
        }
        self._look_at_asked(models, now)
        used_b = sum(known.model.memory_b for known in models)
        if not budget_b or used_b <= budget_b:
            self._stuck = ''
            return Decision()
        if self._asked is not None:
            return Decision(stuck=self._stuck)
        leaving = choose((self._lease(known, now) for known in models), budget_b).leaving
        if leaving:
            first = f'{leaving[0].owner}/{leaving[0].name}'
            self._asked = next(known for known in models if known.key == first)
        else:
            self._stuck = self._reason(models)
        return Decision(ask=self._asked, stuck=self._stuck)

    def answered(self, *, success: bool, message: str, now: float) -> None:
        """Take the answer of the owner of the model that was asked last."""
        if self._asked is None:
            return
        if success:
            self._answered_s = now
            self._stuck = ''
            self.unloaded += 1
        else:
            self._refusals[self._asked.key] = (now, message)
            self._forget_asked()

    def _lease(self, known: KnownModel, now: float) -> Lease:
        return Lease(
            owner=known.owner,
            name=known.model.name,
            memory_b=known.model.memory_b,
            idle_s=known.model.idle_s + now - known.heard_s,
            busy=known.model.state is not ModelState.READY or known.key in self._refusals,
            pinned=known.model.pinned,
        )

    def _look_at_asked(self, models: Sequence[KnownModel], now: float) -> None:
        if self._asked is None or self._answered_s is None:
            return
        key = self._asked.key
        gone = not any(known.key == key and known.is_loaded for known in models)
        if gone:
            self._forget_asked()
        elif now - self._answered_s > EFFECT_S:
            self._refusals[key] = (now, 'it was unloaded and is loaded again')
            self._forget_asked()

    def _forget_asked(self) -> None:
        self._asked = None
        self._answered_s = None

    def _reason(self, models: Sequence[KnownModel]) -> str:
        loaded = [known for known in models if known.is_loaded]
        return '; '.join(f'{known.key} {self._why_it_stays(known)}' for known in loaded)

    def _why_it_stays(self, known: KnownModel) -> str:
        if known.model.pinned:
            return 'is pinned'
        if known.model.state is ModelState.READY and known.key in self._refusals:
            return f'refused: {self._refusals[known.key][1]}'
        return f'is {known.model.state}'
