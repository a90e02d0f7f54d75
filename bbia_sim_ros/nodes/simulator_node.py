"""Reachy Mini in MuJoCo behind the contract's topics: the simulated robot driver.

In addition to what every driver offers (`nodes/driver_node.py`): the services
`simulator/set_pause`, `simulator/step`, `simulator/reset` and `simulator/set_paths`, `/clock` when
`publish_clock` or `lock_step` is set, and the head camera (`nodes/camera_publisher.py`).

Pacing: control periods start on absolute deadlines; up to five late ones are caught up at once,
beyond that the schedule starts anew and the lost time is not made up (`robot/pacing.py`).
While paused, state and time stand still, but status goes on and commands are taken for the next
step. In lock step only `simulator/step` advances the simulation, one control period after another,
so the same calls give the same states to the last bit.
"""

from __future__ import annotations

import sys
import threading
import time

from rosgraph_msgs.msg import Clock
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from bbia_msgs.msg import RobotStatus
from bbia_msgs.srv import SetPaths
from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.body_paths import paths_of
from bbia_sim_ros.nodes.camera_publisher import CameraPublisher
from bbia_sim_ros.nodes.driver_node import DriverNode
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver_parameters import gate_limits
from bbia_sim_ros.robot.driver_parameters import make_gate
from bbia_sim_ros.robot.pacing import Pacer
from bbia_sim_ros.simulation import photographs
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.camera_source import SimulatedCamera
from bbia_sim_ros.simulation.camera_source import Snapshot
from bbia_sim_ros.simulation.errors import PathError
from bbia_sim_ros.simulation.errors import SimulationError
from bbia_sim_ros.simulation.parameters import SimulatorParameters
from bbia_sim_ros.simulation.people_scene import PEOPLE
from bbia_sim_ros.simulation.physics import Keyframe
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.robot import SimulatedRobot

MAX_STEPS_PER_CALL = 100_000
# A paused or released simulator still answers and publishes its status this often.
_IDLE_PERIOD_S = 0.02


class SimulatorNode(DriverNode[SimulatorParameters]):
    """The node `robot`, simulated; see the module's docstring."""

    def __init__(self, *, cli_args: list[str] | None = None) -> None:
        self._camera: CameraPublisher | None = None
        self._wake = threading.Event()
        super().__init__(
            SimulatorParameters, source=RobotStatus.SOURCE_SIMULATION, cli_args=cli_args
        )
        values = self.parameters.value
        try:
            assets = prepare()
            if values.scene == PEOPLE and values.camera_enabled:
                # Said at the start, not when somebody first looks.
                photographs.find(values.photographs)
            self._robot = self._load_robot(assets)
        except SimulationError as error:
            raise StartError(str(error)) from error
        self._pacer = Pacer(period=self._robot.period, speed=values.speed)
        self._paused = values.lock_step
        self._rested = False
        self._clock_publisher = (
            self.create_publisher(Clock, '/clock', qos.CLOCK) if values.is_own_clock else None
        )
        if values.camera_enabled:
            self._camera = self._make_camera(assets)
        self.create_service(SetBool, 'simulator/set_pause', self._on_set_pause)
        self.create_service(StepSimulation, 'simulator/step', self._on_step)
        self.create_service(Trigger, 'simulator/reset', self._on_reset)
        self.create_service(SetPaths, 'simulator/set_paths', self._on_set_paths)
        self.start(self._robot)
        self.get_logger().info(
            f'simulating scene {values.scene!r} at {values.rate:g} Hz'
            + (', in lock step' if values.lock_step else f', speed {values.speed:g}')
        )

    @property
    def driver_time(self) -> float:
        """Simulated time where the simulator is the clock, else ROS system time; s."""
        return self._robot.time if self.parameters.value.is_own_clock else time.time()

    def switch_motors(self, mode: Motors) -> str:
        """See `DriverNode`."""
        with self.lock:
            return self._robot.set_motors(mode)

    def wait_for_period(self) -> None:
        """Wait for the next control period; idle while paused or released."""
        if self._is_idle:
            self._rested = True
            self._wake.wait(_IDLE_PERIOD_S)
            self._wake.clear()
            return
        speed = self.parameters.value.speed
        if self._rested or speed != self._pacer.speed:
            # Setting the speed anchors the schedule anew: nothing is caught up after a rest.
            self._pacer.speed = speed
            self._rested = False
        self._robot.real_time_factor = self._pacer.real_time_factor
        self._pacer.wait()

    @property
    def _is_idle(self) -> bool:
        return self._paused or not self._robot.running

    def run_period(self) -> None:
        """Run one control period; while idle commands are taken, but nothing moves."""
        if self._is_idle:
            self.obey()
            self.publish(None)
        else:
            super().run_period()

    def before_state(self) -> None:
        """Publish the time before the state that bears it."""
        if self._clock_publisher is not None:
            self._clock_publisher.publish(Clock(clock=time_message(self._robot.time)))

    def fill_status(self, message: RobotStatus) -> None:
        """Fill what only a simulator has."""
        values = self.parameters.value
        message.paused = self._paused
        message.steps = self._robot.steps
        message.max_steps = values.max_steps
        message.overruns = self._pacer.overruns
        message.scene = values.scene
        message.camera = 'off' if self._camera is None else self._camera.state

    def _load_robot(self, assets: Assets) -> SimulatedRobot:
        values = self.parameters.value

        def load(initial: Keyframe) -> Physics:
            return Physics.load(
                values.scene,
                assets,
                timestep=values.timestep,
                max_steps=self.parameters.value.max_steps,
                keyframe=initial,
            )

        return SimulatedRobot(
            load=load,
            gate=make_gate(assets.kinematics_data, values),
            steps_per_period=values.steps_per_period,
            initial_pose=keyframe(values),
        )

    def _make_camera(self, assets: Assets) -> CameraPublisher:
        values = self.parameters.value
        settings = CameraSettings(
            width=values.camera_width,
            height=values.camera_height,
            shadows=values.camera_shadows,
            reflections=values.camera_shadows,
            jpeg_quality=values.camera_quality,
            photographs=values.photographs,
        )
        source = SimulatedCamera(
            CameraWorker(values.scene, assets, settings),
            self._snapshot,
            rate=lambda: self.parameters.value.camera_rate,
        )
        return CameraPublisher(
            self, source, idle_timeout=lambda: self.parameters.value.camera_idle_timeout
        )

    def _snapshot(self) -> Snapshot | None:
        """Return where everything is, for the camera; None after the release."""
        with self.lock:
            if not self._robot.running:
                return None
            physics = self._robot.physics
            return Snapshot(qpos=physics.qpos, mocap=physics.mocap, stamp_s=self.driver_time)

    def _on_set_pause(
        self, request: SetBool.Request, response: SetBool.Response
    ) -> SetBool.Response:
        def set_pause() -> str:
            if self.parameters.value.lock_step and not request.data:
                raise DriverError('in lock step only simulator/step advances the simulation')
            self._set_paused(request.data)
            return 'paused' if request.data else 'running'

        return self.answer(response, set_pause)

    def _set_paused(self, paused: bool) -> None:
        if paused == self._paused:
            return
        self._paused = paused
        self._robot.real_time_factor = 0.0
        self._wake.set()

    def _on_step(
        self, request: StepSimulation.Request, response: StepSimulation.Response
    ) -> StepSimulation.Response:
        self.answer(response, lambda: self._step(request.steps))
        response.total_steps = self._robot.steps
        response.simulation_time = self._robot.time
        return response

    def _step(self, steps: int) -> str:
        if not self._paused:
            raise DriverError('the simulation runs: pause it first with simulator/set_pause')
        if not 1 <= steps <= MAX_STEPS_PER_CALL:
            raise DriverError(f'steps is {steps}; allowed are 1 to {MAX_STEPS_PER_CALL} in a call')
        if not self._robot.running:
            raise DriverError(self._robot.status(now=self.driver_time).detail)
        before = self._robot.steps
        per_period = self.parameters.value.steps_per_period
        for start in range(0, steps, per_period):
            self.obey()
            chunk = min(per_period, steps - start)
            self.publish(self._robot.advance(chunk, now=self.driver_time))
        done = self._robot.steps - before
        if done < steps:
            raise DriverError(
                f'{done} of {steps} steps done. {self._robot.status(now=self.driver_time).detail}'
            )
        return f'{steps} steps done'

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        def reset() -> str:
            try:
                done = self._robot.reset()
            except SimulationError as error:
                raise DriverError(f'the scene cannot be loaded again: {error}') from error
            self.drop_commands()
            self._wake.set()
            return done

        return self.answer(response, reset)

    def _on_set_paths(
        self, request: SetPaths.Request, response: SetPaths.Response
    ) -> SetPaths.Response:
        def set_paths() -> str:
            try:
                self._robot.physics.set_paths(paths)
            except PathError as error:
                raise DriverError(str(error)) from error
            return ''

        try:
            paths = paths_of(request)
        except PathError as error:
            response.success, response.message = False, str(error)
            return response
        return self.answer(response, set_paths)

    def _on_parameters(self, before: SimulatorParameters, after: SimulatorParameters) -> None:
        with self.lock:
            self._robot.initial_pose = keyframe(after)
            self._robot.set_limits(gate_limits(after), body_follows_head=after.body_follows_head)
            if after.max_steps != before.max_steps and self._robot.running:
                self._robot.set_max_steps(after.max_steps)

    def destroy_node(self) -> None:
        """Stop camera and control, free the model, destroy the node."""
        if self._camera is not None:
            self._camera.close()
        self._wake.set()
        super().destroy_node()


def keyframe(values: SimulatorParameters) -> Keyframe:
    """Return the keyframe of the initial pose."""
    return 'sleep' if values.initial_pose == 'sleep' else 'neutral'


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['simulator_node', *sys.argv[1:]])
