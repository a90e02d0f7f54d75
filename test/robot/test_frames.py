"""The transform tree of the motion node."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.robot.frames import MAX_FRAMES
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.frames import FrameTree
from bbia_sim_ros.robot.poses import pose_from_euler

LIFTED = pose_from_euler(z=1.0)
TURNED = pose_from_euler(x=0.5, yaw=np.pi / 2)


def test_the_way_between_two_branches_goes_over_their_common_root() -> None:
    tree = FrameTree()
    tree.put('root', 'shelf', LIFTED)
    tree.put('root', 'head', TURNED)
    tree.put('head', 'camera', LIFTED, stamp=10.0)
    found = tree.lookup('shelf', 'camera', now=10.5)
    assert np.allclose(found, np.linalg.inv(LIFTED) @ TURNED @ LIFTED)
    assert np.allclose(tree.lookup('head', 'head', now=10.5), np.eye(4))


def test_frames_that_do_not_hang_together_are_named() -> None:
    tree = FrameTree()
    tree.put('root', 'shelf', LIFTED)
    with pytest.raises(FrameError, match="no transform from 'moon' to 'shelf'"):
        tree.lookup('shelf', 'moon', now=0.0)


def test_an_old_moving_transform_does_not_count() -> None:
    tree = FrameTree(max_age=1.0)
    tree.put('root', 'face', LIFTED, stamp=10.0)
    assert np.allclose(tree.lookup('root', 'face', now=11.0), LIFTED)
    with pytest.raises(FrameError, match=r"'face' is 1\.5 s old, allowed is 1 s"):
        tree.lookup('root', 'face', now=11.5)


def test_a_circle_of_frames_is_noticed() -> None:
    tree = FrameTree()
    tree.put('a', 'b', LIFTED)
    tree.put('b', 'a', LIFTED)
    with pytest.raises(FrameError, match='circle'):
        tree.lookup('a', 'b', now=0.0)


def test_a_full_tree_forgets_the_moving_frame_heard_longest_ago() -> None:
    tree = FrameTree(max_age=1e9)
    tree.put('root', 'fixed', LIFTED)
    for number in range(MAX_FRAMES):
        assert tree.put('root', f'face_{number}', LIFTED, stamp=float(number))
    assert np.allclose(tree.lookup('root', f'face_{MAX_FRAMES - 1}', now=0.0), LIFTED)
    assert np.allclose(tree.lookup('root', 'fixed', now=0.0), LIFTED)
    with pytest.raises(FrameError):
        tree.lookup('root', 'face_0', now=0.0)


def test_a_tree_full_of_fixed_frames_takes_no_more() -> None:
    tree = FrameTree()
    for number in range(MAX_FRAMES):
        assert tree.put('root', f'shelf_{number}', LIFTED)
    assert not tree.put('root', 'one_more', LIFTED)
    assert tree.put('root', 'shelf_0', TURNED)
