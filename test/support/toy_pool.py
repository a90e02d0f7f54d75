"""What the tests of the pool do with toy models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelSpec

ANSWER_S = 20.0


def toy(name: str = 'toy', *, kind: str = 'Toy', **given: Any) -> ModelSpec:
    """Return the specification of a toy; what is no field of it becomes an option."""
    names = ('pinned', 'load_timeout_s', 'environment')
    fields = {key: given.pop(key) for key in names if key in given}
    factory = f'support.toy_models:{kind}'
    return ModelSpec(name=name, engine='toy', factory=factory, options=given, **fields)


def ask(pool: ModelPool, name: str, method: str, /, **arguments: Any) -> Any:
    """Return the answer of a model."""
    return pool.request(name, method, arguments, deadline_s=ANSWER_S).result(ANSWER_S)


def state_of(pool: ModelPool, name: str) -> ModelSnapshot:
    """Return how a model of a pool stands."""
    return next(snapshot for snapshot in pool.snapshots() if snapshot.name == name)


def loaded(pool: ModelPool) -> set[str]:
    """Return the names of the models that have a process."""
    return {snapshot.name for snapshot in pool.snapshots() if snapshot.pid}


def children() -> list[int]:
    """Return the processes below this one, those that wait to be reaped included."""
    tasks = Path('/proc/self/task').glob('*/children')
    return [int(pid) for task in tasks for pid in task.read_text(encoding='ascii').split()]
