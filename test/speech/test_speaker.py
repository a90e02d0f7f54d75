"""The speaker with real engines: what is heard, when, and what becomes of each text."""

from __future__ import annotations

import sys
import threading
import time
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from speech.conftest import Start

from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import Voice
from bbia_sim_ros.speech.errors import BusyError
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.flite import FliteEngine
from bbia_sim_ros.speech.player import CHUNK_S
from bbia_sim_ros.speech.selection import Selection
from bbia_sim_ros.speech.speaker import Speaker
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Outcome
from bbia_sim_ros.speech.utterance import Spoken
from bbia_sim_ros.speech.utterance import Utterance
from support.speech_ear import Ear
from support.speech_ear import plain_words
from support.speech_ear import understood
from support.waiting import DEADLINE_S
from support.waiting import wait_until

LONG = 'This sentence is long enough to be given up before anybody has heard the end of it. ' * 3


def outcome(utterance: Utterance) -> Outcome:
    return utterance.outcome.result(DEADLINE_S)


def said(speaker: Speaker, text: str, **how: object) -> Outcome:
    """Return the outcome of a text."""
    return outcome(speaker.say(Order(text=text, **how)))  # type: ignore[arg-type]


def test_every_word_is_heard_once_and_in_order(start: Start, ear: Ear) -> None:
    sentences = ('Look left.', 'Turn your head. Go to sleep!')
    result = said(start(), ' '.join(sentences))
    assert result.success, result.message
    assert ear.words.split() == plain_words(sentences)
    assert ear.speaking == [True, False]


def test_chunks_follow_each_other_without_gap_and_last_as_long_as_they_are_heard(
    start: Start, ear: Ear
) -> None:
    begin = time.monotonic()
    speaker = start()
    result = said(speaker, 'Hello robot. Go.')
    elapsed = time.monotonic() - begin
    assert result.duration_s == pytest.approx(ear.duration_s)
    assert elapsed >= result.duration_s
    gaps = 0
    for before, after in pairwise(ear.chunks):
        length_s = before.samples.size / ear.rates[0]
        assert after.position_s == pytest.approx(before.position_s + length_s)
        gap_s = after.start - before.start - length_s
        assert gap_s > -1e-5
        gaps += gap_s > 1e-5
        assert length_s == CHUNK_S
    # None, unless the machine stood still.
    assert gaps == speaker.underruns


def test_the_words_are_told_as_they_are_heard(start: Start) -> None:
    heard: list[Spoken] = []
    text = 'Le robot écoute. Il parle.'
    utterance = start().say(Order(text=text, language='fr', speed=2.0), heard.append)
    assert outcome(utterance).engine == 'espeak_ng'
    assert plain_words([spoken.word for spoken in heard]) == plain_words([text])
    progress = [spoken.progress for spoken in heard]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (
        pytest.approx(0.0, abs=0.05),
        pytest.approx(0.8, abs=0.2),
    )


def test_10000_characters_begin_to_sound_after_their_first_sentence(start: Start, ear: Ear) -> None:
    speaker = start()
    utterance = speaker.say(Order(text='Hello robot. ' + 'And then some more of it. ' * 385))
    wait_until(lambda: len(ear.chunks) > 40, 'the first sentence')
    speaker.cancel(utterance)
    assert outcome(utterance).success is False
    # What was computed ahead is bounded, so most of it was never synthesised.
    assert ear.words.startswith('hello robot')


def test_a_text_that_is_too_long_is_refused_with_the_number(start: Start) -> None:
    result = said(start(max_characters=20), 'a' * 21)
    assert '21 characters; 20 are allowed (parameter max_characters)' in result.message


@pytest.mark.parametrize(
    ('order', 'reason'),
    [
        (Order(text=''), 'nothing to read'),
        (Order(text='😀 \x00'), 'nothing to read'),
        (Order(text='hi', language='xx'), 'known languages'),
        (Order(text='hi', voice='nobody'), 'unknown voice'),
        (Order(text='hi', speed=3.0), r'speed is 3; allowed is 0.5 .. 2, or 0'),
        (Order(text='hi', speed=float('nan')), 'speed is nan'),
        (Order(text='hi', emotion='hungry'), "'hungry'; a voice knows neutral, happy"),
    ],
)
def test_what_cannot_be_said_is_told(start: Start, ear: Ear, order: Order, reason: str) -> None:
    result = outcome(start().say(order))
    assert not result.success
    assert reason.replace('\\', '') in result.message
    assert result.first_sound_s == -1.0
    assert not ear.chunks


def test_the_default_voice_is_used_only_where_it_speaks_the_language(start: Start) -> None:
    speaker = start(voice='slt', speed=2.0)
    assert said(speaker, 'yes').engine == 'flite'
    assert said(speaker, 'oui', language='fr').engine == 'espeak_ng'


def test_emotion_and_volume_change_the_sound(start: Start, ear: Ear) -> None:
    speaker = start(engine='espeak_ng', speed=2.0, volume=0.25)
    lengths, loudness = [], []
    for emotion in ('', 'sad', 'excited'):
        ear.chunks.clear()
        lengths.append(said(speaker, 'hello', emotion=emotion).duration_s)
        loudness.append(max(np.abs(chunk.samples).max() for chunk in ear.chunks))
    plain, sad, excited = lengths
    assert excited < plain < sad
    assert max(loudness) <= 0.25 * 32768


def test_cancelling_ends_the_sound(start: Start, ear: Ear) -> None:
    speaker = start()
    utterance = speaker.say(Order(text=LONG))
    wait_until(lambda: len(ear.chunks) > 5, 'sound')
    speaker.cancel(utterance)
    result = outcome(utterance)
    count = len(ear.chunks)
    assert (result.success, result.message) == (False, 'cancelled')
    assert result.duration_s == pytest.approx(ear.duration_s)
    # The next text is the next sound.
    assert said(speaker, 'stop').success
    assert ear.chunks[count].position_s == 0.0
    assert ear.speaking == [True, False] * 2


def test_texts_wait_for_each_other_and_too_many_are_refused(start: Start, ear: Ear) -> None:
    speaker = start(queue_size=2, speed=2.0)
    heard: list[Spoken] = []
    first = speaker.say(Order(text='one'), heard.append)
    wait_until(lambda: ear.chunks, 'sound')
    rest = [speaker.say(Order(text=text), heard.append) for text in ('two', 'three')]
    with pytest.raises(BusyError, match='2 texts wait already, and 2 may'):
        speaker.say(Order(text='no'))
    assert all(outcome(one).success for one in (first, *rest))
    assert [spoken.word for spoken in heard] == ['one', 'two', 'three']
    assert ear.speaking == [True, False]


def test_silence_is_told_also_when_the_next_text_cannot_be_said(start: Start, ear: Ear) -> None:
    speaker = start(speed=2.0)
    speaker.say(Order(text='one'))
    wait_until(lambda: ear.chunks, 'sound')
    assert 'unknown voice' in outcome(speaker.say(Order(text='no', voice='nobody'))).message
    assert ear.speaking == [True, False]


def test_a_waiting_text_that_is_cancelled_ends_at_once(start: Start, ear: Ear) -> None:
    speaker = start()
    speaker.say(Order(text=LONG))
    wait_until(lambda: ear.chunks, 'sound')
    waiting = speaker.say(Order(text='no'))
    speaker.cancel(waiting)
    assert waiting.outcome.result(0.0).message == 'cancelled'
    assert speaker.waiting == 0


def test_a_text_can_take_the_place_of_all_others(start: Start, ear: Ear) -> None:
    speaker = start()
    others = [speaker.say(Order(text=LONG)), speaker.say(Order(text=LONG))]
    wait_until(lambda: ear.chunks, 'sound')
    assert said(speaker, 'stop', when_busy='replace').success
    assert [outcome(one).message for one in others] == ['another text took its place'] * 2


def test_a_text_may_refuse_to_wait(start: Start, ear: Ear) -> None:
    speaker = start(when_busy='refuse')
    speaker.say(Order(text=LONG))
    wait_until(lambda: ear.chunks, 'sound')
    with pytest.raises(BusyError, match='something is being said'):
        speaker.say(Order(text='no'))
    with pytest.raises(SpeechError, match='known: queue, replace, refuse'):
        speaker.say(Order(text='no', when_busy='shout'))


def test_closing_ends_every_text_with_an_outcome(start: Start, ear: Ear) -> None:
    speaker = start()
    texts = [speaker.say(Order(text=LONG)) for _ in range(3)]
    wait_until(lambda: ear.chunks, 'sound')
    speaker.close()
    assert [one.outcome.result(0.0).message for one in texts] == ['the speaker ends'] * 3
    with pytest.raises(BusyError, match='the speaker ends'):
        speaker.say(Order(text='no'))


class KilledEngine(FliteEngine):
    """The real engine, whose process is killed while it reads the sentences named."""

    def __init__(self, program: Path) -> None:
        super().__init__(str(program))

    @classmethod
    def dying_at(cls, word: str, folder: Path) -> KilledEngine:
        """Return an engine whose command kills itself where the text has a word."""
        program = folder / 'flite'
        program.write_text(
            f'#!{sys.executable}\n'
            'import os, signal, subprocess, sys\n'
            'text = sys.stdin.buffer.read()\n'
            f'if {word.encode()!r} in text:\n'
            '    os.kill(os.getpid(), signal.SIGKILL)\n'
            'sys.exit(subprocess.run(["flite", *sys.argv[1:]], input=text).returncode)\n'
        )
        program.chmod(0o755)
        return cls(program)


def test_an_engine_that_is_killed_fails_its_text_and_the_next_one_is_said(
    start: Start, ear: Ear, tmp_path: Path
) -> None:
    speaker = start(Selection((KilledEngine.dying_at('doom', tmp_path),)))
    result = said(speaker, 'Look left. This is the doom.')
    assert not result.success
    assert 'killed by signal 9' in result.message
    assert 0.4 < result.duration_s < 2.0
    assert said(speaker, 'Wake up.').success


class SlowEngine(FliteEngine):
    """The real engine, that computes each sentence but the first only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def synthesise(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        if 'left' not in sentence:
            assert self.go_on.wait(DEADLINE_S)
        return super().synthesise(sentence, manner, cancelled)

    def voices(self) -> tuple[Voice, ...]:
        return super().voices()


def test_a_sentence_that_is_late_is_a_pause_and_counted(start: Start, ear: Ear) -> None:
    engine = SlowEngine()
    heard: list[Spoken] = []
    speaker = start(Selection((engine,)))
    utterance = speaker.say(Order(text='Look left. Wake up.', speed=2.0), heard.append)

    def paused() -> bool:
        return bool(ear.chunks) and time.monotonic() > ear.chunks[-1].start + 0.4

    wait_until(paused, 'the pause')
    engine.go_on.set()
    assert outcome(utterance).success
    assert speaker.underruns >= 1
    assert [spoken.word for spoken in heard] == ['Look', 'left', 'Wake', 'up']


def test_a_file_holds_what_was_said(start: Start, tmp_path: Path) -> None:
    file = tmp_path / 'said.wav'
    speaker = start(output='file', file=str(file))
    results = [said(speaker, text) for text in ('Look left.', 'Wake up.')]
    with wave.open(str(file)) as content:
        rate = content.getframerate()
        samples = np.frombuffer(content.readframes(content.getnframes()), '<i2')
    assert samples.size / rate == pytest.approx(sum(one.duration_s for one in results))
    assert understood(samples, rate) == 'look left wake up'


def test_a_file_that_cannot_be_written_is_told(start: Start, tmp_path: Path) -> None:
    result = said(start(output='file', file=str(tmp_path / 'none' / 'said.wav')), 'hi')
    assert 'said.wav cannot be written: No such file or directory' in result.message
