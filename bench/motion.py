"""The motion node on a running simulator: rhythm, load, arrival, first motion, standstill.

    ./bbia bench motion

Prints one line per figure; times are medians. Simulator and motion node run in processes of their
own. All layers: breathing, speech wobble and gaze correction, under an emotion. First motion: from
the acceptance of a goal, as its client sees it, to the first target that differs. Standstill: from
the answer to the cancel request to the last target that differs from the one before.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from geometry_msgs.msg import PointStamped

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'test'))

from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.motion.parameters import MotionParameters
from support.domains import reserved_domain
from support.motion import Robot
from support.motion import running_robot
from support.motion import series
from support.ros import wait_until
from support.simulator import errors
from support.simulator import head_pose

SECONDS = 10.0
GOALS = 15
CHANGED = 1e-6
_PAUSE = threading.Event()


def report(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'{name:52s} {value:9.3f} {unit}', flush=True)


def measure_rhythm(robot: Robot, what: str, rate: float) -> None:
    """Measure rate, jitter and load for some seconds; `rate` (Hz) is as it should be."""
    process = psutil.Process(robot.process.process.pid)
    arrivals: list[float] = []
    robot.probe.node.create_subscription(
        BodyTarget, 'body_target', lambda _: arrivals.append(time.monotonic()), 100
    )
    count = len(robot.motion.targets)
    used, start = sum(process.cpu_times()[:2]), time.monotonic()
    _PAUSE.wait(SECONDS)
    load = 100 * (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - start)
    times, _ = series(robot.motion.targets[count:])
    periods = np.diff(times)
    report(f'rate of body_target, {what}', 1 / float(periods.mean()), 'Hz')
    deviation = 1e3 * np.abs(periods - 1.0 / rate)
    report(f'period jitter, median, {what}', float(np.median(deviation)), 'ms')
    report(f'period jitter, p99, {what}', float(np.quantile(deviation, 0.99)), 'ms')
    report(f'CPU of the motion node, {what}', load, '% of a core')


class Chatter:
    """Feeds sound and a point to look at, so that every layer has something to do."""

    def __init__(self, robot: Robot) -> None:
        node = robot.probe.node
        self._sound = node.create_publisher(AudioChunk, 'speech/output', 5)
        self._gaze = node.create_publisher(PointStamped, 'cmd_gaze', 1)
        tone = 9000 * np.sin(math.tau * 300 / 16000 * np.arange(1600))
        self._chunk = AudioChunk(
            sample_rate=16000, channels=1, samples=tone.astype(np.int16).tolist()
        )
        self._timer = node.create_timer(0.1, self._feed)

    def _feed(self) -> None:
        self._chunk.sequence += 1
        self._sound.publish(self._chunk)
        place = PointStamped()
        place.header.frame_id = 'head_neutral'
        place.point.x, place.point.y = 1.0, 0.3
        self._gaze.publish(place)

    def stop(self) -> None:
        """Fall silent."""
        self._timer.cancel()


def measure_load(robot: Robot) -> None:
    """Measure the idle node, then all layers at once."""
    wait_until(lambda: robot.motion.status.layers, 'the robot breathes')
    measure_rhythm(robot, 'breathing', MotionParameters().idle_rate)
    chatter = Chatter(robot)
    stop = threading.Event()

    def play() -> None:
        while not stop.is_set():
            robot.motion.play_emotion('happy').outcome()

    player = threading.Thread(target=play)
    player.start()
    wait_until(lambda: len(robot.motion.status.layers) >= 2, 'the layers are on')
    measure_rhythm(robot, 'all layers, emotion', MotionParameters().rate)
    stop.set()
    player.join()
    chatter.stop()
    wait_until(lambda: not robot.motion.status.active, 'silence')


def measure_goals(robot: Robot) -> None:
    """Measure how near a go_to comes and how soon it begins."""
    assert robot.set_parameters('motion', idle=False) == ''
    wait_until(lambda: not robot.motion.status.layers, 'the robot is still')
    distances, angles, starts = [], [], []
    for number in range(GOALS):
        wanted = head_pose(yaw=20.0 * (-1) ** number, pitch=8.0 * (-1) ** number, z=2.0)
        still = robot.motion.targets[-1]
        seen = len(robot.motion.targets)
        goal = robot.motion.go_to(head=wanted, duration=0.5)
        accepted = time.monotonic()

        def moved(still: BodyTarget = still, seen: int = seen) -> bool:
            fresh = robot.motion.targets[seen:]
            return any(
                abs(message.head.orientation.z - still.head.orientation.z) > CHANGED
                for message in fresh
            )

        wait_until(moved, 'first motion')
        starts.append(1e3 * (time.monotonic() - accepted))
        goal.outcome()
        distance, angle = errors(robot.simulator.head, wanted)
        distances.append(distance)
        angles.append(angle)
    report('go_to: final error, position', statistics.median(distances), 'mm')
    report('go_to: final error, angle', statistics.median(angles), 'deg')
    report('go_to: accepted to first motion', statistics.median(starts), 'ms')


def measure_cancel(robot: Robot) -> None:
    """Measure the time from a cancel request to the last motion."""
    stops = []
    for number in range(GOALS):
        goal = robot.motion.go_to(head=head_pose(yaw=30.0 * (-1) ** number), duration=1.0)
        wait_until(lambda goal=goal: goal.feedback and goal.feedback[-1].progress > 0.4, 'half way')
        seen = len(robot.motion.targets)
        goal.cancel()
        answered = time.monotonic()
        goal.outcome()
        wait_until(lambda: not robot.motion.status.active, 'nobody is in charge')
        _PAUSE.wait(0.1)
        answered_at = time.time() - (time.monotonic() - answered)
        times, values = series(robot.motion.targets[seen:])
        moving = np.flatnonzero(np.abs(np.diff(values[:, 5])) > CHANGED)
        stops.append(1e3 * (float(times[moving[-1] + 1]) - answered_at))
    report('cancelled to standstill', statistics.median(stops), 'ms')


def main() -> None:
    """Run all measurements on one robot."""
    with reserved_domain(), running_robot() as robot:
        # A second publisher of body_target would make the node listen to it too.
        robot.probe.node.destroy_publisher(robot.simulator.targets)
        print(f'load of the machine before: {os.getloadavg()[0]:.2f}')
        measure_load(robot)
        measure_goals(robot)
        measure_cancel(robot)


if __name__ == '__main__':
    main()
