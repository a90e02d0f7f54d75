"""The variables that everything inside runs with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A checkout with an environment and a Fast DDS profile, in a folder with a space."""
    root = tmp_path / 'my robot'
    (root / '.venv' / 'lib' / 'python3.11' / 'site-packages').mkdir(parents=True)
    (root / 'config').mkdir()
    for profile in ('fastdds.xml', 'fastdds_local.xml'):
        (root / 'config' / profile).touch()
    return Layout(root)


def entries(variables: dict[str, str], name: str) -> list[str]:
    return variables[name].split(os.pathsep)


def test_code_comes_from_the_checkout_and_messages_from_the_install_folder(layout: Layout) -> None:
    variables = environment(layout, {'PATH': '/usr/bin', 'PYTHONPATH': '/mine'}).variables
    assert entries(variables, 'PYTHONPATH') == [
        str(layout.root),
        str(layout.install / 'lib' / 'python3.11' / 'site-packages'),
        '/mine',
    ]
    assert entries(variables, 'PATH')[0] == str(layout.venv / 'bin')
    assert entries(variables, 'PATH')[-1] == '/usr/bin'
    assert entries(variables, 'LD_LIBRARY_PATH')[0] == str(layout.install / 'lib')
    assert entries(variables, 'AMENT_PREFIX_PATH') == [str(layout.install), str(layout.venv)]
    assert variables['VIRTUAL_ENV'] == str(layout.venv)


def test_a_sourced_ros_is_taken_out_and_mentioned(layout: Layout) -> None:
    sourced = {
        'AMENT_PREFIX_PATH': '/opt/ros/jazzy',
        'ROS_DISTRO': 'jazzy',
        'PATH': '/opt/ros/jazzy/bin:/usr/bin',
        'PYTHONPATH': '/opt/ros/jazzy/lib/python3.12/site-packages:/mine',
        'LD_LIBRARY_PATH': '/opt/ros/jazzy/lib/x86_64-linux-gnu:/opt/ros/jazzy/lib:/my/lib',
        'CMAKE_PREFIX_PATH': '/opt/ros/jazzy:/my/prefix',
    }
    inside = environment(layout, sourced)
    for value in inside.variables.values():
        assert 'jazzy' not in value
    assert '/usr/bin' in entries(inside.variables, 'PATH')
    assert '/mine' in entries(inside.variables, 'PYTHONPATH')
    assert '/my/lib' in entries(inside.variables, 'LD_LIBRARY_PATH')
    assert '/my/prefix' in entries(inside.variables, 'CMAKE_PREFIX_PATH')
    assert any('/opt/ros/jazzy' in note for note in inside.notes)


def test_the_libraries_of_another_wheel_environment_are_taken_out(layout: Layout) -> None:
    other = '/home/me/other venv'
    given = {
        '_ROS_WHEELS_BOOTSTRAP_COMPLETE': '1',
        'LD_LIBRARY_PATH': f'{other}/lib/python3.11/site-packages/ros_rclpy.libs:{other}/lib',
    }
    inside = environment(layout, given)
    assert '_ROS_WHEELS_BOOTSTRAP_COMPLETE' not in inside.variables
    assert other not in inside.variables['LD_LIBRARY_PATH']
    assert len(inside.notes) == 1


def test_a_ros_in_the_system_folders_does_not_take_the_system_path_away(layout: Layout) -> None:
    inside = environment(layout, {'AMENT_PREFIX_PATH': '/usr', 'PATH': '/usr/bin:/bin'})
    assert entries(inside.variables, 'PATH')[-2:] == ['/usr/bin', '/bin']


def test_entering_twice_changes_nothing_and_says_nothing(layout: Layout) -> None:
    once = environment(layout, {'PATH': '/usr/bin', 'HOME': '/'})
    twice = environment(layout, once.variables)
    assert twice.variables == once.variables
    assert twice.notes == ()


def test_settings_of_the_person_are_kept(layout: Layout) -> None:
    given = {
        'FASTDDS_DEFAULT_PROFILES_FILE': '/mine.xml',
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET',
        'ROS_DOMAIN_ID': '7',
    }
    assert given.items() <= environment(layout, given).variables.items()


def test_discovery_stays_on_this_computer_and_large_messages_get_room(layout: Layout) -> None:
    variables = environment(layout, {}).variables
    assert variables['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'SYSTEM_DEFAULT'
    local = str(layout.root / 'config/fastdds_local.xml')
    assert variables['FASTDDS_DEFAULT_PROFILES_FILE'] == local


def test_who_opens_the_network_within_the_environment_gets_the_open_profile(layout: Layout) -> None:
    inside = {**environment(layout, {}).variables, 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    variables = environment(layout, inside).variables
    assert variables['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'SUBNET'
    assert variables['FASTDDS_DEFAULT_PROFILES_FILE'] == str(layout.root / 'config/fastdds.xml')


def test_another_middleware_is_replaced_and_mentioned(layout: Layout) -> None:
    inside = environment(layout, {'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'})
    assert inside.variables['RMW_IMPLEMENTATION'] == 'rmw_fastrtps_cpp'
    assert any('rmw_cyclonedds_cpp' in note for note in inside.notes)


@pytest.mark.parametrize('home', [{}, {'HOME': '/proc/nobody'}], ids=['unset', 'missing'])
def test_without_a_usable_home_logs_and_cache_go_to_the_checkout(
    layout: Layout, home: dict[str, str]
) -> None:
    variables = environment(layout, home).variables
    assert Path(variables['ROS_LOG_DIR']).is_relative_to(layout.root)
    assert Path(variables['BBIA_CACHE_DIR']).is_relative_to(layout.root)


def test_with_a_home_logs_and_cache_go_where_ros_and_xdg_say(
    layout: Layout, tmp_path: Path
) -> None:
    variables = environment(layout, {'HOME': str(tmp_path)}).variables
    assert 'ROS_LOG_DIR' not in variables
    assert 'BBIA_CACHE_DIR' not in variables


def test_an_environment_that_was_not_made_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='bbia setup'):
        environment(Layout(tmp_path), {})
