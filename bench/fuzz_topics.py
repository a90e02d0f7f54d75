"""What the nodes make of messages, requests and goals that are valid in type alone.

The whole stack runs, with engines that need no large model; each process is started once, so that
one that ends is seen. Every topic that a node subscribes to is published, every service called and
every action given goals, with NaN, infinities, subnormal and the largest numbers, empty and long
texts and arrays, foreign frames, stamps of every time. Not used are /clock, and the actions that
write files. Printed is what was sent, whether every node is there and answers, how near to its
limits the robot came, what it refused, and what complained. Returned is 1 when something failed.

    ./bbia bench fuzz_topics [--messages 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import wave
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from _fuzz_report import show_ends  # noqa: E402
from _fuzz_report import show_robot  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402

from support.domains import reserved_domain  # noqa: E402
from support.joint_watch import JointWatch  # noqa: E402
from support.ros import Probe  # noqa: E402
from support.ros import probe  # noqa: E402
from support.stack_processes import LIGHT_ENGINES  # noqa: E402
from support.stack_processes import StackProcesses  # noqa: E402
from support.stack_processes import running_processes  # noqa: E402
from support.topic_hammer import REVIVAL  # noqa: E402
from support.topic_hammer import TopicHammer  # noqa: E402
from support.waiting import wait_until  # noqa: E402

ROUND = 1000
ROWS = 20
_READY_S = 60.0
_SOUND_HZ = 16_000
NODES = {
    *('robot', 'motion', 'state', 'microphone', 'hearing', 'vision', 'speech', 'chat'),
    *('behavior', 'bridge', 'monitor'),
}


def silence(folder: str) -> str:
    """Write a second of silence for the microphone; return the file."""
    path = str(Path(folder) / 'silence.wav')
    with wave.open(path, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SOUND_HZ)
        file.writeframes(bytes(2 * _SOUND_HZ))
    return path


class Complaints:
    """Which parts of the nodes were not well, as `/diagnostics` told."""

    def __init__(self, made: Probe) -> None:
        self.parts: dict[str, str] = {}
        made.node.create_subscription(DiagnosticArray, '/diagnostics', self._on_array, 100)

    def _on_array(self, array: DiagnosticArray) -> None:
        for status in array.status:
            node, _, _ = status.name.partition(': ')
            if node in NODES and status.level in (b'\x01', b'\x02'):
                self.parts[status.name] = status.message[:150]


def whole_hammer(made: Probe, seed: int) -> TopicHammer | None:
    """Return a hammer that knows the services of all nodes, None while some are missing."""
    hammer = TopicHammer(made, seed)
    found = {f'/{name}/list_parameters' for name in NODES}.issubset(hammer.services)
    return hammer if found and REVIVAL.keys() <= hammer.services.keys() else None


def send_all(hammer: TopicHammer, stack: StackProcesses, messages: int) -> list[str]:
    """Send everything in rounds, with a line of progress each; return what did not answer."""
    unanswered: list[str] = []
    round_ = max(ROUND, messages // ROWS)
    for done in range(0, messages, round_):
        count = min(round_, messages - done)
        hammer.send(count)
        unanswered += hammer.finish()
        memory = ', '.join(f'{name} {stack.uss_mb(name):.0f}' for name in stack.processes)
        print(f'{done + count:8d} sent; USS in MB: {memory}', flush=True)
    return unanswered


def run(stack: StackProcesses, made: Probe, messages: int, seed: int) -> bool:
    """Send everything and print the figures; return whether all is well."""
    watch, complaints = JointWatch(made), Complaints(made)
    stack.ports()
    there = made.node.get_node_names
    wait_until(lambda: NODES.issubset(there()) and watch.states, 'all nodes', _READY_S)
    hammer = wait_until(lambda: whole_hammer(made, seed), 'their services', _READY_S)
    try:
        unanswered = send_all(hammer, stack, messages)
    except (AssertionError, TimeoutError):
        show_ends(stack)
        raise
    silent = hammer.silent_nodes()
    counts = ', '.join(f'{count} {what}' for what, count in hammer.sent.items())
    print(f'nodes, topics, services, actions      {len(hammer.nodes)}, {len(hammer.topics)},'
          f' {len(hammer.services)}, {len(hammer.actions)}')  # fmt: skip
    print(f'sent                                  {counts}')
    print(f'requests and goals without an answer  {unanswered or "none"}')
    print(f'nodes that do not answer              {silent or "none"}')
    status = watch.status
    assert status is not None
    print(f'commands taken, refused by the driver {status.commands_accepted},'
          f' {status.commands_refused}')  # fmt: skip
    print(f'parts that complained on /diagnostics {len(complaints.parts)}')
    for name, message in sorted(complaints.parts.items()):
        print(f'    {name}: {message}')
    within = show_robot(watch)
    return show_ends(stack) and within and not unanswered and not silent


def main() -> int:
    """Read the arguments and run; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--messages', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, reserved_domain(), probe() as made:
        arguments = {**LIGHT_ENGINES, 'audio': silence(folder), 'hearing': 'pocketsphinx'}
        with running_processes(arguments) as stack:
            return 0 if run(stack, made, options.messages, options.seed) else 1


if __name__ == '__main__':
    sys.exit(main())
