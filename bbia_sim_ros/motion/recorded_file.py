"""The official recorded-move files: JSON, read and written.

Contract
    File: ``{"description": text, "time": [s], "set_target_data": [{"head": 4x4, "antennas":
    [right, left], "body_yaw": rad}]}``. Antennas in the file have the official software's sign,
    which is the opposite of the MJCF's; the conversion happens here, at the edge, and nowhere else.
    ``load_recorded`` raises FileError with file, line and reason. At most ``MAX_SAMPLES`` samples,
    ``MAX_SECONDS`` and ``MAX_BYTES``. Pure functions of the file system.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np

from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.motion.body import ANTENNAS
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.body import nearest_turn
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.private_files import private
from bbia_sim_ros.private_files import private_folder
from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import PoseError
from bbia_sim_ros.robot.poses import checked_pose
from bbia_sim_ros.robot.poses import euler_from_rotation

MAX_BYTES: Final = 40_000_000
MAX_SAMPLES: Final = 60_000
MAX_SECONDS: Final = 600.0
# File sign -> MJCF sign of the antennas.
_ANTENNA_SIGN = -1.0
_POSE_DIGITS = 6


def load_recorded(path: Path) -> Recording:
    """Read and check a recorded move; FileError says file, line and reason."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(path, 0, f'has {size} bytes; at most {MAX_BYTES} are read')
        text = path.read_text(encoding='utf-8')
    except UnicodeDecodeError as error:
        raise FileError(path, 0, f'is not UTF-8 text ({error.reason})') from error
    except OSError as error:
        raise FileError(path, 0, f'cannot be read ({error.strerror})') from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(path, error.lineno, f'is not JSON: {error.msg}') from error
    except RecursionError as error:
        raise FileError(path, 0, 'is not a recorded move: nested too deeply') from error
    try:
        return _recording(path.stem, content)
    except _BadContent as error:
        line = _line_of(text, error.key, error.index)
        raise FileError(path, line, f'{error.where}{error.reason}') from error


class _BadContent(ValueError):
    """Content that is no recorded move: ``key`` of the file, ``index`` in its list, reason."""

    def __init__(self, key: str, index: int | None, reason: str) -> None:
        super().__init__(reason)
        self.key, self.index, self.reason = key, index, reason

    @property
    def where(self) -> str:
        if not self.key:
            return ''
        return f'{self.key}: ' if self.index is None else f'{self.key}[{self.index}]: '


def _recording(name: str, content: Any) -> Recording:
    if not isinstance(content, dict):
        raise _BadContent('', None, 'the file must be a JSON object')
    for key in ('time', 'set_target_data'):
        if not isinstance(content.get(key), list):
            raise _BadContent('', None, f'{key!r} is missing or not a list')
    times, rows = content['time'], content['set_target_data']
    if not 1 <= len(times) <= MAX_SAMPLES:
        raise _BadContent('time', None, f'{len(times)} samples; allowed is 1 .. {MAX_SAMPLES}')
    if len(times) != len(rows):
        raise _BadContent(
            'set_target_data', None, f'{len(rows)} entries for {len(times)} times; give one each'
        )
    values = np.empty((len(times), 9))
    last = -math.inf
    for index, time in enumerate(times):
        if not _is_number(time):
            raise _BadContent('time', index, f'{time!r} is not a finite number')
        if time <= last:
            raise _BadContent('time', index, f'{time} s is not after the {last} s before it')
        last = time
    if last - times[0] > MAX_SECONDS:
        raise _BadContent('time', None, f'{last - times[0]:.0f} s; at most {MAX_SECONDS:g} s')
    near = 0.0
    for index, row in enumerate(rows):
        values[index] = _body_vector(index, row, near)
        near = float(values[index, YAW])
    description = content.get('description', '')
    return Recording(
        name=name,
        description=description if isinstance(description, str) else '',
        times=np.array(times, dtype=np.float64) - float(times[0]),
        values=values,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _body_vector(index: int, row: Any, near: float) -> FloatArray:
    """Return the body vector of one entry; its head yaw continues from ``near`` (rad)."""

    def bad(reason: str) -> _BadContent:
        return _BadContent('set_target_data', index, reason)

    if not isinstance(row, Mapping):
        raise bad('must be an object with head, antennas and body_yaw')
    for key in ('head', 'antennas'):
        if not isinstance(row.get(key), list):
            raise bad(f'{key!r} is missing or not a list')
    try:
        pose = checked_pose(row['head'])
    except PoseError as error:
        raise bad(str(error)) from error
    antennas = row['antennas']
    if len(antennas) != 2 or not all(_is_number(angle) for angle in antennas):
        raise bad(f'antennas must be two finite numbers (right, left), not {antennas!r}')
    body_yaw = row.get('body_yaw', 0.0)
    if not _is_number(body_yaw) or abs(body_yaw) > MAX_BODY_YAW_RAD + 1e-3:
        raise bad(f'body_yaw must be within +-{MAX_BODY_YAW_RAD:.3f} rad, not {body_yaw!r}')
    roll, pitch, yaw = euler_from_rotation(pose)
    if index == 0:
        near = float(body_yaw)
    values = np.empty(9)
    values[:6] = *pose[:3, 3], roll, pitch, nearest_turn(yaw, near)
    values[ANTENNAS] = [_ANTENNA_SIGN * float(angle) for angle in antennas]
    values[BODY_YAW] = body_yaw
    return values


def _line_of(text: str, key: str, index: int | None) -> int:
    """Return the line (from 1) of entry ``index`` of the list ``key``; 1 when it is not found."""
    found = re.search(rf'"{re.escape(key)}"\s*:\s*', text) if key else None
    if found is None:
        return 1
    place = found.end()
    if index is not None:
        decoder = json.JSONDecoder()
        place = _past(r'\[\s*', text, place)
        for _ in range(index):
            _, place = decoder.raw_decode(text, place)
            place = _past(r'[\s,]*', text, place)
    return text.count('\n', 0, place) + 1


def _past(pattern: str, text: str, place: int) -> int:
    match = re.compile(pattern).match(text, place)
    return match.end() if match else place


def save_recorded(recording: Recording, path: Path) -> None:
    """Write a recorded move, one sample a line. FileError when the file exists or cannot be made.

    A file that could not be written to its end is removed.
    """
    rows = []
    for values in recording.values:
        antennas = (_ANTENNA_SIGN * values[ANTENNAS]).round(_POSE_DIGITS).tolist()
        row = {
            'head': head_pose_of(values).round(_POSE_DIGITS).tolist(),
            'antennas': antennas,
            'body_yaw': round(float(values[BODY_YAW]), _POSE_DIGITS),
        }
        rows.append(json.dumps(row))
    head = json.dumps(recording.description)
    times = json.dumps(recording.times.round(4).tolist())
    samples = ',\n'.join(rows)
    text = f'{{"description": {head},\n"time": {times},\n"set_target_data": [\n{samples}\n]}}\n'
    part = path.with_name(f'.{path.name}.{os.getpid()}.part')
    try:
        private_folder(path.parent)
        # Reserve the name first: replacing alone would overwrite somebody's file.
        path.touch(exist_ok=False)
        try:
            with open(part, 'w', encoding='utf-8', opener=private) as file:
                file.write(text)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise FileError(path, 0, 'exists already; choose another name or remove it') from error
    except OSError as error:
        raise FileError(path, 0, f'cannot be written ({error.strerror})') from error
