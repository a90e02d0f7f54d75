"""What a model is, before it is loaded, and how it stands at a moment. Immutable."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model that can be loaded.

    Attributes
    ----------
    name:
        Unique within its owner, such as ``chat`` or ``faces``.
    engine:
        What runs it, such as ``transformers``.
    factory:
        ``package.module:Class``; imported in the worker process alone. See ``models/worker.py``.
    options:
        Keyword arguments of the factory; anything that pickle carries.
    environment:
        Environment variables that the worker process gets in addition.
    pinned:
        Never unloaded to make room or for being idle; only on demand.
    load_timeout_s:
        A load that takes longer is ended and reported; s, above 0. A download counts.

    """

    name: str
    engine: str
    factory: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    pinned: bool = False
    load_timeout_s: float = 600.0


class ModelState(StrEnum):
    """The values of ``bbia_msgs/ModelStatus.state``."""

    UNLOADED = 'unloaded'
    LOADING = 'loading'
    READY = 'ready'
    BUSY = 'busy'
    FAILED = 'failed'


@dataclass(frozen=True, kw_only=True)
class ModelSnapshot:
    """How a model stands at a moment; the fields of ``bbia_msgs/ModelStatus``.

    ``memory_b`` is the USS of its process and their children, bytes; 0 while unloaded.
    ``last_use_s`` is `time.time` of its last use, 0 for never; ``idle_s`` the time since then or
    since it was loaded, 0 while busy or not loaded; ``idle_left_s`` the time until it is unloaded
    for being idle, -1 when it will not be. ``progress`` is 0..1 or -1 and ``stage`` what loading
    does at present. ``pid`` is 0 without a process.
    """

    name: str
    engine: str
    state: ModelState = ModelState.UNLOADED
    memory_b: int = 0
    last_use_s: float = 0.0
    idle_s: float = 0.0
    idle_left_s: float = -1.0
    loads: int = 0
    evictions: int = 0
    error: str = ''
    pinned: bool = False
    progress: float = -1.0
    stage: str = ''
    device: str = ''
    pid: int = 0

    def replaced(self, **changes: Any) -> ModelSnapshot:
        """Return a copy with other values."""
        return dataclasses.replace(self, **changes)
