"""Fixtures for tests that run nodes: every test talks in a ROS domain of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import tiny_chat_model
from support.domains import reserved_domain
from support.optional import TRANSFORMERS
from support.optional import need
from support.ros import Probe
from support.ros import probe


@pytest.fixture
def ros_domain() -> Iterator[int]:
    """Reserve a ROS domain that no other test of this computer uses, and set ROS_DOMAIN_ID."""
    with reserved_domain() as domain:
        yield domain


@pytest.fixture
def ros_probe(ros_domain: int) -> Iterator[Probe]:
    """A probe in the test's own domain."""
    with probe() as made:
        yield made


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small random chat model; torch is imported in other processes only."""
    need(*TRANSFORMERS)
    return tiny_chat_model.build(tmp_path_factory.mktemp('tiny_chat_model'))
