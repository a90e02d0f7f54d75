"""Recorded moves: the official file format, recording, playing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.library import as_recording
from bbia_sim_ros.motion.library import load_choreography
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.motion.recorded import RecordingMove
from bbia_sim_ros.motion.recorded_file import load_recorded
from bbia_sim_ros.motion.recorded_file import save_recorded
from bbia_sim_ros.motion.recorder import MoveRecorder
from support.stage import Stage


def nod(seconds: float = 2.0, rate: float = 50.0) -> Recording:
    """Return a recording of a nod with swinging antennas that ends in motion."""
    times = np.arange(round(seconds * rate) + 1) / rate
    values = np.tile(NEUTRAL.values, (len(times), 1))
    values[:, 4] = 0.2 * np.sin(2.0 * times)
    values[:, 5] = 0.3 * np.sin(1.3 * times)
    values[:, 6] += 0.5 * np.sin(3.0 * times)
    values[:, 8] = 0.2 * np.sin(times)
    return Recording('nod', 'a nod', times, values)


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / 'deep' / 'nod.json'
    save_recorded(nod(), path)
    again = load_recorded(path)
    assert (again.name, again.description) == ('nod', 'a nod')
    assert np.allclose(again.times, nod().times)
    assert np.abs(again.values - nod().values).max() < 1e-5
    assert [p.name for p in path.parent.iterdir()] == ['nod.json']


def test_antennas_in_a_file_have_the_official_sign(tmp_path: Path) -> None:
    path = tmp_path / 'nod.json'
    save_recorded(nod(), path)
    first = json.loads(path.read_text())['set_target_data'][0]
    assert first['antennas'] == pytest.approx([-0.1745, 0.1745])
    assert set(first) == {'head', 'antennas', 'body_yaw'}
    assert np.shape(first['head']) == (4, 4)


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / 'nod.json'
    save_recorded(nod(), path)
    before = path.read_text()
    with pytest.raises(FileError, match='exists already; choose another name'):
        save_recorded(nod(1.0), path)
    assert path.read_text() == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(FileError, match=r'nod.json: (cannot be written|exists)'):
        save_recorded(nod(), tmp_path / 'file' / 'nod.json')


def content(count: int = 3) -> dict[str, Any]:
    """Return the content of a sound file."""
    entry = {'head': np.eye(4).tolist(), 'antennas': [0.0, 0.0], 'body_yaw': 0.0}
    return {
        'description': '',
        'time': [0.1 * k for k in range(count)],
        'set_target_data': [dict(entry) for _ in range(count)],
    }


def spoil(where: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a function that spoils one field of the second entry."""

    def change(data: dict[str, Any]) -> None:
        data['set_target_data'][1][where] = value

    return change


@pytest.mark.parametrize(
    ('change', 'complaint'),
    [
        (lambda d: d['time'].__setitem__(1, 0.0), r':5: time\[1\]: 0.0 s is not after the 0.0 s'),
        (lambda d: d['time'].__setitem__(2, -1), r':6: time\[2\]: -1 s is not after'),
        (lambda d: d['time'].__setitem__(1, math.nan), r':5: time\[1\]: nan is not a finite'),
        (lambda d: d['time'].__setitem__(1, 'x'), r":5: time\[1\]: 'x' is not a finite"),
        (lambda d: d['time'].append(9.0), r':\d+: set_target_data: 3 entries for 4 times'),
        (lambda d: d.pop('time'), r":1: 'time' is missing"),
        (lambda d: d['time'].__setitem__(2, 1e6), r'at most 600 s'),
        (spoil('head', [[1.0]]), r':42: set_target_data\[1\]: the pose must be a 4x4'),
        (spoil('head', np.diag([2.0, 2.0, 2.0, 1.0]).tolist()), r'\[1\]: .*not orthonormal'),
        (spoil('antennas', [0.0]), r'\[1\]: antennas must be two finite numbers'),
        (spoil('antennas', [0.0, math.inf]), r'\[1\]: antennas must be two finite numbers'),
        (spoil('antennas', [0.0, None]), r'\[1\]: antennas must be two finite numbers'),
        (spoil('body_yaw', 9.0), r'\[1\]: body_yaw must be within'),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    data = content()
    change(data)
    path = tmp_path / 'broken.json'
    path.write_text(json.dumps(data, indent=1) + '\n')
    lines = path.read_text().splitlines()
    assert len(lines) > 30
    with pytest.raises(FileError, match=complaint) as raised:
        load_recorded(path)
    assert str(raised.value).startswith(f'{path}:')


def test_the_line_named_is_the_one_of_the_entry(tmp_path: Path) -> None:
    data = content(40)
    data['set_target_data'][25]['antennas'] = [0.0, math.nan]
    rows = ',\n'.join(json.dumps(row) for row in data['set_target_data'])
    path = tmp_path / 'broken.json'
    path.write_text(f'{{"time": {json.dumps(data["time"])},\n"set_target_data": [\n{rows}\n]}}\n')
    with pytest.raises(FileError) as raised:
        load_recorded(path)
    assert 'NaN' in path.read_text().splitlines()[raised.value.line - 1]


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('', ':1: is not JSON'),
        ('{"time": [0,\n 1,\n', ':3: is not JSON'),
        ('[]', ':1: the file must be a JSON object'),
        ('[' * 100_000, 'nested too deeply|is not JSON'),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / 'broken.json'
    path.write_text(text)
    with pytest.raises(FileError, match=complaint):
        load_recorded(path)


def test_a_missing_body_yaw_means_straight_ahead(tmp_path: Path) -> None:
    data = content()
    for row in data['set_target_data']:
        del row['body_yaw']
    path = tmp_path / 'old.json'
    path.write_text(json.dumps(data))
    assert not load_recorded(path).values[:, 8].any()


def test_a_head_that_turns_past_half_a_turn_does_not_spin_back(tmp_path: Path) -> None:
    times = np.linspace(0.0, 2.0, 50)
    values = np.tile(NEUTRAL.values, (50, 1))
    values[:, 8] = np.linspace(0.0, 2.5, 50)
    values[:, 5] = np.linspace(0.0, 3.4, 50)
    save_recorded(Recording('turn', '', times, values), tmp_path / 'turn.json')
    again = load_recorded(tmp_path / 'turn.json')
    assert np.abs(again.values[:, 5] - values[:, 5]).max() < 1e-5


def test_sampling_goes_through_the_samples_and_is_smooth_between() -> None:
    recording = nod(rate=20.0)
    for t, values in zip(recording.times.tolist(), recording.values, strict=True):
        assert np.allclose(recording.sample(t), values)
    fine = nod(rate=1000.0)
    errors = [
        np.abs(recording.sample(t) - v).max()
        for t, v in zip(fine.times.tolist(), fine.values, strict=True)
    ]
    assert max(errors) < 3e-3
    assert np.allclose(recording.sample(99.0), recording.values[-1])


def test_resampling_keeps_length_and_shape() -> None:
    recording = nod().resampled(200.0)
    assert recording.duration == pytest.approx(2.0)
    assert len(recording.times) == 401
    assert np.abs(recording.values[::4] - nod().values).max() < 1e-9
    with pytest.raises(ValueError, match='rate is 0 Hz'):
        nod().resampled(0)


def test_playing_follows_the_recording_and_brakes_at_its_end(stage: Stage) -> None:
    recording = nod()
    move = RecordingMove(recording, limits=stage.mixer.limits)
    stage.mixer.start(move)
    stage.run(0.4)
    for k in range(150):
        output = stage.step()
        wanted = recording.sample(0.4 + 0.01 * (k + 1))
        assert np.abs(output.body.values - wanted).max() < 1e-4
    stage.run_until(lambda: move.state.final, at_most=1.0)
    assert move.state is MoveState.DONE
    here = stage.positions[-1]
    stage.run(0.3)
    assert np.abs(stage.positions[-1] - here).max() < 1e-3
    stage.assert_smooth()


def test_a_lead_plays_ahead_of_time(stage: Stage) -> None:
    recording = nod()
    stage.mixer.start(RecordingMove(recording, limits=stage.mixer.limits, lead=0.05))
    output = stage.run(1.0)
    assert np.abs(output.body.values - recording.sample(1.05)).max() < 1e-4


def test_what_was_recorded_is_what_was_measured() -> None:
    recorder = MoveRecorder(rate=50.0)
    source = nod(rate=100.0)
    for t, values in zip(source.times.tolist(), source.values, strict=True):
        recorder.add(BodyState(values), 1000.0 + t)
    recording = recorder.recording('mine', 'text')
    assert recording.duration == pytest.approx(2.0, abs=0.02)
    assert np.allclose(recording.values[10], source.sample(float(recording.times[10])), atol=1e-6)


def test_the_recorder_skips_old_stamps_and_fills_up() -> None:
    recorder = MoveRecorder(rate=100.0, max_seconds=1.0)
    assert recorder.add(NEUTRAL, 5.0)
    assert not recorder.add(NEUTRAL, 5.0)
    assert not recorder.add(NEUTRAL, 4.0)
    for k in range(1000):
        recorder.add(NEUTRAL, 5.0 + 0.01 * k)
    assert recorder.full
    assert recorder.samples == 101
    assert recorder.duration == pytest.approx(1.0)


def test_a_recording_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match='0 samples were recorded; at least 2'):
        MoveRecorder().recording('empty')


def test_a_dance_can_be_written_in_the_official_format(config: Path, tmp_path: Path) -> None:
    dance = load_choreography(config / 'moves' / 'waltz.yaml')
    save_recorded(as_recording(dance), tmp_path / 'waltz.json')
    again = load_recorded(tmp_path / 'waltz.json')
    for t in np.linspace(0.0, dance.duration, 50).tolist():
        assert np.abs(again.sample(t) - dance.posture(t)).max() < 2e-3
