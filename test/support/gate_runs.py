"""Runs a safety gate on a clock of its own and poses that are easy to tell."""

from __future__ import annotations

import math

from bbia_sim_ros.robot.gate import GateOutput
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler

DT = 0.01


def run(gate: SafetyGate, seconds: float, *, start: float = 0.0) -> list[GateOutput]:
    """Step the gate from ``start`` s on with ``DT`` and return all outputs."""
    count = round(seconds / DT)
    return [gate.step(DT, now=start + DT * (k + 1)) for k in range(count)]


def nod(degrees: float) -> FloatArray:
    """Return the head pose (4, 4) that looks down by ``degrees``."""
    return pose_from_euler(pitch=math.radians(degrees))
