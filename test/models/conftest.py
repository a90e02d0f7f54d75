"""Pools of toy models."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from support.toy_pool import toy

MakePool = Callable[..., ModelPool]


@pytest.fixture
def make_pool() -> Iterator[MakePool]:
    """Make pools with models of the names given, closed after the test."""
    with ExitStack() as cleanup:

        def make(*names: str, on_change: Any = None, **limits: Any) -> ModelPool:
            pool = ModelPool(owner='tests', limits=PoolLimits(**limits), on_change=on_change)
            cleanup.callback(pool.close)
            for name in names:
                pool.add(toy(name))
            return pool

        yield make
