"""Cost and correctness of the kinematics and the safety gate, next to the official Rust engine.

Run: ``python bench/kinematics.py`` (needs the reachy-mini wheel; the comparison lines need
reachy-mini-rust-kinematics). Prints one line per figure. Times are the median over repeats of the
mean over many calls, on whatever else the machine is doing. Takes about half a minute.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import Workspace

REPEATS = 15
LOW = np.array((-0.055, -0.055, -0.045, -1.05, -1.05, -1.13))
HIGH = np.array((0.045, 0.055, 0.02, 1.05, 1.05, 1.13))


def microseconds(call: Callable[[int], Any], count: int = 400) -> float:
    """Return the median over repeats of the mean time of ``call(index)``, us."""
    means = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for index in range(count):
            call(index)
        means.append((time.perf_counter() - start) / count * 1e6)
    return statistics.median(means)


def line(name: str, value: str, note: str = '') -> None:
    """Print one figure."""
    print(f'{name:<52}{value:>16}  {note}'.rstrip(), flush=True)


def reachable(workspace: Workspace, count: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return ``count`` random poses inside the workspace and their legs."""
    draw = np.random.default_rng(seed)
    poses: list[FloatArray] = []
    legs: list[FloatArray] = []
    while sum(map(len, poses)) < count:
        values = draw.uniform(LOW, HIGH, (4000, 6)) * draw.uniform(0.0, 1.0, (4000, 1)) ** 0.5
        candidates = euler_poses(values[:, :3], values[:, 3:])
        found, inside = workspace.contains_batch(candidates)
        poses.append(candidates[inside])
        legs.append(found[inside])
    return np.concatenate(poses)[:count], np.concatenate(legs)[:count]


def rust_engine(package: Path) -> Any:
    """Return the official engine, or None where it is not installed."""
    if importlib.util.find_spec('reachy_mini_rust_kinematics') is None:
        return None
    module = importlib.import_module('reachy_mini_rust_kinematics')
    data = json.loads((package / 'assets/kinematics_data.json').read_text())
    engine = module.ReachyMiniRustKinematics(data['motor_arm_length'], data['rod_length'])
    for motor in data['motors']:
        frame = np.linalg.inv(np.array(motor['T_motor_world']))
        engine.add_branch(motor['branch_position'], frame.tolist(), 1 if motor['solution'] else -1)
    return engine


def raised(pose: FloatArray) -> list[list[float]]:
    """Return a pose as the official engine takes it: above the base."""
    high = pose.copy()
    high[2, 3] += HEAD_HEIGHT_M
    return [[float(value) for value in row] for row in high]


def compare_costs(kinematics: Kinematics, engine: Any, poses: FloatArray, legs: FloatArray) -> None:
    """Time inverse and forward kinematics, ours and the official ones in turn."""
    count = 400
    yaws = np.zeros(len(poses))
    lists = [raised(pose) for pose in poses[:count]]
    rows = legs[:count].tolist()
    inverse = microseconds(lambda k: kinematics.inverse(poses[k], 0.0))
    near = [pose_near(pose, k) for k, pose in enumerate(poses[:count])]
    warm = microseconds(lambda k: kinematics.forward(legs[k], guess=near[k]))
    cold = microseconds(lambda k: kinematics.forward(legs[k]))
    ratio_inverse = ratio_forward = ''
    if engine is not None:
        rust_inverse = microseconds(lambda k: engine.inverse_kinematics(lists[k], 0.0))
        engine.reset_forward_kinematics(raised(np.eye(4)))
        rust_forward = microseconds(lambda k: engine.forward_kinematics(rows[k], 0.0))
        line('official Rust inverse, one pose', f'{rust_inverse:.2f} us')
        line('official Rust forward, one iteration', f'{rust_forward:.2f} us', 'not verified')
        ratio_inverse = f'{inverse / rust_inverse:.1f} x Rust'
        ratio_forward = f'{warm / rust_forward:.1f} x Rust (one iteration, not verified)'
    line('inverse, one pose', f'{inverse:.2f} us', ratio_inverse)
    batch = microseconds(lambda _: kinematics.inverse_batch(poses, yaws), 1) / len(poses)
    line('inverse, batch of all poses, per pose', f'{batch:.3f} us')
    line('forward, verified, guess 1 mm and 1 deg off', f'{warm:.1f} us', ratio_forward)
    line('forward, verified, no guess', f'{cold:.1f} us')
    some = legs[:10_000]
    batch = microseconds(lambda _: kinematics.forward_batch(some, np.zeros(len(some))), 1)
    line('forward, verified, batch, per pose', f'{batch / len(some):.2f} us')
    jacobian = microseconds(lambda k: kinematics.jacobian(poses[k], 0.0))
    line('Jacobian', f'{jacobian:.1f} us')
    passive = microseconds(lambda k: kinematics.passive_angles(poses[k], 0.0, legs[k]))
    line('passive angles of the URDF', f'{passive:.1f} us')


def pose_near(pose: FloatArray, seed: int) -> FloatArray:
    """Return a pose about 1 mm and 1 degree away."""
    offset = np.random.default_rng(seed).normal(0.0, 1.0, 6)
    x, y, z = (offset[:3] * 6e-4).tolist()
    roll, pitch, yaw = (offset[3:] * math.radians(0.6)).tolist()
    near: FloatArray = pose @ pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
    return near


def check_forward(kinematics: Kinematics, poses: FloatArray, legs: FloatArray) -> None:
    """Count wrong and missing answers of the forward kinematics, and their precision."""
    zeros = np.zeros(len(poses))
    found, verified = kinematics.forward_batch(legs, zeros)
    for k in np.flatnonzero(~verified):
        try:
            found[k] = kinematics.forward(legs[k])
        except AssemblyError:
            found[k] = np.nan
    error = np.abs(found - poses).max(axis=(1, 2))
    wrong = int((error > 1e-6).sum())
    line(f'forward, wrong assemblies of {len(poses)}', f'{wrong}')
    line('forward, no answer', f'{int(np.isnan(error).sum())}')
    back, _ = kinematics.inverse_batch(found, zeros)
    line('legs -> pose -> legs, largest difference', f'{np.abs(back - legs).max():.1e} rad')
    line('pose -> legs -> pose, largest difference', f'{np.nanmax(error):.1e}', 'm or 1')


def check_jumps(kinematics: Kinematics, engine: Any, poses: FloatArray, legs: FloatArray) -> None:
    """Count wrong answers after random jumps from the answer before."""
    count = 500
    last, wrong = np.eye(4), 0
    for pose, row in zip(poses[:count], legs[:count], strict=True):
        last = kinematics.forward(row, guess=last)
        wrong += bool(np.abs(last - pose).max() > 1e-3)
    line(f'forward, wrong after {count} random jumps', f'{wrong}')
    if engine is None:
        return
    engine.reset_forward_kinematics(raised(np.eye(4)))
    wrong = 0
    for pose, row in zip(poses[:count], legs[:count].tolist(), strict=True):
        for _ in range(20):
            answer = np.array(engine.forward_kinematics(row, 0.0))
        wrong += bool(np.abs(answer - np.array(raised(pose))).max() > 1e-3)
    line(f'official Rust forward, wrong after {count} jumps', f'{wrong}', '20 iterations each')


def check_gate(kinematics: Kinematics, workspace: Workspace, poses: FloatArray) -> None:
    """Time the gate on a smooth stream and on random jumps."""
    gate = SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)
    times: list[float] = []
    commands: list[float] = []
    for k in range(1500):
        now = 0.01 * k
        swing = min(1.0, now) * math.sin(7.0 * now)
        head = pose_from_euler(pitch=0.2 * swing, roll=0.1 * swing, yaw=0.4 * swing)
        start = time.perf_counter()
        gate.command_body(BodyCommand(head_pose=head), now=now)
        between = time.perf_counter()
        gate.step(0.01, now=now)
        commands.append((between - start) * 1e6)
        times.append((time.perf_counter() - between) * 1e6)
    line('gate command, smooth stream, median', f'{statistics.median(commands):.0f} us')
    line('gate step, smooth stream, median', f'{statistics.median(times):.0f} us')
    line('gate step, smooth stream, 99 %', f'{np.percentile(times, 99):.0f} us')
    times = []
    detours = 0
    for k in range(2000):
        now = 15.0 + 0.01 * k
        if k % 40 == 0:
            gate.command_body(BodyCommand(head_pose=poses[k]), now=now)
        start = time.perf_counter()
        output = gate.step(0.01, now=now)
        times.append((time.perf_counter() - start) * 1e6)
        detours += any('detour' in text for text in output.clipped)
    line('gate step, jump every 0.4 s, median', f'{statistics.median(times):.0f} us')
    line('gate step, jump every 0.4 s, 99 %', f'{np.percentile(times, 99):.0f} us')
    line('gate steps on a detour', f'{detours / 20:.1f} %')
    wishes = euler_poses(*np.hsplit(np.random.default_rng(3).uniform(LOW, HIGH, (300, 6)), 2))
    wishes = wishes[[not workspace.contains(wish) for wish in wishes]]
    clamp = microseconds(lambda k: workspace.nearest(wishes[k]), 100)
    line('nearest pose for a wish outside', f'{clamp:.0f} us')
    clamp = microseconds(lambda k: workspace.nearest(poses[k]))
    line('nearest pose for a wish inside', f'{clamp:.0f} us')


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--poses', type=int, default=100_000, help='random reachable poses')
    arguments = parser.parse_args()
    found = importlib.util.find_spec('reachy_mini')
    if found is None or found.origin is None:
        raise SystemExit('reachy-mini is not installed: pip install --no-deps reachy-mini')
    package = Path(found.origin).parent
    kinematics = Kinematics(load_geometry(package / 'assets/kinematics_data.json'))
    workspace = Workspace(kinematics)
    engine = rust_engine(package)
    if engine is None:
        print('no comparison: the package reachy-mini-rust-kinematics is not installed')
    poses, legs = reachable(workspace, arguments.poses, seed=1)
    compare_costs(kinematics, engine, poses, legs)
    check_forward(kinematics, poses, legs)
    check_jumps(kinematics, engine, poses, legs)
    check_gate(kinematics, workspace, poses)


if __name__ == '__main__':
    main()
