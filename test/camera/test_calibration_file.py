"""The YAML of camera_calibration: read in full, refused with the key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbia_sim_ros.camera.calibration_file import load_calibration
from bbia_sim_ros.marked_yaml import FileError

# As camera_calibration's save button writes it.
GOOD = """\
image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [612.1, 0. , 325.5,
           0. , 613.2, 241.7,
           0. , 0. , 1. ]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.1, -0.2, 0.001, -0.002, 0. ]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1., 0., 0., 0., 1., 0., 0., 0., 1.]
projection_matrix:
  rows: 3
  cols: 4
  data: [620. , 0. , 326. , 0. , 0. , 621. , 242. , 0. , 0. , 0. , 1. , 0. ]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'camera.yaml'


def test_every_number_of_the_file_is_read(path: Path) -> None:
    path.write_text(GOOD)
    camera = load_calibration(path)
    assert (camera.width, camera.height) == (640, 480)
    assert camera.k == (612.1, 0.0, 325.5, 0.0, 613.2, 241.7, 0.0, 0.0, 1.0)
    assert camera.d == (0.1, -0.2, 0.001, -0.002, 0.0)
    assert camera.r == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    assert camera.p[:7] == (620.0, 0.0, 326.0, 0.0, 0.0, 621.0, 242.0)
    assert camera.distortion_model == 'plumb_bob'


def test_an_old_file_without_a_distortion_model_is_plumb_bob(path: Path) -> None:
    path.write_text(GOOD.replace('distortion_model: plumb_bob\n', ''))
    assert load_calibration(path).distortion_model == 'plumb_bob'


@pytest.mark.parametrize(
    ('old', 'new', 'complaint'),
    [
        ('image_width: 640', 'image_width: 0', r':1: image_width is 0; allowed is 1 \.\. 20000'),
        ('image_width: 640', 'image_width: 6.5', r'whole number of pixels'),
        ('image_height: 480\n', '', r'has no image_height'),
        ('plumb_bob', 'fisheye', r'distortion_model is .fisheye.; allowed: plumb_bob, rational'),
        ('plumb_bob', 'equidistant', r'distortion_coefficients\.cols is 5; it must be 4'),
        ('612.1', '-612.1', r'camera_matrix has focal lengths -612\.1 and 613\.2; they must be'),
        ('612.1', 'nan', r'camera_matrix\.data\[0\] is nan; allowed is'),
        ('612.1', '1e9', r'data\[0\] is 1e9; allowed is'),
        ('612.1', 'wide', r'data\[0\] must be a number'),
        ('  data: [1., 0., 0., 0., 1.', '  data: [1., 0., 0., 0., 2.', r'must be a rotation'),
        ('  data: [1., 0., 0., 0., 1.', '  data: [-1., 0., 0., 0., 1.', r'must be a rotation'),
        ('242. , 0. , 0. , 0. , 1.', '242. , 0. , 0. , 0. , 2.', r'end with the row 0, 0, 1, 0'),
        ('0.001, -0.002', '0.001', r'distortion_coefficients\.data has 4 numbers; it must have 5'),
        ('rows: 1', 'rows: 5', r'distortion_coefficients\.rows is 5; it must be 1'),
        ('projection_matrix:', 'projection_matrix: 5 #', r'YAML|mapping'),
        ('camera_name:', 'image_width:', r'image_width is repeated'),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(
    path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FileError, match=complaint) as caught:
        load_calibration(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(FileError, match=r'camera\.yaml: cannot be read \(No such file'):
        load_calibration(path)
