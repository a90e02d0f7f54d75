"""A way around what bars the direct one ends where the target is in the end."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.workspace import Workspace
from support.gate_runs import DT
from support.gate_runs import run

JOURNEYS = 40
# What the nearest reachable pose may differ in without being told as clipped, m and rad.
_NOT_TOLD = 8e-3


def _pose(place: FloatArray, angles: FloatArray) -> FloatArray:
    return np.asarray(euler_poses(place[None], angles[None])[0], dtype=np.float64)


@pytest.mark.parametrize('step', [0.0, 0.01, 0.05])
def test_a_target_that_moves_on_during_a_detour_is_reached(
    kinematics: Kinematics, workspace: Workspace, step: float
) -> None:
    """Small moves of the target, m and rad, must not leave the legs where it was before"""
    draw = np.random.default_rng(0)
    detours = reached = 0
    for _ in range(JOURNEYS):
        gate = SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)
        place, angles = draw.uniform(-0.04, 0.04, 3), draw.uniform(-0.7, 0.7, 3)
        gate.command_body(BodyCommand(head_pose=_pose(place, angles)), now=0.0)
        run(gate, 1.0)
        place, angles = draw.uniform(-0.015, 0.015, 3), draw.uniform(-0.3, 0.3, 3)
        on_place, on_angles = draw.uniform(-0.1, 0.1, 3), draw.uniform(-1.0, 1.0, 3)
        clipped: set[str] = set()
        for k in range(10):
            wish = _pose(place + k * step * 0.1 * on_place, angles + k * step * on_angles)
            gate.command_body(BodyCommand(head_pose=wish), now=1.0 + k * DT)
            clipped.update(*(output.clipped for output in run(gate, DT, start=1.0 + k * DT)))
        end = run(gate, 5.0, start=1.1)[-1]
        clipped.update(end.clipped)
        detours += any('detour' in line for line in clipped)
        assert not any('detour' in line for line in end.clipped)
        if not end.clipped:
            reached += 1
            assert np.abs(wish - gate.head_pose).max() < _NOT_TOLD
    assert detours >= 5
    assert reached >= 10
