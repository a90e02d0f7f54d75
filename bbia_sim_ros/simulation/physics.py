"""The physics of the simulated robot, step by step.

Contract
    One thread owns a `Physics`: no method may run while another one does. Joint vectors have nine
    numbers in the order of `ACTUATED_JOINTS`, radians, sign of the MJCF. Time is simulated seconds
    and never runs backwards, except that `reset` sets it to 0. The same calls on the same machine
    give the same states, bit for bit. No clock is read here: pacing is somebody else's work.
"""

from __future__ import annotations

import math
from typing import Final
from typing import Literal
from typing import get_args

import numpy as np

from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation import model as models
from bbia_sim_ros.simulation import servos
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import SimulationDiverged
from bbia_sim_ros.simulation.errors import StepLimitReached
from bbia_sim_ros.simulation.heap import give_back
from bbia_sim_ros.simulation.moving_bodies import MovingBodies
from bbia_sim_ros.simulation.paths import Paths
from bbia_sim_ros.simulation.physics_state import PhysicsState
from bbia_sim_ros.simulation.windowless import mujoco

TorqueMode = Literal['on', 'off', 'compliant']
Keyframe = Literal['neutral', 'sleep']
TORQUE_MODES: Final = get_args(TorqueMode)

_SERVOS_OFF = 1 << servos.ACTUATOR_GROUP
_FATAL_WARNINGS = [
    int(kind)
    for kind in (
        mujoco.mjtWarning.mjWARN_BADQPOS,
        mujoco.mjtWarning.mjWARN_BADQVEL,
        mujoco.mjtWarning.mjWARN_BADQACC,
    )
]


class Physics(PhysicsState):
    """A scene with the robot in it, advanced by `step`. Make one with `Physics.load`.

    Attributes
    ----------
    timestep:
        Seconds per step.
    max_steps:
        Steps after which `step` raises `StepLimitReached`; 0 is no limit.
    steps:
        Steps made since it was loaded.
    divergences:
        How often the state became NaN, infinite or huge and was reset.

    """

    def __init__(
        self, scene: str, assets: Assets, *, timestep: float, max_steps: int, keyframe: Keyframe
    ) -> None:
        if max_steps < 0:
            raise ValueError(f'max_steps must be 0 (no limit) or positive, not {max_steps}')
        super().__init__(scene, models.load_physics_model(scene, assets, timestep=timestep))
        self.timestep = timestep
        self.max_steps = max_steps
        self.steps = 0
        self.divergences = 0
        self._torque: TorqueMode = 'on'
        self._keyframes = models.load_keyframes(self._model, assets)
        self._bodies = MovingBodies(self._model, self._at.base)
        self.reset(keyframe)
        give_back()

    @classmethod
    def load(
        cls,
        scene: str,
        assets: Assets,
        *,
        timestep: float = servos.TIMESTEP_S,
        max_steps: int = 0,
        keyframe: Keyframe = 'neutral',
    ) -> Physics:
        """Load a scene and reset it to a keyframe.

        Raises
        ------
        SceneError
            The scene does not exist or MuJoCo refuses it.
        ValueError
            Timestep, step limit or keyframe out of range.

        """
        return cls(scene, assets, timestep=timestep, max_steps=max_steps, keyframe=keyframe)

    def reset(self, keyframe: Keyframe = 'neutral') -> None:
        """Put everything back to time 0: the robot at rest in a keyframe, motors on, targets there.

        Bodies that follow paths stand where the scene puts them, and their paths are forgotten.
        `steps` and `divergences` go on counting.
        """
        data = self._alive()
        if keyframe not in self._keyframes:
            raise ValueError(f'unknown keyframe {keyframe!r}; there are {models.KEYFRAMES}')
        qpos, targets = self._keyframes[keyframe]
        mujoco.mj_resetData(self._model, data)
        self._bodies.stop()
        data.qpos[:] = qpos
        self._switch('on')
        data.ctrl[self._at.actuators] = targets
        mujoco.mj_forward(self._model, data)

    def put_robot(self, keyframe: Keyframe = 'neutral') -> None:
        """Put the robot at rest in a keyframe; the scene, the time and the motors' mode stay."""
        data, at = self._alive(), self._at
        qpos, targets = self._keyframes[keyframe]
        places = np.concatenate([at.qpos, at.balls.ravel()])
        data.qpos[places] = qpos[places]
        moved = np.isin(self._model.dof_bodyid, at.bodies)
        data.qvel[moved] = data.qacc_warmstart[moved] = 0.0
        data.ctrl[at.actuators] = targets
        mujoco.mj_forward(self._model, data)

    def set_targets(self, targets: FloatArray) -> None:
        """Set the nine servo targets (rad). They are clamped to the joints' ranges.

        Raises
        ------
        ValueError
            Not nine finite numbers; the targets in force stay.

        """
        data = self._alive()
        values = np.asarray(targets, dtype=np.float64)
        if values.shape != (len(ACTUATED_JOINTS),):
            raise ValueError(
                f'nine targets are needed, in order {ACTUATED_JOINTS}; got shape {values.shape}'
            )
        bad = [
            name
            for name, value in zip(ACTUATED_JOINTS, values.tolist(), strict=True)
            if not math.isfinite(value)
        ]
        if bad:
            raise ValueError(f'targets of {", ".join(bad)} are not finite numbers')
        data.ctrl[self._at.actuators] = self._within_ranges(values)

    def _within_ranges(self, targets: FloatArray) -> FloatArray:
        within: FloatArray = np.minimum(np.maximum(targets, self._at.low), self._at.high)
        return within

    def step(self, count: int = 1) -> None:
        """Advance by `count` steps, or up to the step limit.

        Raises
        ------
        StepLimitReached
            `max_steps` steps are made. The last state can be read until `close`.
        SimulationDiverged
            The state became NaN, infinite or huge. Everything was reset to the keyframe `neutral`,
            except the motors' mode and the time. Counted in `divergences`.

        """
        data = self._alive()
        if count < 0:
            raise ValueError(f'count must be 0 or more steps, not {count}')
        allowed = count
        if self.max_steps:
            allowed = min(count, self.max_steps - self.steps)
        if allowed > 0:
            start = data.time
            mujoco.mj_step(self._model, data, allowed)
            self.steps += allowed
            self._bodies.move(data, start + allowed * self.timestep)
            warnings = data.warning.number.tolist()
            if any(warnings[kind] for kind in _FATAL_WARNINGS):
                self._recover(start + allowed * self.timestep)
        if allowed < count:
            raise StepLimitReached(
                f'the simulation stopped after max_steps = {self.max_steps} physics steps '
                f'({data.time:.3f} s simulated); raise max_steps, or set it to 0 for no limit'
            )

    def set_paths(self, paths: Paths) -> None:
        """Let bodies of the scene follow paths from now on, in simulated time.

        These paths take the place of all that run; without bodies all stop where they are.

        Raises
        ------
        PathError
            The scene has no such body, or physics moves it; paths that run go on.

        """
        data = self._alive()
        self._bodies.follow(paths, data, data.time)

    @property
    def torque(self) -> TorqueMode:
        """The mode of the motors."""
        return self._torque

    def set_torque(self, mode: TorqueMode) -> None:
        """Switch the motors.

        `on`: the servos hold their targets; when they were not on before, the targets are set to
        where the joints are, so nothing jumps. `off`: no torque, the head sinks against the
        friction of the gears. `compliant`: no servo torque, but the robot's weight is carried, so
        it stays where it is put.
        """
        data = self._alive()
        if mode not in TORQUE_MODES:
            raise ValueError(f'unknown motor mode {mode!r}; there are {TORQUE_MODES}')
        if mode == 'on' and self._torque != 'on':
            data.ctrl[self._at.actuators] = self._within_ranges(data.qpos[self._at.qpos])
        self._switch(mode)

    def close(self) -> None:
        """Release model and data and give their memory back to the system. May be called twice."""
        self._model = None
        self._data = None
        self._keyframes = {}
        give_back()

    def _switch(self, mode: TorqueMode) -> None:
        self._torque = mode
        options = self._model.opt
        enabled = int(options.disableactuator) & ~_SERVOS_OFF
        options.disableactuator = enabled if mode == 'on' else enabled | _SERVOS_OFF
        self._model.body_gravcomp[self._at.bodies] = 1.0 if mode == 'compliant' else 0.0

    def _recover(self, time: float) -> None:
        warnings = [
            mujoco.mju_warningText(kind, int(self._data.warning[kind].lastinfo))
            for kind in _FATAL_WARNINGS
            if self._data.warning[kind].number
        ]
        mode = self._torque
        self.divergences += 1
        self.reset('neutral')
        self._switch(mode)
        self._data.time = time
        raise SimulationDiverged(
            f'the simulation of scene {self.scene!r} became unstable before {time:.3f} s '
            f'({"; ".join(warnings)}); everything was reset to neutral'
        )
