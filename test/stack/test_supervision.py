"""The whole of it, as a person runs it: processes that die or hang, and starts in any order."""

from __future__ import annotations

import os
import random
import signal
import tempfile
from contextlib import ExitStack

import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rcl_interfaces.srv import ListParameters
from std_srvs.srv import Trigger

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.lasting_state import LastingState
from support.motion import SUCCEEDED
from support.motion import Motion
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import head_pose
from support.waiting import wait_until
from support.whole_stack import LIGHT
from support.whole_stack import START_DEADLINE_S
from support.whole_stack import running_stack

BARE = ('hearing:=none', 'vision:=none', 'speech:=none', 'chat:=none', 'behaviors:=false')


def driver_process(root: psutil.Process) -> int:
    """Return the number of the driver's process, 0 when there is none."""
    found = [child.pid for child in root.children() if 'simulator_node' in child.cmdline()]
    return found[0] if found else 0


def test_a_driver_that_hangs_is_replaced_says_so_and_is_still_stopped(
    ros_probe: Probe, ros_domain: int
) -> None:
    with tempfile.TemporaryFile('w+') as log, running_stack(log, *BARE) as up:
        statuses = ros_probe.collect(RobotStatus, 'robot_status', qos.LATCHED)
        diagnostics = ros_probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        wait_until(lambda: statuses, 'the robot', START_DEADLINE_S)
        assert ros_probe.call(Trigger, 'emergency_stop').success
        os.kill(driver_process(psutil.Process(up.pid)), signal.SIGSTOP)

        def told() -> DiagnosticStatus | None:
            parts = [part for message in diagnostics for part in message.status]
            return next((part for part in parts if part.name == 'robot: process'), None)

        part = wait_until(told, 'the restart on /diagnostics')
        assert part.level == DiagnosticStatus.WARN
        assert {value.key: value.value for value in part.values}['restarts'] == '1'
        assert 'was stopped by a signal' in part.message
        assert statuses[-1].emergency_stopped
        assert ros_probe.call(Trigger, 'rearm').success
        up.send_signal(signal.SIGINT)
        assert up.wait(START_DEADLINE_S) == 0
        log.seek(0)
        assert 'robot ended: was stopped by a signal' in log.read()
    assert LastingState(ros_domain, '/robot').load() is None


@pytest.mark.parametrize('seed', [1, 2])
def test_processes_may_start_in_any_order(ros_probe: Probe, seed: int) -> None:
    chance = random.Random(seed)
    processes = list(stack.plan(LIGHT))
    chance.shuffle(processes)
    with ExitStack() as cleanup:
        for process in processes:
            cleanup.enter_context(StackProcess(*process.nodes, ros_arguments=process.ros_arguments))
            if chance.random() < 0.5:  # The next one comes when this one is already at work.
                answered(ros_probe, process)
        for process in processes:
            answered(ros_probe, process)
        motion = Motion(ros_probe)
        motion.wait_ready()
        assert motion.go_to(head=head_pose(yaw=20)).outcome()[0] == SUCCEEDED


def answered(probe: Probe, process: stack.Process) -> None:
    """Wait until all nodes of a process answer."""
    for executable in process.nodes:
        node = stack_nodes.node_entry(executable).name
        assert probe.call(ListParameters, f'{node}/list_parameters').result.names
