"""Behaviors: how fast one begins and ends, and what idle life costs.

- goal to first motion: from sending the goal of `behave` until the measured head has left its
  place, with a behavior whose first step is a movement of the head, in the simulator.
- cancel to calm: from asking for the end until the head stands still again, and until nothing is
  heard any more, with a behavior that sways and one that speaks.
- idle life: CPU of the node `behavior` alone, as a share of one core, while it idles with its usual
  pauses, and while idle life is switched off.

    ./bbia bench behaviors [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from support.behaving import Behaving  # noqa: E402
from support.behaving import behaving  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.motion import Robot  # noqa: E402
from support.motion import running_robot  # noqa: E402
from support.simulator import errors  # noqa: E402
from support.speech_node import Talker  # noqa: E402
from support.speech_node import talker  # noqa: E402
from support.waiting import wait_until  # noqa: E402

BEGUN_MM, BEGUN_DEG = 0.2, 0.2
STILL_POSES = 10
TEXT = 'This is a sentence that nobody will hear to its end, because it is cancelled. ' * 3


def first_motion(robot: Robot, asked: Behaving) -> float:
    """Return the seconds from a goal to the first measured motion."""
    robot.straighten()
    rest = robot.simulator.head

    def moves() -> bool:
        distance_mm, angle_deg = errors(robot.simulator.head, rest)
        return distance_mm > BEGUN_MM or angle_deg > BEGUN_DEG

    begun = time.monotonic()
    goal = asked.begin('tilt')
    wait_until(moves, 'the head moves')
    elapsed = time.monotonic() - begun
    goal.outcome()
    return elapsed


def still_again(robot: Robot, asked: Behaving) -> float:
    """Return the seconds from a cancel request to a head that stands still."""
    robot.straighten()
    goal = asked.begin('sway')
    wait_until(lambda: abs(float(robot.simulator.head[1, 0])) > 0.1, 'it sways')
    begun = time.monotonic()
    goal.cancel()
    wait_until(lambda: robot.simulator.at_rest(STILL_POSES, 1e-4), 'it stands still')
    # The measurements that show it were taken while it stood still.
    return time.monotonic() - begun - STILL_POSES / 100.0


def silent_again(robot: Robot, asked: Behaving) -> list[float]:
    """Return the seconds from each of five cancel requests to silence."""
    with talker(robot.probe) as talking:
        asked.wait_available('talk')
        return [_silence(talking, asked) for _ in range(5)]


def _silence(talking: Talker, asked: Behaving) -> float:
    goal = asked.begin('talk', what='say', text=TEXT)
    talking.wait_for_sound()
    begun = time.monotonic()
    goal.cancel()
    wait_until(lambda: not talking.speaking[-1].data, 'silence')
    return time.monotonic() - begun


def cpu(asked: Behaving, seconds: float) -> float:
    """Return the share of a core that the node and its children use."""
    node = psutil.Process(asked.process.process.pid)
    everybody = [node, *node.children(recursive=True)]

    def used() -> float:
        return sum(sum(one.cpu_times()[:2]) for one in everybody)

    before, begun = used(), time.monotonic()
    wait_until(lambda: time.monotonic() > begun + seconds, 'the time is over', seconds + 10.0)
    return (used() - before) / (time.monotonic() - begun)


def show(what: str, times_s: list[float]) -> None:
    """Print a line."""
    print(
        f'{what:32} p50 {statistics.median(times_s) * 1e3:6.0f} ms   '
        f'max {max(times_s) * 1e3:6.0f} ms   of {len(times_s)}'
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--seconds', type=float, default=60.0)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        reserved_domain(),
        running_robot(idle=False) as robot,
    ):
        measure_goals(robot, Path(folder, 'asked'), given.rounds, given.seconds)
        measure_idle_life(robot, Path(folder, 'idle'), given.seconds)


def measure_goals(robot: Robot, folder: Path, rounds: int, seconds: float) -> None:
    """Print how fast behaviors begin and end, and what the node costs without any."""
    with behaving(robot.probe, folder) as asked:
        asked.wait_available('tilt')
        show('goal to first motion', [first_motion(robot, asked) for _ in range(rounds)])
        show('cancel to a still head', [still_again(robot, asked) for _ in range(rounds)])
        show('cancel to silence', silent_again(robot, asked))
        print(f'{"CPU without idle life":32} {100 * cpu(asked, seconds):5.2f} % of a core')


def measure_idle_life(robot: Robot, folder: Path, seconds: float) -> None:
    """Print what idle life costs, and how far it turned the head."""
    with behaving(robot.probe, folder, idle_life='true', idle_after=0.5) as asked:
        wait_until(lambda: asked.status.name == 'idle_life', 'it idles')
        before = len(robot.simulator.head_poses)
        share = cpu(asked, seconds)
        turns = [message.pose.orientation for message in robot.simulator.head_poses[before:]]
        yaws = [2.0 * np.arctan2(turn.z, turn.w) for turn in turns]
        print(
            f'{"CPU of idle life":32} {100 * share:5.2f} % of a core'
            f' (the head turned {np.degrees(np.ptp(yaws)):.0f} degrees)'
        )


if __name__ == '__main__':
    main()
