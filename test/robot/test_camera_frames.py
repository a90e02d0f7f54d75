"""The frames that move with the head."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import CAMERA_LINK
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_LINK


def test_the_head_is_where_it_is() -> None:
    assert np.array_equal(HEAD_FRAMES[HEAD_LINK], np.eye(4))


@pytest.mark.parametrize('frame', [CAMERA_LINK, CAMERA_OPTICAL_FRAME])
def test_both_frames_of_the_camera_are_at_its_place(frame: str) -> None:
    pose = HEAD_FRAMES[frame]
    assert tuple(pose[:3, 3]) == CAMERA_IN_HEAD_M
    assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3))
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)


def test_the_optical_frame_looks_ahead_with_x_to_the_right_and_y_down() -> None:
    right, down, ahead = HEAD_FRAMES[CAMERA_OPTICAL_FRAME][:3, :3].T
    assert ahead.tolist() == [1.0, 0.0, 0.0]
    assert right.tolist() == [0.0, -1.0, 0.0]
    assert down.tolist() == [0.0, 0.0, -1.0]


def test_nobody_can_move_the_camera() -> None:
    with pytest.raises(ValueError, match='read-only'):
        HEAD_FRAMES[CAMERA_LINK][0, 3] = 1.0
