"""Fixtures of the simulation's tests: the real robot model, prepared once in the usual cache."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.physics import Physics


@pytest.fixture(scope='session')
def assets() -> Assets:
    """Return the prepared robot model."""
    return prepare()


@pytest.fixture(scope='session')
def kinematics(assets: Assets) -> Kinematics:
    """Return the kinematics of the robot."""
    return Kinematics(load_geometry(assets.kinematics_data))


@pytest.fixture
def load(assets: Assets) -> Iterator[Callable[..., Physics]]:
    """Return a function that loads physics, closed at the end of the test."""
    loaded = []

    def make(scene: str = 'empty', **options: Any) -> Physics:
        physics = Physics.load(scene, assets, **options)
        loaded.append(physics)
        return physics

    yield make
    for physics in loaded:
        physics.close()
