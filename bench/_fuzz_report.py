"""What both fuzzers print in the end: the robot's limits, the processes and their logs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402

from bbia_sim_ros.robot.names import LEGS_SLICE  # noqa: E402
from support.joint_watch import SPEED_TOLERANCE  # noqa: E402
from support.joint_watch import JointWatch  # noqa: E402
from support.stack_processes import StackProcesses  # noqa: E402


def show_robot(watch: JointWatch) -> bool:
    """Print how the robot moved; return whether it stayed within its limits."""
    share = float(watch.speed_share.max())
    print(f'joint states heard, judged            {watch.states}, {watch.judged}')
    print(f'joint farthest from zero              {watch.farthest_rad:.3f} rad')
    legs = watch.beyond_rad[LEGS_SLICE].max()
    others = np.delete(watch.beyond_rad, LEGS_SLICE).max()
    print(f'beyond its range, a leg, another joint {legs:+.4f}, {others:+.4f} rad')
    print(
        f"speed as a share of the gate's limit  {share:.3f} over 0.1 s,"
        f' {watch.peak_share:.3f} at once'
    )
    return watch.is_within_ranges and share <= SPEED_TOLERANCE


def show_ends(stack: StackProcesses) -> bool:
    """Print what ended or complained; return whether nothing did."""
    tracebacks, ended = stack.tracebacks(), stack.ended()
    print(f'processes that ended                  {ended or "none"}')
    print(f'tracebacks in the logs                {len(tracebacks)}')
    for text in tracebacks[:5]:
        print(text, file=sys.stderr)
    return not tracebacks and not ended
