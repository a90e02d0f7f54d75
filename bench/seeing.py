"""What seeing costs, and how well a face is followed: simulator, motion and vision. One line each.

Three nodes in processes of their own, in the scene `people`. Latency is from a picture's stamp to
the arrival of `vision/people` here. The jitter is that of the control loop, from the stamps of
`joint_states`: seeing nothing, with the camera alone, and with people looked for, in turns, so that
whatever else the machine does hits all; the median of each one's slices counts. The error is the
angle between the optical axis and the true place of a face that swings before the robot.

    ./bbia bench seeing
"""

from __future__ import annotations

import math
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from sensor_msgs.msg import CompressedImage  # noqa: E402

from bbia_msgs.msg import PersonArray  # noqa: E402
from bbia_msgs.srv import SetPaths  # noqa: E402
from bbia_msgs.srv import UnloadModel  # noqa: E402
from bbia_sim_ros.models.memory import tree_uss_b  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.nodes.messages import seconds  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.eyes import SIGHT_DEADLINE_S  # noqa: E402
from support.eyes import Eyes  # noqa: E402
from support.eyes import eyes  # noqa: E402
from support.face_scene import OUT_OF_SIGHT  # noqa: E402
from support.face_scene import SWING_DEG  # noqa: E402
from support.face_scene import SWING_S  # noqa: E402
from support.face_scene import TURN_DEG_S  # noqa: E402
from support.face_scene import degrees_off_axis  # noqa: E402
from support.face_scene import panel_at  # noqa: E402
from support.face_scene import paths_request  # noqa: E402
from support.face_scene import swing_bearing  # noqa: E402
from support.motion import Robot  # noqa: E402
from support.motion import running_robot  # noqa: E402
from support.simulator import pose_of  # noqa: E402
from support.waiting import wait_until  # noqa: E402

ROUNDS = 4
SLICE_S = 6.0
IDLE_S = 8.0
# The camera and its renderer have ended, or begun, when this time is over.
SETTLE_S = 3.5
PERIOD_S = 0.01
RANGE_M = 0.7
TURNS = 6
PICTURES = 'camera/image_raw/compressed'
NOTHING, CAMERA, PEOPLE = 'seeing nothing', 'camera alone', 'people looked for'
_PAUSE = threading.Event()


def report(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'\r{name:<60}{value:>10.3f} {unit}', flush=True)


def tell(what: str) -> None:
    """Show what is done now to a person who watches."""
    if sys.stderr.isatty():
        print(f'\r{what:<72}', end='\r', file=sys.stderr, flush=True)


def lead(robot: Robot, times_s: list[float], bearings: list[float]) -> float:
    """Lead one face along bearings (degrees), again and again; return when it was asked, s."""
    paths = {
        'panel_1': [panel_at(bearing, range_m=RANGE_M) for bearing in bearings],
        'panel_2': [OUT_OF_SIGHT] * len(bearings),
    }
    request = paths_request(times_s, paths, loop=len(bearings) > 1)
    asked = time.time()
    answer = robot.probe.call(SetPaths, 'simulator/set_paths', request)
    if not answer.success:
        raise SystemExit(answer.message)
    return asked


class Load:
    """The processor time of a process and its children since it was made."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before, self._begun = self._cpu_s(), time.monotonic()

    def share(self) -> float:
        """Return it as a share of a core."""
        return (self._cpu_s() - self._before) / (time.monotonic() - self._begun)

    def _cpu_s(self) -> float:
        family = [self._process, *self._process.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in family)


@contextmanager
def subscribed(robot: Robot, kind: Any, topic: str, take: Any, **more: Any) -> Iterator[None]:
    """Subscribe within the block."""
    made = robot.probe.make(
        lambda node: node.create_subscription(kind, topic, take, qos.SENSOR_DATA, **more)
    )
    try:
        yield
    finally:
        robot.probe.make(lambda node: node.destroy_subscription(made))


def jitter_p99_ms(robot: Robot, since: int) -> float:
    """Return how far the periods of `joint_states` are from 10 ms, from a message on; p99."""
    stamps = [seconds(message.header.stamp) or 0.0 for message in robot.simulator.joint_states]
    return float(np.quantile(1e3 * np.abs(np.diff(stamps[since:]) - PERIOD_S), 0.99))


class Slices:
    """What is measured in slices of time, of several conditions in turns."""

    def __init__(self, robot: Robot, seer: Eyes) -> None:
        self._robot = robot
        self._pid = seer.process.process.pid
        self._arrived_ms: list[float] = []
        self._p99_ms: dict[str, list[float]] = {what: [] for what in (NOTHING, CAMERA, PEOPLE)}
        self._latencies_ms: list[float] = []
        self._shares: list[float] = []

    def measure(self) -> None:
        """Go through the conditions."""
        for number in range(ROUNDS):
            tell(f'jitter, latency and load: {number + 1} of {ROUNDS}')
            self._slice(NOTHING)
            with subscribed(self._robot, CompressedImage, PICTURES, lambda _: None, raw=True):
                self._slice(CAMERA)
            with subscribed(self._robot, PersonArray, 'vision/people', self._on_people):
                self._arrived_ms.clear()
                wait_until(lambda: self._arrived_ms, 'somebody is seen', SIGHT_DEADLINE_S)
                self._slice(PEOPLE)

    def _slice(self, what: str) -> None:
        _PAUSE.wait(SETTLE_S)
        load, seen = Load(self._pid), len(self._arrived_ms)
        since = len(self._robot.simulator.joint_states)
        _PAUSE.wait(SLICE_S)
        self._p99_ms[what].append(jitter_p99_ms(self._robot, since))
        if what == PEOPLE:
            self._shares.append(load.share())
            self._latencies_ms += self._arrived_ms[seen:]

    def _on_people(self, message: PersonArray) -> None:
        if any(person.visible for person in message.people):
            stamp = seconds(message.header.stamp) or 0.0
            self._arrived_ms.append(1e3 * (time.time() - stamp))

    def report(self) -> None:
        """Print the figures."""
        for share in (50, 95):
            latency = float(np.percentile(self._latencies_ms, share))
            report(f'stamp of the picture to vision/people, p{share}', latency, 'ms')
        report('pictures looked at', len(self._latencies_ms) / (ROUNDS * SLICE_S), 'Hz')
        load = 100.0 * float(np.mean(self._shares))
        report('CPU of vision node and worker, at that rate', load, '% of a core')
        p99 = {what: statistics.median(slices) for what, slices in self._p99_ms.items()}
        for what, jitter in p99.items():
            report(f'jitter of joint_states p99, {what}', jitter, 'ms')
        for what in (NOTHING, CAMERA):
            report(f'the same, {PEOPLE} over {what}', p99[PEOPLE] / p99[what], '')


def measure_idle(seer: Eyes) -> None:
    """Let time pass while nobody wants to see."""
    tell('idle')
    _PAUSE.wait(SETTLE_S)
    load = Load(seer.process.process.pid)
    _PAUSE.wait(IDLE_S)
    report('CPU of the vision node, nobody subscribed', 100.0 * load.share(), '% of a core')
    memory('nothing looked for yet', seer)


def memory(what: str, seer: Eyes) -> None:
    """Print what node and workers have for themselves."""
    size_b = tree_uss_b(seer.process.process.pid)
    report(f'USS of vision node and worker, {what}', size_b / 1e6, 'MB')


def measure_memory(seer: Eyes) -> None:
    """Unload the model of faces, once nobody wants to see any more: it would be loaded again."""
    tell('memory')
    node = seer.probe.node
    wait_until(lambda: not node.count_subscribers(PICTURES), 'the camera is left')
    memory('faces loaded', seer)
    request = UnloadModel.Request(name='faces', when_idle=True)
    answer = seer.probe.call(UnloadModel, 'vision/unload_model', request)
    if not answer.success:
        raise SystemExit(answer.message)
    wait_until(lambda: not seer.workers, 'the worker ends')
    memory('unloaded', seer)


def measure_following(robot: Robot, seer: Eyes) -> None:
    """Follow a face that swings at a constant rate, and compare with where it truly is."""
    tell('following')
    lead(robot, [0.0], [SWING_DEG])
    goal = seer.follow('face', keep=True)
    wait_until(
        lambda: goal.feedback and 0.0 <= goal.feedback[-1].error < math.radians(5.0),
        'the face is in the middle',
        SIGHT_DEADLINE_S,
    )
    first = len(robot.simulator.head_poses)
    begun = lead(robot, [0.0, SWING_S, 2.0 * SWING_S], [SWING_DEG, -SWING_DEG, SWING_DEG])
    _PAUSE.wait(TURNS * SWING_S)
    goal.cancel()
    simulator = robot.simulator
    messages = simulator.head_poses[first:]
    # Paths run on simulated time, which falls behind where the computer is too slow.
    stamps = [seconds(message.header.stamp) or 0.0 for message in messages]
    since_s = np.maximum(0.0, simulator.simulated_s(stamps) - simulator.simulated_s([begun]))
    errors = [
        degrees_off_axis(pose_of(message), panel_at(swing_bearing(since), range_m=RANGE_M))
        for message, since in zip(messages, since_s.tolist(), strict=True)
    ]
    what = f'following a face at {TURN_DEG_S:.0f} deg/s, error'
    report(f'{what}, mean', float(np.mean(errors)), 'deg')
    report(f'{what}, p95', float(np.percentile(errors, 95)), 'deg')


def main() -> None:
    """Measure and print."""
    tell('starting')
    with (
        reserved_domain(),
        running_robot(scene='people', idle='false') as robot,
        eyes(robot.probe, transport='compressed') as seer,
    ):
        lead(robot, [0.0], [0.0])
        measure_idle(seer)
        slices = Slices(robot, seer)
        slices.measure()
        slices.report()
        measure_memory(seer)
        measure_following(robot, seer)


if __name__ == '__main__':
    main()
