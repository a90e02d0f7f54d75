"""A driver of the real robot is killed: the daemon keeps the motors, the stop stays latched."""

from __future__ import annotations

import signal

from std_srvs.srv import Trigger

from support.lasting_daemon import LastingDaemon
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import Simulator


def driver(daemon: LastingDaemon) -> StackProcess:
    """Start a driver for a daemon; what is slow on a busy machine is no failure here."""
    values = {'host': daemon.host, 'port': daemon.port, 'stale_after': 0.6}
    arguments = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
    return StackProcess('hardware_node', ros_arguments=tuple(arguments))


def test_an_emergency_stop_outlives_the_driver_and_nothing_moves_until_rearm(
    ros_probe: Probe,
) -> None:
    with LastingDaemon() as daemon:
        with driver(daemon) as process:
            first = Simulator(process, ros_probe)
            first.wait_status(lambda now: now.connected and now.motors == 'on', 'the robot')
            first.stream_until(lambda: first.position('yaw_body') > 0.25, 'it moves', body_yaw=0.3)
            assert ros_probe.call(Trigger, 'emergency_stop').success
            process.stop(signal.SIGKILL)
        with driver(daemon) as process:
            second = Simulator(process, ros_probe)
            second.wait_status(
                lambda now: now.connected and now.commands_accepted == 0, 'the robot again'
            )
            assert second.status.emergency_stopped
            here = second.position('yaw_body')
            second.stream_until(
                lambda: 'emergency stop' in second.status.last_refusal, 'refusals', body_yaw=-0.3
            )
            assert abs(second.position('yaw_body') - here) < 0.01
            assert ros_probe.call(Trigger, 'rearm').success
            second.stream_until(
                lambda: second.position('yaw_body') < -0.25, 'it moves again', body_yaw=-0.3
            )
            assert process.stop() == 0
