"""Kinematics, workspace and reference model of the official robot, made once a session; a gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.workspace import Workspace
from support.official_robot import OfficialModel
from support.official_robot import official_package


@pytest.fixture(scope='session')
def official() -> Path:
    """Folder of the official package."""
    package: Path = official_package()
    return package


@pytest.fixture(scope='session')
def kinematics(official: Path) -> Kinematics:
    """Kinematics of the official robot."""
    return Kinematics(load_geometry(official / 'assets/kinematics_data.json'))


@pytest.fixture(scope='session')
def workspace(kinematics: Kinematics) -> Workspace:
    """Workspace of the official robot."""
    return Workspace(kinematics)


@pytest.fixture(scope='session')
def official_model(official: Path) -> OfficialModel:
    """The official MuJoCo model."""
    return OfficialModel(official)


@pytest.fixture
def gate(kinematics: Kinematics, workspace: Workspace) -> SafetyGate:
    """A safety gate at rest, head neutral."""
    return SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)
