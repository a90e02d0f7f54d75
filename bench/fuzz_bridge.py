"""What is left of the bridge after a great many frames that nobody should send.

A simulated robot runs with motion, bridge and monitor. Four clients send mutated operations of the
rosbridge protocol, damaged JSON, CBOR and pictures, noise, frames that are too long, and leave in
the middle of them; they also command the robot. Meanwhile a client with manners calls a service,
hears joint states and releases the robot when it was stopped. Printed is what the client with
manners had to wait, what the bridge's process has before and after, and how near to its limits the
robot came. Returned is 1 when the bridge was lost, the robot left its limits, or a node printed a
traceback.

The frames depend on the seed alone, but for stamps; how the connections mix does not.

    ./bbia bench fuzz_bridge [--frames 20000] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from _fuzz_report import show_ends  # noqa: E402
from _fuzz_report import show_robot  # noqa: E402

from support.domains import reserved_domain  # noqa: E402
from support.fuzz_trial import FuzzTrial  # noqa: E402
from support.fuzz_trial import running_trial  # noqa: E402

ROUND = 2000
ROWS = 20
WARM_UP = 1000
SETTLE_S = 10.0


def settled(trial: FuzzTrial) -> tuple[float, int, int]:
    """Return the bridge's memory (MB), threads and files when all clients are gone."""
    trial.wait_alone()
    time.sleep(SETTLE_S)
    return trial.stack.uss_mb('bridge'), *trial.stack.usage('bridge')


def run(trial: FuzzTrial, frames: int) -> bool:
    """Send the frames and print the figures; return whether all is well."""
    trial.send(WARM_UP)
    before = settled(trial)
    trial.latency_ms()
    print('frames       USS of the bridge   client with manners, call p50 / worst')
    sent = 0
    worst = 0.0
    round_ = max(ROUND, frames // ROWS)
    while sent < frames:
        count = min(round_, frames - sent)
        trial.send(count)
        sent += count
        typical, greatest = trial.latency_ms()
        worst = max(worst, greatest)
        uss = trial.stack.uss_mb('bridge')
        print(f'{sent:8d}   {uss:10.1f} MB   {typical:10.1f} / {greatest:.1f} ms', flush=True)
    after = settled(trial)
    tally = trial.hammer.tally
    print(f'frames, answers                       {tally.frames}, {tally.answers}')
    print(f'connections, cut in a frame           {tally.connections}, {tally.cut}')
    print(f'closed by the bridge, by code         {dict(sorted(tally.closed.items()))}')
    print(f'client with manners, worst call       {worst:.1f} ms')
    print(f'longest wait for a joint state        {1e3 * max(trial.last_message_s):.1f} ms')
    print(f'bridge, USS before, after             {before[0]:.1f}, {after[0]:.1f} MB')
    print(f'bridge, threads before, after         {before[1]}, {after[1]}')
    print(f'bridge, files before, after           {before[2]}, {after[2]}')
    within = show_robot(trial.watch)
    return show_ends(trial.stack) and within and before[1:] == after[1:]


def main() -> int:
    """Read the arguments and run; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--frames', type=int, default=20_000)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    with reserved_domain(), running_trial(options.seed) as trial:
        return 0 if run(trial, options.frames) else 1


if __name__ == '__main__':
    sys.exit(main())
