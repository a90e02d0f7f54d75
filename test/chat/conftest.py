"""Pools, servers and engines that chat tests share."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bbia_sim_ros.chat.openai_engine import OpenAiEngine
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from support.openai_server import OpenAiServer

KEY_VARIABLE = 'BBIA_TEST_KEY'


@pytest.fixture(scope='module')
def pool() -> Iterator[ModelPool]:
    """A pool that lasts for the tests of a module."""
    made = ModelPool(owner='chat', limits=PoolLimits())
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    """A server with the OpenAI interface and an empty script."""
    with OpenAiServer() as running:
        yield running


@pytest.fixture
def openai_engine(server: OpenAiServer) -> Iterator[OpenAiEngine]:
    """An engine that asks that server, with the key in $BBIA_TEST_KEY if it is set."""
    made = OpenAiEngine(base_url=server.base_url, key_variable=KEY_VARIABLE)
    yield made
    made.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for turns that run at the same time."""
    with ThreadPoolExecutor(8) as executor:
        yield executor
