"""A node that is fed with a recording does what it did when that was made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rclpy.qos import QoSProfile
from tf2_msgs.msg import TFMessage

from support.recorder import replayed
from support.replayed import recorded
from support.replayed import recorded_run
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

# As many transforms as there are joint states.
RATE = ('-p', 'state:rate:=200.0')
ENOUGH = 100


def by_stamp(found: Iterable[TFMessage]) -> dict[tuple[int, int], TFMessage]:
    stamps = ((message.transforms[0].header.stamp, message) for message in found)
    return {(stamp.sec, stamp.nanosec): message for stamp, message in stamps}


def test_the_transforms_of_recorded_joints_are_the_recorded_transforms_to_the_last_bit(
    ros_probe: Probe, tmp_path: Path
) -> None:
    file = tmp_path / 'run.mcap'
    recorded_run(file, *RATE)
    before = by_stamp(recorded(file, TFMessage, '/tf'))
    heard = ros_probe.collect(TFMessage, '/tf', QoSProfile(depth=1000))
    with StackProcess('state_node', ros_arguments=RATE):
        replayed(file, '--topics', 'joint_states')
        # A busy computer loses joint states on the way to a node, as it does with a robot.
        wait_until(lambda: len(before.keys() & by_stamp(heard).keys()) > ENOUGH, 'transforms')
    again = by_stamp(heard)
    common = sorted(before.keys() & again.keys())
    assert [again[stamp] for stamp in common] == [before[stamp] for stamp in common]
    assert before[common[0]].transforms[0] != before[common[-1]].transforms[0]
