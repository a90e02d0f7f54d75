"""The silero model on real speech, and what happens when it is fed wrongly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.vad import SileroVad
from bbia_sim_ros.hearing.vad import model_file
from support.spoken import Sound
from support.spoken import noise
from support.spoken import phrases
from support.spoken import silence
from support.spoken import with_noise

onnxruntime = pytest.importorskip('onnxruntime')


def probabilities(model: SileroVad, sound: Sound) -> np.ndarray:
    """Return the probability of speech of each whole frame."""
    model.reset()
    frames = sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME)
    return np.array([model.probability(frame) for frame in frames])


@pytest.fixture(scope='module')
def model() -> SileroVad:
    return SileroVad()


@pytest.mark.parametrize('snr_db', [40.0, 20.0, 10.0, 5.0])
def test_speech_is_told_from_silence_and_from_noise(model: SileroVad, snr_db: float) -> None:
    sound = with_noise(phrases('please open the window', lead_s=2.0), snr_db)
    found = probabilities(model, sound)
    lead = 2 * 16_000 // FRAME
    assert found[: lead - 3].max() < 0.5
    assert np.mean(found[lead:-40] > 0.5) > 0.8


@pytest.mark.parametrize('sound', [silence(20.0), noise(20.0, 0.003), noise(20.0, 0.2)])
def test_silence_and_noise_are_no_speech(model: SileroVad, sound: Sound) -> None:
    assert probabilities(model, sound).max() < 0.5


def test_without_the_end_of_the_last_frame_no_speech_is_found() -> None:
    """Why the model's context matters: leaving it out raises nothing."""
    session = onnxruntime.InferenceSession(str(model_file()), providers=['CPUExecutionProvider'])
    state, rate = np.zeros((2, 1, 128), np.float32), np.array(16_000)
    sound = phrases('please open the window')
    found = []
    for frame in sound[: sound.size // FRAME * FRAME].reshape(1, -1, FRAME).swapaxes(0, 1):
        given = {'input': frame.astype(np.float32) / 32768.0, 'state': state, 'sr': rate}
        answer, state = session.run(None, given)
        found.append(float(answer[0, 0]))
    assert max(found) < 0.5
    assert probabilities(SileroVad(), sound).max() > 0.9


def test_a_new_stream_does_not_remember_the_last_one(model: SileroVad) -> None:
    sound = phrases('look left')
    first = probabilities(model, sound)
    probabilities(model, noise(1.0, 0.3))
    assert np.array_equal(probabilities(model, sound), first)


@pytest.mark.parametrize('shape', [(0,), (FRAME - 1,), (FRAME, 1), (2 * FRAME,)])
def test_frames_of_another_size_are_refused(model: SileroVad, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='512'):
        model.probability(np.zeros(shape, np.int16))


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'damaged.onnx'
    path.write_bytes(b'not a model')
    with pytest.raises(HearingError, match=r'damaged\.onnx'):
        SileroVad(path)
