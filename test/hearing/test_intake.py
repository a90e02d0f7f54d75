"""Chunks that are lost, late, repeated or unusable, and the stream that is made of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bbia_sim_ros.hearing.intake import Chunk
from bbia_sim_ros.hearing.intake import Intake

SIZE = 1600
SIZE_S = 0.1


def chunk(sequence: int, *, epoch_s: float = 10.0) -> Chunk:
    """Return a chunk of 0.1 s at its place in a stream that began at a time."""
    samples = np.full(SIZE, sequence + 1, np.int16)
    return Chunk(sequence=sequence, stamp_s=epoch_s + SIZE_S * sequence, samples=samples)


def test_chunks_in_order_are_one_stream() -> None:
    intake = Intake()
    taken = [intake.take(chunk(number)) for number in range(5)]
    assert [piece.anew for piece in taken] == [True, False, False, False, False]
    assert np.array_equal(taken[3].samples, chunk(3).samples)
    assert (intake.counts.chunks, intake.counts.gaps) == (5, 0)


def test_missing_chunks_are_counted_and_bridged_by_silence_of_their_length() -> None:
    intake = Intake()
    intake.take(chunk(0))
    taken = intake.take(chunk(3))
    assert not taken.anew
    assert taken.stamp_s == pytest.approx(chunk(1).stamp_s)
    assert np.array_equal(taken.samples, np.r_[np.zeros(2 * SIZE), chunk(3).samples])
    assert (intake.counts.gaps, intake.counts.missing) == (1, 2)


def test_a_long_gap_begins_a_new_stream() -> None:
    intake = Intake()
    intake.take(chunk(0))
    taken = intake.take(chunk(50))
    assert taken.anew
    assert taken.samples.size == SIZE
    assert intake.counts.missing == 49


@pytest.mark.parametrize(('late', 'reason'), [(4, 'repeated'), (2, 'late or repeated')])
def test_a_repeated_or_late_chunk_is_refused(late: int, reason: str) -> None:
    intake = Intake()
    for number in range(5):
        intake.take(chunk(number))
    assert intake.take(chunk(late)).refused == reason
    assert not intake.take(chunk(5)).refused
    assert intake.refused[reason] == 1
    assert not intake.counts.gaps


@pytest.mark.parametrize('first', [0, 1])
def test_a_source_that_starts_again_is_a_new_stream(first: int) -> None:
    intake = Intake()
    for number in range(20):
        intake.take(chunk(number))
    taken = intake.take(chunk(first, epoch_s=20.0))
    assert taken.anew
    assert not intake.take(chunk(first + 1, epoch_s=20.0)).anew
    assert intake.counts.missing == 0


def test_numbers_go_on_from_0_after_the_greatest() -> None:
    intake = Intake()
    intake.take(replace(chunk(0), sequence=2**32 - 1))
    assert not intake.take(chunk(0)).anew
    assert not intake.counts.gaps


@pytest.mark.parametrize(
    ('changes', 'named'),
    [
        ({'sample_rate': 8000}, '8000'),
        ({'sample_rate': 0}, '0 samples'),
        ({'channels': 2}, '2 channels'),
        ({'channels': 0}, '0 channels'),
        ({'samples': np.empty(0, np.int16)}, 'empty'),
        ({'samples': np.zeros(200_000, np.int16)}, 'longer than 10 s'),
    ],
)
def test_unusable_chunks_are_refused_with_a_reason(changes: dict[str, object], named: str) -> None:
    intake = Intake()
    assert named in intake.take(replace(chunk(0), **changes)).refused  # type: ignore[arg-type]
    assert intake.refused.total() == 1
    assert intake.take(chunk(0)).anew


def test_clipped_chunks_are_counted_and_used() -> None:
    intake = Intake()
    loud = np.full(SIZE, -32768, np.int16)
    assert not intake.take(replace(chunk(0), samples=loud)).refused
    assert intake.counts.clipped == 1
