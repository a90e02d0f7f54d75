"""The README to the letter: `./bbia up`, and the program that moves the head."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes
from support.ros import Probe
from support.simulator import pose_of
from support.waiting import wait_until
from support.whole_stack import START_DEADLINE_S
from support.whole_stack import running_stack

ROOT = stack.share_directory()
README = (ROOT / 'README.md').read_text(encoding='utf-8')


def test_up_runs_the_nodes_of_the_table_and_ends_cleanly(ros_probe: Probe) -> None:
    expected = {
        stack_nodes.node_entry(executable).name
        for process in stack.plan({})
        for executable in process.nodes
    }
    with tempfile.TemporaryFile('w+') as log, running_stack(log) as process:
        wait_until(
            lambda: expected <= set(ros_probe.node.get_node_names()), 'all nodes', START_DEADLINE_S
        )
        there = {name for name in ros_probe.node.get_node_names() if not name.startswith('_')}
        assert there - {'probe'} == expected
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_DEADLINE_S) == 0
        log.seek(0)
        assert 'Traceback' not in log.read()
        assert not [child for child in children if child.is_running()]


def test_the_program_in_the_readme_moves_the_head(ros_probe: Probe, tmp_path: Path) -> None:
    program = re.search(r'```python\n(# look\.py.*?)```', README, re.DOTALL)
    assert program is not None
    script = tmp_path / 'look.py'
    script.write_text(program[1], encoding='utf-8')
    with tempfile.TemporaryFile('w+') as log, running_stack(log):
        poses = ros_probe.collect(PoseStamped, 'head_pose')
        joints = ros_probe.collect(JointState, 'joint_states')
        wait_until(lambda: poses and joints, 'the robot', START_DEADLINE_S)
        with subprocess.Popen([sys.executable, str(script)]) as look:
            wait_until(lambda: pose_of(poses[-1])[1, 0] > 0.3, 'the head looks to the left')
            wait_until(lambda: pose_of(poses[-1])[1, 0] < -0.3, 'the head looks to the right')
            wait_until(lambda: abs(joints[-1].position[7]) > 0.2, 'the antennas move')
            look.kill()


def test_the_readme_names_the_two_commands_and_files_that_exist() -> None:
    assert '\n./bbia up ' in README
    assert '\n./bbia test ' in README
    for name in re.findall(r'\]\((?!http)([^)#]+)\)', README):
        assert (ROOT / name).exists(), name
    for name in re.findall(r'python -m (bbia_sim_ros[\w.]+)', README):
        assert (ROOT / Path(*name.split('.')).with_suffix('.py')).is_file(), name
