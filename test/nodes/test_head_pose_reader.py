"""Head poses that are none are refused before anything is calculated with them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from rclpy.serialization import serialize_message

from bbia_sim_ros.nodes.head_pose_reader import HeadPoseReader


def message(x: float = 0.0, w: float = 1.0, frame: str = 'head_neutral') -> bytes:
    made = PoseStamped()
    made.header.stamp.sec = 5
    made.header.frame_id = frame
    made.pose.position.x = x
    made.pose.orientation.w = w
    serialised: bytes = serialize_message(made)
    return serialised


def test_a_head_pose_is_read() -> None:
    stamp, pose = HeadPoseReader().read(message(x=-0.02))
    assert stamp == 5.0
    assert np.array_equal(pose[:3, 3], (-0.02, 0.0, 0.0))


@pytest.mark.parametrize(
    ('bad', 'why'),
    [
        ({'frame': 'map'}, "its frame is 'map'"),
        ({'x': math.nan}, 'NaN or infinite'),
        ({'w': 100.0}, 'quaternion has length 100'),
        ({'x': -1e308}, 'away along an axis'),
        ({'x': -1e6}, r'the head is -1e\+06 m from head_neutral .* allowed is -1 .. 1 m'),
        ({'x': 1.001}, 'the head is 1.001 m'),
    ],
)
def test_what_is_no_head_pose_is_refused_and_the_next_is_read(
    bad: dict[str, float | str], why: str
) -> None:
    reader = HeadPoseReader()
    with pytest.raises(ValueError, match=why):
        reader.read(message(**bad))
    assert reader.read(message())[0] == 5.0
