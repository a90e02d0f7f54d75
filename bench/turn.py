"""Whole spoken turns: how long after the last word there is text, motion, an answer and sound.

Commands are said by flite's voice rms into a file, heard by microphone_node, understood
by pocketsphinx and the command grammar, obeyed by the simulated robot and answered aloud (played
nowhere, but paced). The nodes are those of the stack's process `mind`, in one process as there or
in one each. Printed are medians and the largest of all turns, from `speech/turn`.

    ./bbia bench turn [--rounds N] [--apart]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402

from bbia_msgs.msg import TurnTiming  # noqa: E402
from bbia_sim_ros import stack  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.motion import running_robot  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.sound_files import write_sound  # noqa: E402
from support.spoken import silence  # noqa: E402
from support.spoken import spoken  # noqa: E402
from support.waiting import wait_until  # noqa: E402

COMMANDS = ('look left', 'look right', 'look up')
PAUSE_S = 4.0
DEADLINE_S = 300.0
STAGES = ('transcript', 'motion_begins', 'answer_begins', 'sound_begins')


def measure(folder: Path, rounds: int, *, apart: bool) -> list[TurnTiming]:
    """Return the times of the turns."""
    said = [piece for text in COMMANDS * rounds for piece in (spoken(text), silence(PAUSE_S))]
    path = write_sound(folder / 'commands.wav', np.concatenate(said))
    given = {'audio': str(path), 'hearing': 'pocketsphinx', 'speech_output': 'none'}
    planned = stack.plan({**given, 'chat': 'commands', 'part': 'mind'})
    (mind,) = (process for process in planned if process.name == 'mind')
    with reserved_domain(), running_robot() as robot, ExitStack() as processes:
        turns = robot.probe.collect(TurnTiming, 'speech/turn', qos.STREAM)
        for nodes in [(node,) for node in mind.nodes] if apart else [mind.nodes]:
            processes.enter_context(StackProcess(*nodes, ros_arguments=mind.ros_arguments))
        wanted = len(COMMANDS) * rounds
        wait_until(lambda: len(turns) >= wanted, f'{wanted} turns', DEADLINE_S)
        return turns


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--apart', action='store_true', help='a process for each node')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        turns = measure(Path(folder), options.rounds, apart=options.apart)
    for stage in STAGES:
        times = [getattr(turn, stage) for turn in turns]
        print(
            f'end of speech -> {stage:14} p50 {statistics.median(times):6.3f} s   '
            f'max {max(times):6.3f} s   of {len(times)} turns'
        )


if __name__ == '__main__':
    main()
