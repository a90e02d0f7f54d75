"""The YAML that camera_calibration and camera_info_manager write, checked key by key.

Keys: image_width, image_height, camera_matrix, distortion_coefficients, rectification_matrix and
projection_matrix (each with rows, cols, data), and distortion_model, which is plumb_bob if absent.
Other keys, such as camera_name, are not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.camera.intrinsics import DISTORTION_SIZES
from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.marked_yaml import load

MAX_SIZE_PX: Final = 20_000
_MAX_NUMBER = 1e6
_LAST_ROW = (0.0, 0.0, 1.0)
_ROTATION_TOLERANCE = 1e-3


def load_calibration(path: Path) -> Intrinsics:
    """Return the intrinsics of a calibration file.

    Raises
    ------
    FileError
        The file cannot be read, a key is missing, or a value is not allowed; the message names
        file, line, key and what is allowed.

    """
    root = load(path)
    entries = root.mapping()

    def entry(key: str) -> Value:
        if key not in entries:
            raise FileError(path, 0, f'has no {key}; camera_calibration writes it')
        return entries[key]

    model = 'plumb_bob'
    if 'distortion_model' in entries:
        model = entries['distortion_model'].choice(tuple(DISTORTION_SIZES))
    return Intrinsics(
        width=_size(entry('image_width')),
        height=_size(entry('image_height')),
        k=_camera_matrix(entry('camera_matrix'), 3),
        d=_matrix(entry('distortion_coefficients'), 1, DISTORTION_SIZES[model]),
        r=_rotation(entry('rectification_matrix')),
        p=_camera_matrix(entry('projection_matrix'), 4),
        distortion_model=model,
    )


def _size(value: Value) -> int:
    number = value.number(1, MAX_SIZE_PX)
    if number != int(number):
        raise value.error(f'is {number:g}; it must be a whole number of pixels')
    return int(number)


def _matrix(value: Value, rows: int, columns: int) -> tuple[float, ...]:
    fields = value.mapping(known=('rows', 'cols', 'data'))
    for key, field in fields.items():
        field.what = f'{value.what}.{key}'
    for key, wanted in (('rows', rows), ('cols', columns)):
        if key not in fields:
            raise value.error(f'has no {key}; it must be {wanted}')
        if fields[key].number(0, MAX_SIZE_PX) != wanted:
            raise fields[key].error(f'is {fields[key].text()}; it must be {wanted}')
    if 'data' not in fields:
        raise value.error(f'has no data; give {rows * columns} numbers')
    numbers = fields['data'].items()
    if len(numbers) != rows * columns:
        raise fields['data'].error(f'has {len(numbers)} numbers; it must have {rows * columns}')
    return tuple(number.number(-_MAX_NUMBER, _MAX_NUMBER) for number in numbers)


def _camera_matrix(value: Value, columns: int) -> tuple[float, ...]:
    """Return K (3x3) or P (3x4): focal lengths above 0 and a last row of 0 0 1 (0)."""
    numbers = _matrix(value, 3, columns)
    if numbers[0] <= 0.0 or numbers[columns + 1] <= 0.0:
        raise value.error(
            f'has focal lengths {numbers[0]:g} and {numbers[columns + 1]:g}; they must be above 0'
        )
    if numbers[2 * columns : 2 * columns + 3] != _LAST_ROW or numbers[2 * columns + 3 :] not in (
        (),
        (0.0,),
    ):
        raise value.error(f'must end with the row {"0, 0, 1" if columns == 3 else "0, 0, 1, 0"}')
    return numbers


def _rotation(value: Value) -> tuple[float, ...]:
    numbers = _matrix(value, 3, 3)
    matrix = np.array(numbers).reshape(3, 3)
    if (
        not np.allclose(matrix @ matrix.T, np.eye(3), atol=_ROTATION_TOLERANCE)
        or np.linalg.det(matrix) < 0.0
    ):
        raise value.error('must be a rotation; for one camera it is 1, 0, 0, 0, 1, 0, 0, 0, 1')
    return numbers
