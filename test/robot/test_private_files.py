"""What the robot saw, heard and said is for the account that runs it, whatever its umask is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.chat.json_file import JsonFile
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.motion.recorded_file import save_recorded
from bbia_sim_ros.private_files import private_folder
from bbia_sim_ros.robot.instance_lock import InstanceLock
from bbia_sim_ros.robot.instance_lock import InstanceLockError
from bbia_sim_ros.speech.errors import SinkError
from bbia_sim_ros.speech.sinks import WavSink

DOMAIN = 99


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def write_json(path: Path) -> None:
    JsonFile(path).save({'said': 'hello'})


def write_recording(path: Path) -> None:
    save_recorded(Recording('wave', '', np.array([0.0, 1.0]), np.zeros((2, 9))), path)


def write_speech(path: Path) -> None:
    private_folder(path.parent)
    sink = WavSink(path, 16_000)
    sink.open()
    sink.close()


@pytest.mark.parametrize('write', [write_json, write_recording, write_speech])
def test_files_and_the_folders_made_for_them_are_for_their_owner_alone(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / 'share' / 'robot' / 'file.json'
    write(path)
    assert mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / 'shared'
    shared.mkdir(mode=0o755)
    private_folder(shared)
    assert mode(shared) == 0o755


def test_a_link_in_place_of_the_lock_file_is_refused_and_its_target_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    lock = InstanceLock(DOMAIN, '/robot')
    lock.release()
    (path,) = tmp_path.iterdir()
    assert mode(path) == 0o600
    path.unlink()
    target = tmp_path / 'precious'
    target.write_text('precious', encoding='utf-8')
    path.symlink_to(target)
    with pytest.raises(InstanceLockError, match='cannot make the lock file'):
        InstanceLock(DOMAIN, '/robot')
    assert target.read_text(encoding='utf-8') == 'precious'


def test_speech_takes_the_place_of_a_wav_file_but_of_no_other(tmp_path: Path) -> None:
    letter, sound = tmp_path / 'letter.wav', tmp_path / 'sound.wav'
    letter.write_text('Dear Anna', encoding='utf-8')
    with pytest.raises(SinkError, match='is there and no WAV file'):
        WavSink(letter, 16_000).open()
    assert letter.read_text(encoding='utf-8') == 'Dear Anna'
    for _ in range(2):
        write_speech(sound)
    assert sound.read_bytes().startswith(b'RIFF')


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
