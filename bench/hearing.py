"""What hearing costs, and how soon the text is there. One line per figure.

Speech is made by flite, and fed in chunks of 32 ms at the speed of real time, so that the time from
the end of speech to the text is what a person waits; `end_silence` is part of it. The whisper
engines have models of random weights in the sizes tiny and base. Their memory is that of real ones;
their texts are as long as may be, so that their time is an upper bound.

    ./bbia bench hearing
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402

from bbia_sim_ros.hearing.engine import Engine  # noqa: E402
from bbia_sim_ros.hearing.engines import make_engines  # noqa: E402
from bbia_sim_ros.hearing.intake import Chunk  # noqa: E402
from bbia_sim_ros.hearing.listener import Listener  # noqa: E402
from bbia_sim_ros.hearing.parameters import HearingParameters  # noqa: E402
from bbia_sim_ros.hearing.selection import Selection  # noqa: E402
from bbia_sim_ros.hearing.sound import FRAME  # noqa: E402
from bbia_sim_ros.hearing.sound import RATE_HZ  # noqa: E402
from bbia_sim_ros.hearing.transcriber import Text  # noqa: E402
from bbia_sim_ros.hearing.transcriber import Transcriber  # noqa: E402
from bbia_sim_ros.hearing.transcriber import TranscriberSettings  # noqa: E402
from bbia_sim_ros.hearing.utterances import Utterance  # noqa: E402
from bbia_sim_ros.hearing.vad import SileroVad  # noqa: E402
from bbia_sim_ros.models.limits import PoolLimits  # noqa: E402
from bbia_sim_ros.models.memory import tree_uss_b  # noqa: E402
from bbia_sim_ros.models.pool import ModelPool  # noqa: E402
from support import tiny_whisper  # noqa: E402
from support.spoken import Sound  # noqa: E402
from support.spoken import noise  # noqa: E402
from support.spoken import phrases  # noqa: E402

ORDERS = ('look left', 'look right', 'what do you see', 'be happy', 'stop', 'go to sleep')
SIZES = {'tiny': (384, 6, 4), 'base': (512, 8, 6)}
QUIET_S = 20.0
DEADLINE_S = 60.0


def report(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f'{name:<60}{value:>10.3f} {unit}', flush=True)


class Texts:
    """Notes how long after the end of speech each text was there."""

    def __init__(self) -> None:
        self.delays_s: list[float] = []
        self.begun = 0.0

    def on_text(self, utterance: Utterance, text: Text) -> None:
        """Take a text."""
        if text.final and utterance.end is not None:
            self.delays_s.append(time.monotonic() - self.begun - utterance.end.speech_end_s)

    def on_failure(self, utterance: Utterance, message: str) -> None:
        """Tell that there is none."""
        print(f'utterance {utterance.number}: {message}')


def play(sound: Sound, listener: Listener, begun: float) -> None:
    """Feed a sound to a listener in real time; it began at ``begun``, of `time.monotonic`."""
    pause = threading.Event()
    for at in range(0, sound.size, FRAME):
        samples = sound[at : at + FRAME]
        pause.wait(max(0.0, begun + (at + samples.size) / RATE_HZ - time.monotonic()))
        listener.hear(Chunk(sequence=at // FRAME, stamp_s=at / RATE_HZ, samples=samples))
    listener.stop()


def measure_vad() -> None:
    """Judge noise, and speech."""
    vad, sound = SileroVad(), phrases(*ORDERS)
    times = []
    for frame in sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME):
        begun = time.perf_counter()
        vad.probability(frame)
        times.append(1e3 * (time.perf_counter() - begun))
    report('voice activity, 32 ms of sound, p50', float(np.percentile(times, 50)), 'ms')
    report('voice activity, 32 ms of sound, p99', float(np.percentile(times, 99)), 'ms')


def measure_quiet() -> None:
    """Listen to a quiet room in real time."""
    vad = SileroVad()
    listener = Listener(
        HearingParameters().listener_settings(), lambda: vad, lambda utterance: None
    )
    begun, cpu = time.monotonic(), time.process_time()
    play(noise(QUIET_S, 0.002), listener, begun)
    share = (time.process_time() - cpu) / (time.monotonic() - begun)
    report('CPU while nobody speaks, without ROS', 100.0 * share, '% of a core')


@contextmanager
def leased(name: str, **values: Any) -> Iterator[tuple[ModelPool, Engine]]:
    """Yield a pool and one loaded engine of it."""
    pool = ModelPool(owner='bench', limits=PoolLimits())
    try:
        engine = make_engines(pool, HearingParameters(**values))[name]
        pool.load(name).result(DEADLINE_S)
        yield pool, engine
    finally:
        pool.close()


def measure_engine(label: str, name: str, **values: Any) -> None:
    """Measure delay, real-time factor and memory of an engine."""
    with leased(name, **values) as (pool, engine):
        never = threading.Event()
        sound = phrases(*ORDERS)
        begun = time.monotonic()
        engine.transcribe(sound, language='en', cancelled=never, deadline_s=DEADLINE_S)
        report(f'{label}, real-time factor', (time.monotonic() - begun) * RATE_HZ / sound.size, '')
        texts = Texts()
        parameters = HearingParameters(**values)
        transcriber = Transcriber(
            {name: engine},
            Selection({name: engine}),
            TranscriberSettings(
                engine=name,
                language='en',
                partials=parameters.partials,
                partial_period_s=parameters.partial_period,
                timeout_s=DEADLINE_S,
                max_waiting=len(ORDERS),
            ),
            texts,
        )
        listener = Listener(parameters.listener_settings(), SileroVad, transcriber.put)
        texts.begun = time.monotonic()
        play(sound, listener, texts.begun)
        while len(texts.delays_s) < len(ORDERS):
            never.wait(0.05)
        transcriber.close()
        pid = next(item.pid for item in pool.snapshots() if item.name == name)
        for share in (50, 95):
            delay = float(np.percentile(texts.delays_s, share))
            report(f'{label}, end of speech to text, p{share}', delay, 's')
        report(f'{label}, memory', tree_uss_b(pid) / 1e6, 'MB')


def main() -> None:
    """Measure."""
    measure_vad()
    measure_quiet()
    measure_engine('pocketsphinx', 'pocketsphinx')
    measure_engine('pocketsphinx, end_silence 0.3', 'pocketsphinx', end_silence=0.3)
    for size, (state, heads, layers) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            models = tiny_whisper.build(Path(folder), state=state, heads=heads, layers=layers)
            values = {
                'whisper_model': str(models.checkpoint),
                'faster_whisper_model': str(models.folder),
                'partials': False,
            }
            for name in ('faster_whisper', 'whisper'):
                measure_engine(f'{name}, {size}', name, **values)


if __name__ == '__main__':
    main()
