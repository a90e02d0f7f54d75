"""Nodes that share a process: what is for each, and what none of them needs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest
from rcl_interfaces.srv import GetParameters

from bbia_sim_ros import stack
from support.ros import Probe
from support.ros import StackProcess

GIVEN = {
    **dict.fromkeys(('hearing', 'vision'), 'none'),
    'bridge': 'false',
    'chat': 'commands',
    'speech': 'flite',
    'speech_output': 'none',
}
PROGRAM = """
import importlib.util, sys
import bbia_sim_ros.container
from std_msgs.msg import String
String.__import_type_support__()
print(f'parser installed {bool(importlib.util.find_spec("lark"))}, loaded {"lark" in sys.modules}')
"""


@pytest.mark.parametrize('namespace', ['/', '/left/arm/'])
def test_each_node_has_its_own_engine(ros_probe: Probe, namespace: str) -> None:
    processes = stack.plan({**GIVEN, 'part': 'mind', 'namespace': namespace})
    with ExitStack() as cleanup:
        for process in processes:
            if {'speech_node', 'chat_node'}.intersection(process.nodes):
                cleanup.enter_context(
                    StackProcess(*process.nodes, ros_arguments=process.ros_arguments)
                )
        assert engine_of(ros_probe, f'{namespace}chat') == 'commands'
        assert engine_of(ros_probe, f'{namespace}speech') == 'flite'


def test_a_process_of_nodes_holds_no_generator_of_message_code() -> None:
    ended = subprocess.run(
        [sys.executable, '-c', PROGRAM], capture_output=True, text=True, check=True
    )
    assert ended.stdout == 'parser installed True, loaded False\n'


def engine_of(probe: Probe, node: str) -> str:
    request = GetParameters.Request(names=['engine'])
    (value,) = probe.call(GetParameters, f'{node}/get_parameters', request).values
    return str(value.string_value)
