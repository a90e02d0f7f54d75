"""Compiling message packages: a real one with colcon, in a path with a space."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import REPOSITORY_ROOT
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import run_steps
from bbia_sim_ros.cli.workspace import interface_folders
from bbia_sim_ros.cli.workspace import package_name
from bbia_sim_ros.cli.workspace import workspace_steps

MANIFEST = """<?xml version="1.0"?>
<package format="3">
  <name>{name}</name><version>0.1.0</version><description>A test.</description>
  <maintainer email="nobody@example.org">nobody</maintainer><license>Apache-2.0</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export><build_type>ament_cmake</build_type></export>
</package>
"""
CMAKE = """cmake_minimum_required(VERSION 3.20)
project({name} C CXX)
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
rosidl_generate_interfaces(${{PROJECT_NAME}} "msg/Number.msg")
ament_package()
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A checkout in a folder with a space that borrows this environment's `.venv`."""
    root = tmp_path / 'my robot'
    root.mkdir()
    (root / '.venv').symlink_to(sys.prefix)
    return Layout(root)


def add_package(folder: Path, name: str, message: str = 'int32 value\n') -> None:
    (folder / 'msg').mkdir(parents=True)
    (folder / 'msg' / 'Number.msg').write_text(message, encoding='utf-8')
    (folder / 'package.xml').write_text(MANIFEST.format(name=name), encoding='utf-8')
    (folder / 'CMakeLists.txt').write_text(CMAKE.format(name=name), encoding='utf-8')


def build_messages(layout: Layout) -> None:
    (messages, _) = workspace_steps(layout)
    run_steps([messages], Stamps(layout.stamps), Board(io.StringIO()))


def test_a_message_package_compiles_and_its_messages_can_be_serialized(layout: Layout) -> None:
    add_package(layout.root / 'bbia_msgs', 'bbia_msgs')
    build_messages(layout)
    code = (
        'import sys\n'
        'from bbia_msgs.msg import Number\n'
        'from rclpy.serialization import deserialize_message, serialize_message\n'
        'value = deserialize_message(serialize_message(Number(value=42)), Number).value\n'
        'sys.exit(0 if value == 42 else 1)'
    )
    variables = environment(layout, os.environ).variables
    result = subprocess.run([layout.python, '-c', code], env=variables, cwd='/', check=False)
    assert result.returncode == 0


def test_a_package_that_does_not_compile_shows_why_and_where_the_log_is(layout: Layout) -> None:
    add_package(layout.root / 'bbia_msgs', 'bbia_msgs', message='no_such_type value\n')
    with pytest.raises(CommandError, match='no_such_type') as caught:
        build_messages(layout)
    assert str(layout.log / 'messages.log') in str(caught.value)
    assert (layout.log / 'messages.log').is_file()


def test_packages_that_the_wheels_have_are_not_compiled(layout: Layout) -> None:
    add_package(layout.root / 'interfaces' / 'std_msgs', 'std_msgs')
    add_package(layout.root / 'interfaces' / 'tf2_msgs', 'tf2_msgs')
    assert interface_folders(layout) == [layout.root / 'interfaces' / 'tf2_msgs']


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    manifest = tmp_path / 'package.xml'
    manifest.write_text('<package>', encoding='utf-8')
    with pytest.raises(CommandError, match='not XML'):
        package_name(manifest)
    manifest.write_text('<package/>', encoding='utf-8')
    with pytest.raises(CommandError, match='names no package'):
        package_name(manifest)


def test_this_checkout_has_no_message_package_twice() -> None:
    names = [package_name(path / 'package.xml') for path in interface_folders(Layout())]
    assert 'bbia_msgs' in names
    assert len(names) == len(set(names))
    assert Layout().root == REPOSITORY_ROOT
