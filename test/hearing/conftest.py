"""Recognisers in worker processes."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.engines import make_engines
from bbia_sim_ros.hearing.parameters import HearingParameters
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from support import tiny_whisper
from support.optional import HEARING
from support.optional import need

MakeEngines = Callable[..., dict[str, Engine]]


@contextmanager
def pool_and_maker() -> Iterator[tuple[ModelPool, MakeEngines]]:
    """Yield a pool, and what makes all recognisers in it for some parameters."""
    pool = ModelPool(owner='hearing', limits=PoolLimits())

    def make(**values: Any) -> dict[str, Engine]:
        return make_engines(pool, HearingParameters(**values))

    try:
        yield pool, make
    finally:
        pool.close()


@pytest.fixture(scope='session', autouse=True)
def packages() -> None:
    """Skip these tests where the recognisers are left out."""
    need(*HEARING)


@pytest.fixture(scope='session')
def whisper_models(tmp_path_factory: pytest.TempPathFactory) -> tiny_whisper.Models:
    """Models of both whisper engines with random weights."""
    return tiny_whisper.build(tmp_path_factory.mktemp('tiny_whisper'))


@pytest.fixture(scope='session')
def english() -> Iterator[Engine]:
    """Return the recogniser that is always there."""
    with pool_and_maker() as (_, make):
        yield make()['pocketsphinx']


@pytest.fixture
def pool_of_engines() -> Iterator[tuple[ModelPool, MakeEngines]]:
    """A pool, and what makes all recognisers in it for some parameters."""
    with pool_and_maker() as made:
        yield made
