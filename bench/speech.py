"""What speaking costs, per engine: first sound, cancelling, CPU. One line per figure.

Everything is played nowhere, in real time, so no sound card is needed. First sound: from handing in
a text to the moment at which its first sample is due. Cancel: from asking to the end of the last
chunk that was handed out, which is the last that can be heard. CPU counts the process and the
children that it waited for, in parts of one core, while it speaks and while it waits. With
`--action` the first two are measured over DDS, at the action's client, with a node of its own.

    ./bbia bench speech
    ./bbia bench speech --action
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]

import psutil  # noqa: E402

from bbia_sim_ros.nodes.messages import seconds  # noqa: E402
from bbia_sim_ros.speech.engine import SpeechEngine  # noqa: E402
from bbia_sim_ros.speech.espeak import EspeakEngine  # noqa: E402
from bbia_sim_ros.speech.flite import FliteEngine  # noqa: E402
from bbia_sim_ros.speech.output import Output  # noqa: E402
from bbia_sim_ros.speech.parameters import SpeechParameters  # noqa: E402
from bbia_sim_ros.speech.selection import Selection  # noqa: E402
from bbia_sim_ros.speech.speaker import Speaker  # noqa: E402
from bbia_sim_ros.speech.utterance import Order  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.ros import probe  # noqa: E402
from support.speech_ear import Ear  # noqa: E402
from support.speech_node import Talker  # noqa: E402
from support.speech_node import talker  # noqa: E402
from support.waiting import wait_until  # noqa: E402

WAYS: dict[str, tuple[SpeechEngine, str]] = {
    'flite rms': (FliteEngine(), 'rms'),
    'espeak_ng (library)': (EspeakEngine(program=''), 'en-US'),
    'espeak_ng (command)': (EspeakEngine(package=''), 'en-US'),
}
SHORT = 'Hello, nice to meet you.'
TALK = 'This is a text of several sentences. Each of them is made while the last is heard. ' * 3
IDLE_S = 5.0


def report(name: str, values: list[float], unit: str) -> None:
    """Print the median and the largest of some figures."""
    median, largest = statistics.median(values), max(values)
    print(f'{name:<44} median {median:7.1f} {unit}   largest {largest:7.1f} {unit}', flush=True)


def cpu_s() -> float:
    """Return the CPU time of this process and of the children that it waited for, s."""
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def first_sounds(speaker: Speaker, rounds: int) -> list[float]:
    """Return the times to the first sound, ms."""
    return [
        1e3 * speaker.say(Order(text=SHORT, speed=2.0)).outcome.result().first_sound_s
        for _ in range(rounds)
    ]


def cancels(speaker: Speaker, ear: Ear, rounds: int) -> list[float]:
    """Return the times from cancelling to silence, ms."""
    found = []
    for _ in range(rounds):
        ear.chunks.clear()
        utterance = speaker.say(Order(text=TALK))
        wait_until(lambda: len(ear.chunks) > 8, 'sound')
        asked = time.monotonic()
        speaker.cancel(utterance)
        utterance.outcome.result()
        last = ear.chunks[-1]
        found.append(1e3 * (last.start + last.samples.size / ear.rates[-1] - asked))
    return found


def load(speaker: Speaker) -> float:
    """Return the CPU while a text is spoken, % of a core."""
    begin, cpu = time.monotonic(), cpu_s()
    speaker.say(Order(text=TALK)).outcome.result()
    return 100 * (cpu_s() - cpu) / (time.monotonic() - begin)


def measure_speaker(name: str, engine: SpeechEngine, voice: str, rounds: int) -> None:
    """Measure a speaker without ROS."""
    if engine.obstacle():
        print(f'{name:<44} {engine.obstacle()}')
        return
    ear = Ear()
    parameters = SpeechParameters(output='none', engine=engine.name, voice=voice)
    speaker = Speaker(
        parameters.speaker_settings(),
        selection=Selection((engine,)),
        output=Output(parameters.output_settings()),
        listener=ear,
    )
    with ExitStack() as cleanup:
        cleanup.callback(speaker.close)
        first_sounds(speaker, 1)
        report(f'{name}: first sound', first_sounds(speaker, rounds), 'ms')
        report(f'{name}: cancel to silence', cancels(speaker, ear, rounds), 'ms')
        report(f'{name}: CPU while speaking', [load(speaker)], '%')


def node_cancel_ms(talking: Talker) -> float:
    """Return the time from sending a cancel request to the end of the last chunk, ms."""
    talking.chunks.clear()
    goal = talking.say(TALK)
    talking.wait_for_sound()
    asked = talking.probe.node.get_clock().now().nanoseconds * 1e-9
    goal.cancel()
    goal.outcome()
    return 1e3 * (talking.spans[-1][1] - asked)


def node_first_ms(talking: Talker) -> float:
    """Return the time from sending a goal to the stamp of its first chunk, ms."""
    talking.chunks.clear()
    asked = talking.probe.node.get_clock().now().nanoseconds * 1e-9
    talking.say(SHORT, speed=2.0).outcome()
    return 1e3 * ((seconds(talking.chunks[0].header.stamp) or asked) - asked)


def measure_node(rounds: int) -> None:
    """Measure the node at the client of its action."""
    with reserved_domain(), probe() as made, talker(made) as talking:
        process = psutil.Process(talking.process.process.pid)
        node_first_ms(talking)
        report('action: first sound', [node_first_ms(talking) for _ in range(rounds)], 'ms')
        report('action: cancel to silence', [node_cancel_ms(talking) for _ in range(rounds)], 'ms')
        process.cpu_percent()
        talking.said(TALK)
        report('node: CPU while speaking, engines left out', [process.cpu_percent()], '%')
        report('node: CPU while silent', [process.cpu_percent(IDLE_S)], '%')
        report('node: memory', [process.memory_info().rss / 2**20], 'MiB')


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--action', action='store_true', help='over DDS')
    parser.add_argument('--rounds', type=int, default=10)
    chosen = parser.parse_args()
    if chosen.action:
        measure_node(chosen.rounds)
        return
    for name, (engine, voice) in WAYS.items():
        measure_speaker(name, engine, voice, chosen.rounds)


if __name__ == '__main__':
    main()
