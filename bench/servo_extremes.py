"""How far the simulated servos run past what the safety gate asks for, at the worst commands.

The gate's own output never leaves joint ranges and speed limits (tests hold it to that); the joints
that a driver measures follow it with torque that is limited, so they lag, catch up and overshoot.
Here random poses, and the antennas and the body thrown from one end to the other, at intervals of
10 ms to 1 s, with emergency stops and rearming in between, also while all moves, drive gate and
physics in simulated time.

    ./bbia bench servo_extremes [--minutes 10] [--seed 1] [--scene empty]
"""

from __future__ import annotations

import argparse
import sys
from collections import deque

import numpy as np

from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.workspace import Workspace
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.robot import SimulatedRobot

TICK_S = 0.01
INTERVALS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
FARTHEST_M = 0.06
MOST_TURNED_RAD = 1.2
ANTENNA_RAD = 3.14
YAW_RAD = 2.79
POSE_SHARE, SLAM_SHARE, STOP_SHARE, ANYWAY_SHARE = 0.57, 0.35, 0.03, 0.05
REARM_SHARE = 0.02
WINDOW = 10
MINUTE_TICKS = round(60.0 / TICK_S)
KINDS = {'body': slice(0, 1), 'legs': slice(1, 7), 'antennas': slice(7, 9)}


class Extremes:
    """Gate and physics under random commands; the greatest values of each joint, (9,)."""

    def __init__(self, scene: str, seed: int) -> None:
        assets = prepare()
        kinematics = Kinematics(load_geometry(assets.kinematics_data))
        physics = Physics.load(scene, assets)
        start = np.array(physics.joint_positions)
        self._gate = SafetyGate(kinematics, Workspace(kinematics), GateLimits(), start)
        self._robot = SimulatedRobot(
            load=lambda _: physics,
            gate=self._gate,
            steps_per_period=round(TICK_S / physics.timestep),
            initial_pose='neutral',
        )
        self._random = np.random.default_rng(seed)
        self._limits = np.array(GateLimits().velocities())
        self._next_s = 0.0
        self._window: deque[FloatArray] = deque(maxlen=WINDOW)
        count = len(ACTUATED_JOINTS)
        self.asked = np.zeros(count)
        """Speed that the gate asked for, share of its limit."""
        self.peak, self.mean = np.zeros(count), np.zeros(count)
        """Measured speed at once and over `WINDOW` ticks, share of the gate's limit."""
        self.asked_beyond, self.beyond = np.full(count, -np.inf), np.full(count, -np.inf)
        """Position past the end of the joint's range, asked for and measured, rad."""

    def tick(self, now: float) -> None:
        """Advance by one control period."""
        if now >= self._next_s:
            self._command(now)
            self._next_s = now + float(self._random.choice(INTERVALS_S))
        if self._gate.stopped and self._random.random() < REARM_SHARE:
            self._robot.rearm()
        before, turned_over = self._gate.joints, self.turned_over
        state = self._robot.tick(now=now)
        assert state is not None, 'the physics have no step limit here'
        if self.turned_over > turned_over:
            # It stands at neutral now, which is no motion.
            self._window.clear()
            return
        asked = self._gate.joints
        self.asked = np.maximum(self.asked, np.abs(asked - before) / TICK_S / self._limits)
        self.asked_beyond = np.maximum(self.asked_beyond, _outside(asked))
        share = state.velocities / self._limits
        self._window.append(share)
        self.peak = np.maximum(self.peak, np.abs(share))
        self.mean = np.maximum(self.mean, np.abs(np.mean(self._window, axis=0)))
        self.beyond = np.maximum(self.beyond, _outside(state.joints))

    @property
    def turned_over(self) -> int:
        """How often the head turned over its legs; the robot is then put back to neutral."""
        return self._robot.turned_over

    def _command(self, now: float) -> None:
        draw = self._random
        kind = draw.choice(4, p=(POSE_SHARE, SLAM_SHARE, STOP_SHARE, ANYWAY_SHARE))
        if kind == 0:
            place = draw.uniform(-FARTHEST_M, FARTHEST_M, (1, 3))
            angles = draw.uniform(-MOST_TURNED_RAD, MOST_TURNED_RAD, (1, 3))
            command = BodyCommand(head_pose=euler_poses(place, angles)[0])
        elif kind == 1:
            right, left = ANTENNA_RAD * draw.choice((-1.0, 1.0), 2)
            yaw = float(YAW_RAD * draw.choice((-1.0, 1.0)))
            command = BodyCommand(antennas=(right, left), body_yaw=yaw)
        else:
            if kind == 2:
                self._robot.emergency_stop()
            else:
                self._robot.rearm()
            return
        self._gate.command_body(command, now=now)


def _outside(positions: FloatArray) -> FloatArray:
    return np.maximum(positions - JOINT_UPPER_RAD, JOINT_LOWER_RAD - positions)


def main() -> None:
    """Read the arguments, run, print one line per kind of joint."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--minutes', type=int, default=10, help='simulated')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--scene', default='empty')
    options = parser.parse_args()
    extremes = Extremes(options.scene, options.seed)
    for number in range(options.minutes * MINUTE_TICKS):
        extremes.tick(number * TICK_S)
        if number % MINUTE_TICKS == MINUTE_TICKS - 1:
            done = (number + 1) // MINUTE_TICKS
            print(f'{done} of {options.minutes} simulated minutes', file=sys.stderr, flush=True)
    print('             speed, share of the limit           past the range (rad)')
    print('             asked   measured 0.1 s   at once    asked     measured')
    for name, part in KINDS.items():
        print(
            f'{name:<10} {extremes.asked[part].max():7.3f} {extremes.mean[part].max():12.3f}'
            f' {extremes.peak[part].max():13.3f} {extremes.asked_beyond[part].max():11.4f}'
            f' {extremes.beyond[part].max():+11.4f}'
        )
    print(f'the head turned over its legs {extremes.turned_over} times')


if __name__ == '__main__':
    main()
