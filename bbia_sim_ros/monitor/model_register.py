"""The models of the stack, as their owners report them. Pure; for one thread.

A model is known by its owner, which is a node's name, and its own name. An owner that has gone is
forgotten with its models; so is a loaded model of which nothing is heard for a while, because its
owner speaks every 10 s. At most `MOST_MODELS` are known; reports of more are counted and dropped.
Times are those of `time.monotonic`, s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState

MOST_MODELS = 256
# A node's messages may be heard before its name is known in the graph.
_GRACE_S = 2.0
_WITH_PROCESS = (ModelState.LOADING, ModelState.READY, ModelState.BUSY)


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """The newest report of a model, and when it was heard."""

    owner: str
    model: ModelSnapshot
    heard_s: float

    @property
    def key(self) -> str:
        """`owner/model`, as the services of the monitor take it."""
        return f'{self.owner}/{self.model.name}'

    @property
    def is_loaded(self) -> bool:
        """Whether there is a process that takes memory."""
        return self.model.state in _WITH_PROCESS


class ModelRegister:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._models: dict[str, KnownModel] = {}
        self.dropped = 0
        """Reports of models that there was no more room for."""

    @property
    def models(self) -> tuple[KnownModel, ...]:
        """All known models, by owner and name."""
        return tuple(self._models[key] for key in sorted(self._models))

    @property
    def owners(self) -> tuple[str, ...]:
        """The nodes that have models, sorted."""
        return tuple(sorted({known.owner for known in self._models.values()}))

    @property
    def memory_b(self) -> int:
        """What all models take together, bytes."""
        return sum(known.model.memory_b for known in self._models.values())

    def put(self, owner: str, model: ModelSnapshot, now: float) -> None:
        """Take a report."""
        known = KnownModel(owner=owner, model=model, heard_s=now)
        if known.key not in self._models and len(self._models) >= MOST_MODELS:
            self.dropped += 1
            return
        self._models[known.key] = known

    def heard_s(self, owner: str) -> float:
        """Return when an owner was last heard, -inf for one that is not known."""
        return max(
            (known.heard_s for known in self._models.values() if known.owner == owner),
            default=float('-inf'),
        )

    def forget(self, *, publishers: Collection[str], silence_s: float, now: float) -> None:
        """Forget the owners that publish no more, and loaded models that fell silent.

        `publishers` are the names of the nodes that publish reports now.
        """
        for key, known in list(self._models.items()):
            silent_s = now - known.heard_s
            gone = known.owner not in publishers and silent_s > _GRACE_S
            if gone or (known.is_loaded and silent_s > silence_s):
                del self._models[key]
