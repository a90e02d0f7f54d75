"""Postures at rest with closed loops, found by letting the physics settle.

Contract
    Writing joint angles into qpos would leave the five loops of the Stewart platform open: the
    solver then tears the head into the body and the state becomes NaN. Instead the robot, alone in
    the world, starts from qpos 0 (loops closed), is led to each posture by its servos with contacts
    off, and then settles with contacts on. What is stored is at rest under the stored servo
    targets, so that a reset to it moves nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.robot import names
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.windowless import mujoco

RAMP_S: Final = 1.0
SETTLE_S: Final = 1.0
TIMESTEP_S: Final = 0.001
AT_REST_RAD_PER_S: Final = 1e-3

# The official sleep posture lies beyond two joint stops and presses the head into the body. This
# one is as low and as tucked in, but inside all ranges and just free of contact.
SLEEP_HEAD_POSE: Final = pose_from_euler(x=-0.012, z=-0.038, pitch=0.38)

Posture = dict[str, Any]


def relaxed_postures(robot: Path, kinematics_data: Path) -> dict[str, Posture]:
    """Return, for each name, `targets` (9 servo targets, rad) and `qpos` by joint name.

    Raises
    ------
    ValueError
        MuJoCo refuses the model, or the robot does not come to rest.

    """
    spec = mujoco.MjSpec.from_file(str(robot))
    spec.option.timestep = TIMESTEP_S
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    model = spec.compile()
    model.body_gravcomp[:] = 0.0
    kinematics = Kinematics(load_geometry(kinematics_data))
    heads = {
        'neutral': (names.NEUTRAL_HEAD_POSE, names.NEUTRAL_ANTENNAS_RAD),
        'sleep': (SLEEP_HEAD_POSE, names.SLEEP_ANTENNAS_RAD),
    }
    return {
        name: _relax(model, np.concatenate(([0.0], kinematics.inverse(head), antennas)))
        for name, (head, antennas) in heads.items()
    }


def _relax(model: Any, targets: names.FloatArray) -> Posture:
    data = mujoco.MjData(model)
    actuators = [model.actuator(name).id for name in names.ACTUATED_JOINTS]
    with_contacts = int(model.opt.disableflags)
    model.opt.disableflags = with_contacts | int(mujoco.mjtDisableBit.mjDSBL_CONTACT)
    ramp_steps = round(RAMP_S / TIMESTEP_S)
    for step in range(ramp_steps):
        data.ctrl[actuators] = targets * ((step + 1) / ramp_steps)
        mujoco.mj_step(model, data)
    settle_steps = round(SETTLE_S / TIMESTEP_S)
    mujoco.mj_step(model, data, settle_steps)
    model.opt.disableflags = with_contacts
    mujoco.mj_step(model, data, settle_steps)
    speed = float(np.abs(data.qvel).max())
    if not np.isfinite(data.qpos).all() or speed > AT_REST_RAD_PER_S:
        raise ValueError(f'the robot does not come to rest (fastest joint {speed:.3g} rad/s)')
    qpos = {}
    for joint in range(model.njnt):
        start = model.jnt_qposadr[joint]
        end = model.jnt_qposadr[joint + 1] if joint + 1 < model.njnt else model.nq
        qpos[model.joint(joint).name] = data.qpos[start:end].tolist()
    return {'targets': targets.tolist(), 'qpos': qpos}
