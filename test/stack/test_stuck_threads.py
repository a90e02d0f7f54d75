"""Threads of real nodes that stop in the middle of their work while the executor turns on."""

from __future__ import annotations

import os

import pytest
from sensor_msgs.msg import JointState

from support.ros import ROOT
from support.ros import Probe
from support.ros import StackProcess
from support.stuck_thread import LIMIT_S
from support.stuck_thread import NAME_VARIABLE
from support.waiting import wait_until

PERIOD_S = 0.01


def started(node: str, *parameters: str, stuck: str) -> StackProcess:
    """Run a node one of whose threads gets stuck."""
    return StackProcess(
        node,
        ros_arguments=tuple(part for text in parameters for part in ('-p', text)),
        module='support.stuck_thread',
        **{
            NAME_VARIABLE: stuck,
            'PYTHONPATH': os.pathsep.join((str(ROOT / 'test'), os.environ.get('PYTHONPATH', ''))),
        },
    )


@pytest.mark.usefixtures('ros_domain')
@pytest.mark.parametrize(
    ('thread', 'node', 'told'),
    [
        ('control', 'simulator_node', 'control of /robot'),
        ('control', 'hardware_node', 'control of /robot'),
        ('daemon link', 'hardware_node', 'link to '),
        ('control', 'motion_node', 'control of /motion'),
        ('bridge', 'bridge_node', 'bridge'),
    ],
)
def test_a_thread_that_stands_still_is_named_and_ends_its_process(
    thread: str, node: str, told: str
) -> None:
    ports = ('port:=0', 'web_port:=0') if node == 'bridge_node' else ()
    with started(node, *ports, stuck=thread) as process:
        assert process.wait() == 1
        assert f"hangs, its thread '{told}" in process.output
        assert 'in hold_up' in process.output


def test_a_simulation_that_is_very_slow_does_not_stand_still(ros_probe: Probe) -> None:
    speed = PERIOD_S / (2 * LIMIT_S)
    with started('simulator_node', f'speed:={speed}', stuck='none') as process:
        states = ros_probe.collect(JointState, 'joint_states')
        wait_until(lambda: len(states) > 1, 'another control period')
        assert process.stop() == 0
