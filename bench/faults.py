"""Random faults in the running stack: how soon all is well again, and what the robot does.

    ./bbia bench faults [--faults 24] [--seed 1] [--kinds kill,stop,...] [--log FILE]
                        [--libfaketime FILE]

Runs `./bbia up` without the large models, and does to it in a random order:

kill, stop  SIGKILL or SIGSTOP to one process; well again is when all nodes answer a service call
cut         connections to the bridge are reset, some in the middle of a frame; well again is when
            the client that connects as the dashboard does has a joint state
garbage     frames that nobody should send, noise on both ports, messages that are valid in type
            alone; well again is when all of it and all nodes are answered, and a command is obeyed
disk        what is kept has a disk of a few MB, which is full for a while, in which the robot is
            stopped and a process killed, and must stay stopped; well again is, from when the disk
            has room, when conversation, alarms, recording and emotion are in their files
clock       the clock goes an hour ahead, and back, while the robot moves; well again, each time, is
            when joint states have the new time, all nodes answer and a command is obeyed

None of them needs root, and the computer's own clock and disks stay as they are. A kind that cannot
be done here is left out, and that is told. Progress goes to stderr, one line per figure to stdout.
The return value is 1 when something was not well again within 30 s, was started again that nobody
killed, was lost or given up, or when the robot left its joints' ranges or the gate's limits of
speed.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from _fault_clients import Page  # noqa: E402
from _fault_clock import FakedClock  # noqa: E402
from _fault_clock import library  # noqa: E402
from _fault_disk import SmallDisk  # noqa: E402
from _fault_garbage import GarbageCan  # noqa: E402
from _fault_kinds import CLOCK  # noqa: E402
from _fault_kinds import DISK  # noqa: E402
from _fault_kinds import KINDS  # noqa: E402
from _fault_kinds import RESTARTING  # noqa: E402
from _fault_kinds import STILL  # noqa: E402
from _fault_kinds import Faults  # noqa: E402
from _fault_stack import running_stack  # noqa: E402
from _fault_trial import BACK_DEADLINE_S  # noqa: E402
from _fault_trial import Trial  # noqa: E402
from _fuzz_report import show_robot  # noqa: E402
from websockets.exceptions import WebSocketException  # noqa: E402

from support.domains import reserved_domain  # noqa: E402
from support.ros import probe  # noqa: E402

BREATHING_S = 15.0
AFTER_S = 1.0
"""Between two faults; the robot is watched for that long after each."""


class Fault(NamedTuple):
    """One fault: its kind, to what, after how long all was well again (s), and what was not.

    `way` is the farthest that a joint went meanwhile, rad, and `silence` the longest time without a
    joint state, s.
    """

    kind: str
    target: str
    back_after: float
    way: float
    silence: float
    problem: str


def inflict(trial: Trial, faults: Faults, kind: str) -> Fault:
    """Do it, wait until all is well again or it takes too long, and look what moved."""
    before = trial.stack.pids()
    begun = time.monotonic()
    target, back_after, problem = '', 0.0, ''
    try:
        target, back_after = faults.kinds[kind]()
    except (AssertionError, OSError, TimeoutError, WebSocketException) as error:
        problem = str(error) or repr(error)
    if back_after > BACK_DEADLINE_S:
        problem = f'well again only after {back_after:.1f} s'
    end = time.monotonic()
    time.sleep(AFTER_S)
    after = trial.stack.pids()
    changed = [name for name, pid in after.items() if pid != before[name]]
    if len(changed) != (kind in RESTARTING):
        problem = f'{problem}; started again: {", ".join(changed) or "nothing"}'.lstrip('; ')
    return Fault(
        kind=kind,
        target=target,
        back_after=back_after,
        way=trial.watch.way(begun, end + AFTER_S) if target != 'robot' else 0.0,
        silence=trial.watch.silence(begun, end),
        problem=problem,
    )


def inflict_all(
    trial: Trial, faults: Faults, kinds: Sequence[str], count: int, chance: random.Random
) -> list[Fault]:
    """Inflict so many faults, every kind about as often; stop early when a process is given up."""
    done: list[Fault] = []
    waiting: list[str] = []
    while len(done) < count and not trial.stack.given_up():
        if not waiting:
            waiting = list(kinds)
            chance.shuffle(waiting)
        done.append(fault := inflict(trial, faults, waiting.pop()))
        end = f'well again after {fault.back_after:.2f} s' if not fault.problem else fault.problem
        print(
            f'{len(done):4d} of {count}  {fault.kind:<8} {fault.target:<10} {end}',
            file=sys.stderr,
            flush=True,
        )
    return done


def show_recoveries(faults: Sequence[Fault]) -> None:
    """Print how soon all was well again, by kind."""
    for kind in KINDS:
        own = [fault for fault in faults if fault.kind == kind]
        times = [fault.back_after for fault in own if not fault.problem]
        if not own:
            continue
        text = 'never well again'
        if times:
            slowest = max(own, key=lambda fault: 0.0 if fault.problem else fault.back_after)
            text = (
                f'p50 {statistics.median(times):.2f} s, worst {max(times):.2f} s ({slowest.target})'
            )
        silence = max(fault.silence for fault in own)
        print(
            f'{kind:<8} {len(own):4d} times: {text}; not well again {len(own) - len(times)};'
            f' longest wait for a joint state {silence:.2f} s'
        )


def run(
    trial: Trial, faults: Faults, kinds: Sequence[str], count: int, chance: random.Random
) -> bool:
    """Inflict the faults and print what came of them; return whether all is well."""
    begun = time.monotonic()
    time.sleep(BREATHING_S)
    breathing = trial.watch.way(begun, time.monotonic())
    done = inflict_all(trial, faults, kinds, count, chance)
    show_recoveries(done)
    ways = [fault.way for fault in done if fault.kind in STILL]
    print(f'farthest way of a joint in {BREATHING_S:g} s of breathing: {breathing:.3f} rad')
    print(f'farthest way of a joint in {", ".join(STILL)}: {max(ways, default=0.0):.3f} rad')
    lost = [name for name, pid in trial.stack.pids().items() if not pid]
    wanted = sum(fault.kind in RESTARTING for fault in done)
    restarts, given_up = trial.stack.restarts(), trial.stack.given_up()
    print(f'restarts by the supervisor: {restarts}, faults that ask for one: {wanted}')
    print(f'processes lost: {len(lost)} {" ".join(lost)}; given up: {given_up}')
    print(f'load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')
    within = show_robot(trial.watch)
    recovered = not any(fault.problem for fault in done) and len(done) == count
    return within and recovered and not lost and not given_up and restarts == wanted


def left_out(kinds: Sequence[str], obstacles: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Return the kinds that cannot be done on this computer, with the reason."""
    found = {kind: obstacles[kind]() for kind in kinds if kind in obstacles}
    return {kind: reason for kind, reason in found.items() if reason}


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--faults', type=int, default=24)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--kinds', default=','.join(KINDS), help='default: all, %(default)s')
    parser.add_argument('--log', type=Path, help='file for the log of the stack')
    parser.add_argument(
        '--libfaketime',
        type=Path,
        default=library(),
        help='the library that sets the clock; default: the installed one',
    )
    options = parser.parse_args()
    options.kinds = options.kinds.split(',')
    if unknown := set(options.kinds).difference(KINDS):
        parser.error(f'no kinds {", ".join(sorted(unknown))}; there are {", ".join(KINDS)}')
    return options


def main() -> int:
    """Run the stack, inflict faults and print what came of them; return the exit code."""
    options = parse()
    chance = random.Random(options.seed)
    with ExitStack() as cleanup:
        cleanup.enter_context(reserved_domain())
        scratch = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        disk, clock = SmallDisk(), FakedClock(scratch)
        reasons = left_out(
            options.kinds,
            {
                DISK: lambda: disk.obstacle(scratch),
                CLOCK: lambda: clock.obstacle(options.libfaketime),
            },
        )
        for kind, reason in reasons.items():
            print(f'{kind} is left out: {reason}')
        print(f'kinds left out: {len(reasons)}')
        kinds = [kind for kind in KINDS if kind in options.kinds and kind not in reasons]
        if not kinds:
            return 1
        eyes = cleanup.enter_context(probe())
        with running_stack(
            options.log or scratch / 'log',
            scratch,
            disk if DISK in kinds else None,
            clock.variables(options.libfaketime) if CLOCK in kinds else {},
        ) as stack:
            trial = Trial(stack, eyes)
            trial.wait_ready()
            with ExitStack() as clients:
                pages = [Page(stack.bridge_port) for _ in range(2)]
                for page in pages:
                    clients.callback(page.close)
                faults = Faults(
                    trial,
                    chance,
                    page=pages[0],
                    bystander=pages[1],
                    clock=clock,
                    garbage=GarbageCan(eyes, options.seed, stack),
                )
                is_well = run(trial, faults, kinds, options.faults, chance)
        print(f'exit code after Ctrl-C: {stack.exit_code}')
        return 0 if is_well and stack.exit_code == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
