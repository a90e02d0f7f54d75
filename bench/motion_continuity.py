"""A preempted sequence through the motion mixer: how smooth it is, what a step costs.

    python bench/motion_continuity.py [--plot docs/images/preemption.png]

Prints one line per figure. Moves are replaced in full motion, a joystick takes over and falls
silent, a move is cancelled; everything that leaves the mixer is kept. Pure Python, no ROS, no
simulator; runs in about a second.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import numpy as np

from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.poses import pose_from_euler

CONFIG = Path(__file__).resolve().parents[1] / 'config'
DT_S = 0.01
STILL_PER_S = 1e-4


@dataclass
class Take:
    """One run of the mixer: times, outputs, who was in charge, seconds of CPU per step."""

    mixer: MotionMixer
    times: list[float] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def now(self) -> float:
        """The time of the last step, s."""
        return self.times[-1] if self.times else 0.0

    def run(self, seconds: float, before: Callable[[float], None] | None = None) -> None:
        """Step for ``seconds``, calling ``before`` with the time ahead of each step."""
        for _ in range(round(seconds / DT_S)):
            now = self.now + DT_S
            if before is not None:
                before(now)
            start = time.perf_counter()
            output = self.mixer.step(DT_S, now=now)
            self.costs.append(time.perf_counter() - start)
            if output is None:
                raise RuntimeError(f'the mixer is suspended: {self.mixer.suspended}')
            self.times.append(now)
            self.values.append(output.body.values)
            self.active.append(output.active or 'idle')


def go_to(mixer: MotionMixer, duration: float, **euler: float) -> GoTo:
    """Plan a go_to of the head."""
    return plan_go_to(
        BodyGoal(head_pose=pose_from_euler(**euler)),
        current=mixer.posture,
        limits=mixer.limits,
        reach=mixer.reach,
        duration=duration,
    )


def record() -> tuple[Take, float]:
    """Run the sequence; return it and the seconds from the cancel to standstill."""
    emotions = EmotionSet.load([CONFIG / 'emotions.yaml'])
    mood = emotions.get('neutral').mood
    mixer = MotionMixer(limits=MotionLimits(), reach=BoxReach(), mood=mood)
    take = Take(mixer)
    mixer.begin(NEUTRAL)
    take.run(2.5)
    mixer.start(go_to(mixer, 1.0, yaw=0.7, pitch=0.2))
    take.run(0.45)
    mixer.start(go_to(mixer, 0.8, yaw=-0.6, pitch=-0.2, z=0.01))
    take.run(0.4)
    mixer.start(plan_emotion(emotions.get('excited'), intensity=1.0, limits=mixer.limits))
    take.run(0.75)

    def steer(now: float) -> None:
        if round(now / DT_S) % 4 == 0:
            yaw, roll = 0.6 * math.sin(5.0 * now), 0.2 * math.cos(4.0 * now)
            goal = BodyGoal(head_pose=pose_from_euler(yaw=yaw, roll=roll))
            mixer.teleoperation.push(goal, now)

    take.run(1.6, steer)
    take.run(0.7)
    move = go_to(mixer, 1.0, yaw=-0.7, pitch=0.25)
    mixer.start(move)
    take.run(0.5)
    cancelled = take.now
    mixer.layers.idle_enabled = False
    mixer.cancel(move)
    take.run(1.0)
    speed = np.abs(np.diff(np.array(take.values), axis=0)).max(axis=1) / DT_S
    moving = np.flatnonzero(speed > STILL_PER_S)
    return take, take.times[int(moving[-1]) + 1] - cancelled


def draw(take: Take, path: Path) -> None:
    """Write a picture of position and velocity of yaw, pitch and an antenna."""
    import matplotlib  # noqa: PLC0415 - only a picture needs it

    matplotlib.use('agg')
    from matplotlib import pyplot  # noqa: PLC0415

    colours = {
        'idle': '#ffffff',
        'safe_start': '#e0e0e0',
        'go_to': '#dbe9f6',
        'play_emotion': '#fde5cd',
        'cmd_body': '#dff1dc',
    }
    times, values = np.array(take.times), np.degrees(np.array(take.values))
    velocity = np.vstack((np.zeros(9), np.diff(values, axis=0) / DT_S))
    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(9.0, 5.2), dpi=100)
    edges = [0, *(k for k in range(1, len(times)) if take.active[k] != take.active[k - 1])]
    for k, start in enumerate(edges):
        end = times[edges[k + 1]] if k + 1 < len(edges) else times[-1]
        for axes in (above, below):
            axes.axvspan(times[start], end, color=colours[take.active[start]], lw=0)
        above.annotate(
            take.active[start],
            (times[start], 1.02),
            xycoords=('data', 'axes fraction'),
            fontsize=7,
            rotation=20,
        )
    for name, colour in (('yaw', '#1f5fa8'), ('pitch', '#c0392b'), ('right_antenna', '#2e8b57')):
        index = COORDINATES.index(name)
        above.plot(times, values[:, index], color=colour, lw=1.3, label=name)
        below.plot(times, velocity[:, index], color=colour, lw=1.3)
    limit = math.degrees(take.mixer.limits.turn_velocity_rad_s)
    for sign in (-1.0, 1.0):
        below.axhline(sign * limit, color='#1f5fa8', lw=0.8, ls='--')
    above.set_ylabel('position (deg)')
    below.set_ylabel('velocity (deg/s)')
    below.set_xlabel('time (s); dashed: velocity limit of the head')
    above.legend(loc='lower left', fontsize=7, ncols=3)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Run, print, and draw if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--plot', type=Path, help='write the picture here')
    options = parser.parse_args()
    take, standstill = record()
    values, limits = np.array(take.values), take.mixer.limits
    velocity = np.diff(values, axis=0) / DT_S
    acceleration = np.diff(velocity, axis=0) / DT_S
    used_velocity = float((np.abs(velocity) / limits.velocity).max())
    used_acceleration = float((np.abs(acceleration) / limits.acceleration).max())
    print(f'mixer step, all layers: {1e6 * float(np.median(take.costs)):.0f} us median')
    print(f'largest velocity: {100 * used_velocity:.1f} % of its limit')
    print(f'largest acceleration: {100 * used_acceleration:.1f} % of its limit')
    print(f'cancel to standstill: {standstill:.2f} s')
    if options.plot is not None:
        draw(take, options.plot)
        print(f'picture: {options.plot}')


if __name__ == '__main__':
    main()
