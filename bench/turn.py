"""Whole spoken turns: how long after the last word there is text, motion, an answer and sound.

Commands are said by flite's voice rms into a file, heard by microphone_node, understood
by pocketsphinx and the command grammar, obeyed by the simulated robot and answered aloud (played
nowhere, but paced). Printed are medians and the largest of all turns, from `speech/turn`.

    ./bbia bench turn [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402

from bbia_msgs.msg import TurnTiming  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from support.chat import person  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.motion import running_robot  # noqa: E402
from support.ros import StackProcess  # noqa: E402
from support.sound_files import write_sound  # noqa: E402
from support.speech_node import talker  # noqa: E402
from support.spoken import silence  # noqa: E402
from support.spoken import spoken  # noqa: E402
from support.waiting import wait_until  # noqa: E402

COMMANDS = ('look left', 'look right', 'look up')
PAUSE_S = 4.0
DEADLINE_S = 300.0
STAGES = ('transcript', 'motion_begins', 'answer_begins', 'sound_begins')


def measure(folder: Path, rounds: int) -> list[TurnTiming]:
    """Return the times of the turns."""
    said = [piece for text in COMMANDS * rounds for piece in (spoken(text), silence(PAUSE_S))]
    path = write_sound(folder / 'commands.wav', np.concatenate(said))
    with (
        reserved_domain(),
        running_robot() as robot,
        StackProcess('hearing_node', ros_arguments=('-p', 'engine:=pocketsphinx')),
        talker(robot.probe, output='none'),
        person(robot.probe, engine='commands'),
    ):
        turns = robot.probe.collect(TurnTiming, 'speech/turn', qos.STREAM)
        wait_until(lambda: robot.probe.node.count_publishers('speech/turn') > 0, 'speech/turn')
        wanted = len(COMMANDS) * rounds
        arguments = ('-p', f'audio_source:="{path}"', '-p', 'start_delay:=0.5')
        with StackProcess('microphone_node', ros_arguments=arguments):
            wait_until(lambda: len(turns) >= wanted, f'{wanted} turns', DEADLINE_S)
        return turns


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        turns = measure(Path(folder), rounds)
    for stage in STAGES:
        times = [getattr(turn, stage) for turn in turns]
        print(
            f'end of speech -> {stage:14} p50 {statistics.median(times):6.3f} s   '
            f'max {max(times):6.3f} s   of {len(times)} turns'
        )


if __name__ == '__main__':
    main()
