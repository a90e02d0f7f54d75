"""The motion node steps back while somebody else drives the robot directly."""

from __future__ import annotations

from support.domains import reserved_domain
from support.motion import running_robot
from support.simulator import errors
from support.simulator import head_pose
from support.waiting import wait_until


def test_a_direct_stream_gets_the_body_and_gives_it_back() -> None:
    with reserved_domain(), running_robot() as robot:
        simulator, motion = robot.simulator, robot.motion
        wanted = head_pose(yaw=25.0, pitch=8.0)

        def arrived() -> bool:
            distance, angle = errors(simulator.head, wanted)
            return distance < 1.0 and angle < 0.5 and bool(motion.status.detail)

        simulator.stream_until(arrived, 'the head follows the stream', head=wanted)
        assert 'somebody else publishes body_target' in motion.status.detail
        wait_until(lambda: not motion.status.detail, 'motion goes on by itself')
        robot.at_rest_at('looks up', head=head_pose(pitch=-10.0))
