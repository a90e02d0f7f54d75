"""Cost, memory and step response of the simulated robot, beside the official model. One line each.

    ./bbia run python bench/physics.py [--plot docs/images/pitch_step.png]

Steps per second are the best of several rounds that alternate between the candidates, so that other
load on the machine hits all of them alike. Memory is measured in processes of their own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import psutil

from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import turn_about_z
from bbia_sim_ros.robot.poses import vector_from_rotation
from bbia_sim_ros.simulation.assets import find_source
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.physics import Physics

ROUNDS = 20
STEPS_PER_ROUND = 2000
STEPS_PER_TICK = 5
TRACE_S = 2.0
NOD_DEG = 10.0
POSES = 150


def official_path() -> Path:
    """Return the official scene without objects."""
    return find_source().mjcf / 'scenes' / 'empty.xml'


def best_rates(candidates: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Return steps per second of each candidate, which makes STEPS_PER_ROUND steps a call."""
    best = dict.fromkeys(candidates, 0.0)
    for _ in range(ROUNDS):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            best[name] = max(best[name], STEPS_PER_ROUND / (time.perf_counter() - start))
    return best


def measure_cost() -> None:
    """Print steps per second, bare and through Physics, and the cost of one control period."""
    physics = Physics.load('empty', prepare())
    official = mujoco.MjModel.from_xml_path(str(official_path()))
    official_data = mujoco.MjData(official)
    targets = physics.targets
    ticks = STEPS_PER_ROUND // STEPS_PER_TICK

    def bare() -> None:
        for _ in range(ticks):
            mujoco.mj_step(physics.model, physics.data, STEPS_PER_TICK)

    def through_physics() -> None:
        for _ in range(ticks):
            physics.step(STEPS_PER_TICK)

    def whole_ticks() -> None:
        for _ in range(ticks):
            physics.set_targets(targets)
            physics.step(STEPS_PER_TICK)
            for value in (
                physics.joint_positions,
                physics.joint_velocities,
                physics.joint_efforts,
                physics.passive_angles,
                physics.head_pose,
            ):
                assert value.size

    def bare_official() -> None:
        for _ in range(ticks):
            mujoco.mj_step(official, official_data, STEPS_PER_TICK)

    rates = best_rates(
        {'bare': bare, 'physics': through_physics, 'ticks': whole_ticks, 'official': bare_official}
    )
    print(f'bare mj_step loop, our model       {rates["bare"]:9.0f} steps/s')
    print(f'bare mj_step loop, official model  {rates["official"]:9.0f} steps/s')
    print(
        f'Physics.step                       {rates["physics"]:9.0f} steps/s  '
        f'({rates["bare"] / rates["physics"]:.3f} x the time of the bare loop)'
    )
    print(
        f'targets + {STEPS_PER_TICK} steps + whole state     {rates["ticks"]:9.0f} steps/s  '
        f'({1e6 * STEPS_PER_TICK / rates["ticks"]:.0f} us for a control period of 10 ms)'
    )
    physics.close()


def _rss_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _physics_memory(scene: str, results: Any) -> None:
    assets = prepare()
    before = _rss_mb()
    start = time.perf_counter()
    physics = Physics.load(scene, assets)
    seconds = time.perf_counter() - start
    physics.step(1000)
    loaded = _rss_mb()
    physics.close()
    results.put((before, loaded, _rss_mb(), seconds))


def _official_memory(results: Any) -> None:
    before = _rss_mb()
    start = time.perf_counter()
    model = mujoco.MjModel.from_xml_path(str(official_path()))
    data = mujoco.MjData(model)
    seconds = time.perf_counter() - start
    mujoco.mj_step(model, data, 1000)
    loaded = _rss_mb()
    del model, data
    results.put((before, loaded, _rss_mb(), seconds))


def measure_memory() -> None:
    """Print resident memory before load, loaded, and after release."""
    context = multiprocessing.get_context('spawn')
    cases: list[tuple[str, Callable[..., None], tuple[str, ...]]] = [
        ('ours, empty', _physics_memory, ('empty',)),
        ('ours, table', _physics_memory, ('table',)),
        ('official, empty', _official_memory, ()),
    ]
    for name, target, arguments in cases:
        results = context.SimpleQueue()
        process = context.Process(target=target, args=(*arguments, results))
        process.start()
        before, loaded, after, seconds = results.get()
        process.join()
        print(
            f'RSS {name:16s} before {before:6.1f} MB  loaded {loaded:6.1f}  released {after:6.1f}  '
            f'load {seconds:.2f} s'
        )


def ramp(model: Any, data: Any, actuators: Any, targets: Any, seconds: float) -> None:
    """Lead the servo targets in a straight line."""
    start = data.ctrl[actuators].copy()
    steps = round(seconds / model.opt.timestep)
    for step in range(steps):
        data.ctrl[actuators] = start + (targets - start) * ((step + 1) / steps)
        mujoco.mj_step(model, data)


def nod(model: Any, prefix: str) -> tuple[Any, Any, float]:
    """Return times (s), pitch (deg) and peak torque (N m) of a step of NOD_DEG from neutral."""
    kinematics = Kinematics(load_geometry(prepare().kinematics_data))
    data = mujoco.MjData(model)
    actuators = [model.actuator(prefix + name).id for name in ACTUATED_JOINTS]
    head = model.site(prefix + 'head').id

    def targets(pitch_deg: float) -> Any:
        legs = kinematics.inverse(pose_from_euler(pitch=np.radians(pitch_deg)))
        return np.concatenate(([0.0], legs, (0.0, 0.0)))

    ramp(model, data, actuators, targets(0.0), 2.0)
    mujoco.mj_step(model, data, round(2.0 / model.opt.timestep))
    data.ctrl[actuators] = targets(NOD_DEG)
    times, pitches, torque = [], [], 0.0
    start = data.time
    while data.time - start < TRACE_S:
        mujoco.mj_step(model, data)
        times.append(data.time - start)
        pitches.append(float(-np.degrees(np.arcsin(data.site_xmat[head].reshape(3, 3)[2, 0]))))
        torque = max(torque, float(np.abs(data.actuator_force).max()))
    return np.array(times), np.array(pitches), torque


def random_poses(kinematics: Kinematics) -> list[tuple[Any, float]]:
    """Return head poses with body yaws inside the joint ranges, over the usable workspace."""
    generator = np.random.default_rng(7)
    poses: list[tuple[Any, float]] = []
    while len(poses) < POSES:
        body = generator.uniform(-2.7, 2.7)
        x, y, z = generator.uniform(-0.02, 0.02, 3)
        roll, pitch, yaw = np.radians(generator.uniform(-1, 1, 3) * (30.0, 30.0, 60.0))
        head = pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
        turn = np.eye(4)
        turn[:3, :3] = turn_about_z(body)
        head = turn @ head
        legs, reachable = kinematics.inverse_batch(head[None], np.array([body]))
        low, high = JOINT_LOWER_RAD[1:7], JOINT_UPPER_RAD[1:7]
        if reachable[0] and ((legs[0] > low) & (legs[0] < high)).all():
            poses.append((head, body))
    return poses


def errors_at_rest(model: Any, prefix: str) -> Any:
    """Return (n, 2): angle (deg) and distance (mm) from pose to target, where nothing touches."""
    kinematics = Kinematics(load_geometry(prepare().kinematics_data))
    actuators = [model.actuator(prefix + name).id for name in ACTUATED_JOINTS]
    head = model.site(prefix + 'head').id
    errors = []
    for wanted, body in random_poses(kinematics):
        data = mujoco.MjData(model)
        targets = np.concatenate(([body], kinematics.inverse(wanted, body), (0.0, 0.0)))
        ramp(model, data, actuators, targets, 1.5)
        mujoco.mj_step(model, data, round(3.0 / model.opt.timestep))
        if data.ncon:
            continue
        turned = data.site_xmat[head].reshape(3, 3).T @ wanted[:3, :3]
        missed = data.site_xpos[head] - wanted[:3, 3] - (0.0, 0.0, HEAD_HEIGHT_M)
        angle = np.degrees(np.linalg.norm(vector_from_rotation(turned)))
        errors.append((angle, 1e3 * np.linalg.norm(missed)))
    return np.array(errors)


def measure_rest() -> None:
    """Print how far from its target each model comes to rest."""
    physics = Physics.load('empty', prepare())
    models = {
        'official': (mujoco.MjModel.from_xml_path(str(official_path())), ''),
        'ours': (physics.model, 'reachy_mini/'),
    }
    for name, (model, prefix) in models.items():
        angle, distance = errors_at_rest(model, prefix).T
        print(
            f'error at rest, {name:9s} median {np.median(angle):.2f} deg {np.median(distance):.2f} '
            f'mm, worst {angle.max():.2f} deg {distance.max():.2f} mm '
            f'({len(angle)} of {POSES} random poses without contact)'
        )
    physics.close()


def measure_nod(plot: Path | None) -> None:
    """Print the step response of both models, and draw it."""
    physics = Physics.load('empty', prepare())
    traces = {
        'official': nod(mujoco.MjModel.from_xml_path(str(official_path())), ''),
        'ours': nod(physics.model, 'reachy_mini/'),
    }
    physics.close()
    for name, (times, pitches, torque) in traces.items():
        late = pitches >= 0.9 * NOD_DEG
        arrival = f'{times[late.argmax()]:.3f} s' if late.any() else f'not in {TRACE_S:.0f} s'
        print(
            f'nod of {NOD_DEG:.0f} deg, {name:9s} to 90 % {arrival}, '
            f'overshoot {max(0.0, 100 * (pitches.max() - NOD_DEG) / NOD_DEG):.1f} %, '
            f'at the end {pitches[-1]:.2f} deg, peak torque {torque:.2f} N m'
        )
    if plot:
        draw(traces, plot)
        print(f'drawn in {plot}')


def draw(traces: dict[str, tuple[Any, Any, float]], path: Path) -> None:
    """Draw the step responses into a PNG file."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use('Agg')
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(figsize=(6.4, 3.2), dpi=100)
    for name, (times, pitches, _) in traces.items():
        axes.plot(times, pitches, label=f'{"our" if name == "ours" else name} model')
    axes.axhline(NOD_DEG, color='grey', linewidth=0.8, linestyle='--', label='target')
    axes.set(xlabel='time, s', ylabel='head pitch, deg', xlim=(0.0, 1.5))
    axes.legend(loc='lower right')
    axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches='tight')


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description='Cost, memory and step response of the physics.')
    parser.add_argument('--plot', type=Path, help='PNG file for the step response')
    options = parser.parse_args()
    measure_cost()
    measure_memory()
    measure_nod(options.plot)
    measure_rest()


if __name__ == '__main__':
    main()
