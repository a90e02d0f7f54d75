"""Numbers and stamps of chunks: the time line of the sound, whatever the source does."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.audio.chunks import Chunk
from bbia_sim_ros.audio.chunks import Chunker
from bbia_sim_ros.audio.source import Block
from support.spoken import noise

RATE = 16_000
SIZE = 512
CHUNK_S = SIZE / RATE
START_S = 100.0


def block(start_s: float, frames: int = 320, rate: int = RATE, overruns: int = 0) -> Block:
    samples = np.full((frames, 1), 0.5, np.float32)
    return Block(samples=samples, rate_hz=rate, start_s=start_s, overruns=overruns)


def feed_seconds(chunker: Chunker, start_s: float, duration_s: float) -> list[Chunk]:
    count = round(duration_s / 0.02)
    return [chunk for k in range(count) for chunk in chunker.feed(block(start_s + k * 0.02))]


def assert_unbroken(chunks: list[Chunk]) -> None:
    first = chunks[0]
    for offset, chunk in enumerate(chunks):
        assert chunk.sequence == first.sequence + offset
        assert chunk.samples.size == SIZE
        assert chunk.start_s == pytest.approx(first.start_s + offset * CHUNK_S, abs=1e-6)


def test_blocks_of_any_length_make_chunks_of_one_without_losing_a_sample() -> None:
    sound = noise(0.4, 0.1)
    floats = (sound.astype(np.float32) / np.float32(32768))[:, None]
    chunker, chunks, place = Chunker(SIZE), [], 0
    for frames in (1, 700, 5000, 3, 696):
        samples = floats[place : place + frames]
        start_s = START_S + place / RATE
        chunks += chunker.feed(Block(samples=samples, rate_hz=RATE, start_s=start_s))
        place += frames
    chunks += chunker.end()
    assert_unbroken(chunks)
    assert chunks[0].sequence == 0
    assert chunks[0].start_s == START_S
    heard = np.concatenate([chunk.samples for chunk in chunks])
    assert np.array_equal(heard[: sound.size], sound)
    assert not heard[sound.size :].any()
    assert (chunker.made, chunker.gaps) == (len(chunks), 0)


def test_stamps_are_those_of_the_sound_at_other_rates_too() -> None:
    chunker = Chunker(SIZE)
    chunks = [
        chunk
        for k in range(100)
        for chunk in chunker.feed(block(START_S + k * 0.02, frames=960, rate=48_000))
    ]
    assert_unbroken([*chunks, *chunker.end()])


def test_a_stall_of_the_source_jumps_numbers_and_stamps_alike() -> None:
    chunker = Chunker(SIZE)
    before = feed_seconds(chunker, START_S, 1.0)
    after = feed_seconds(chunker, START_S + 3.0, 1.0)
    padded, resumed = after[0], after[1]
    assert padded.sequence == before[-1].sequence + 1
    assert resumed.start_s == START_S + 3.0
    skipped = resumed.sequence - padded.sequence
    assert skipped == round((resumed.start_s - padded.start_s) / CHUNK_S)
    assert_unbroken(after[1:])
    assert chunker.gaps == 1
    assert chunker.lost_s == pytest.approx(2.0, abs=CHUNK_S)


def test_an_overrun_is_a_gap_however_short() -> None:
    chunker = Chunker(SIZE)
    before = feed_seconds(chunker, START_S, 0.32)
    after = chunker.feed(block(START_S + 0.33, frames=SIZE, overruns=2))
    assert after[0].sequence > before[-1].sequence + 1
    assert after[0].start_s > before[-1].start_s + CHUNK_S
    assert (chunker.overruns, chunker.gaps) == (2, 1)


def test_jitter_of_the_source_is_no_gap_and_not_seen_in_the_stamps() -> None:
    random = np.random.default_rng(1)
    chunker = Chunker(SIZE)
    chunks = [
        chunk
        for k in range(500)
        for chunk in chunker.feed(block(START_S + k * 0.02 + random.uniform(0.0, 0.1)))
    ]
    steps = np.diff([chunk.start_s for chunk in chunks])
    assert np.abs(steps - CHUNK_S).max() < 0.001
    assert np.all(np.diff([chunk.sequence for chunk in chunks]) == 1)
    assert chunker.gaps == 0


def test_a_device_whose_clock_runs_wrong_keeps_its_stamps_at_the_true_time() -> None:
    """200 parts per million would be 0.12 s after ten minutes."""
    chunker = Chunker(SIZE)
    last = [
        chunk for k in range(30_000) for chunk in chunker.feed(block(START_S + k * 0.02 * 1.0002))
    ][-1]
    true_s = START_S + (last.sequence * CHUNK_S) * 1.0002
    assert last.start_s == pytest.approx(true_s, abs=0.005)
    assert chunker.gaps == 0


def test_what_was_broken_off_goes_on_behind_with_the_time_between() -> None:
    chunker = Chunker(SIZE)
    before = feed_seconds(chunker, START_S, 0.5)
    chunker.forget()
    after = feed_seconds(chunker, START_S + 10.0, 0.5)
    assert after[0].start_s == START_S + 10.0
    skipped = after[0].sequence - before[0].sequence
    assert skipped == pytest.approx(10.0 / CHUNK_S, abs=1)
    assert (chunker.gaps, chunker.lost_s) == (0, 0.0)


def test_time_never_runs_backwards() -> None:
    chunker = Chunker(SIZE)
    chunks = feed_seconds(chunker, START_S, 1.0)
    chunks += chunker.end()
    chunks += feed_seconds(chunker, START_S - 50.0, 1.0)
    assert np.all(np.diff([chunk.start_s for chunk in chunks]) > 0.0)
    assert np.all(np.diff([chunk.sequence for chunk in chunks]) > 0)


def test_numbers_begin_anew_after_the_largest() -> None:
    chunker = Chunker(SIZE)
    feed_seconds(chunker, 0.0, 0.5)
    chunker.forget()
    far_s = 2**32 * CHUNK_S
    assert feed_seconds(chunker, far_s + 1.0, 0.5)[0].sequence == pytest.approx(
        1.0 / CHUNK_S, abs=1
    )


def test_a_chunk_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match='at least 1 sample'):
        Chunker(0)
