"""Package bbia_sim_ros for ament_python: nodes as executables, launch, config and URDF as data."""

from glob import glob
from pathlib import Path

from setuptools import find_packages
from setuptools import setup

PACKAGE = 'bbia_sim_ros'
DASHBOARD = Path('web', 'dist')  # there once it is built

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={PACKAGE: ['py.typed', '**/*.json', '**/*.yaml']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml', 'LICENSE', 'NOTICE']),
        (f'share/{PACKAGE}/launch', glob('launch/*.launch.py')),
        (f'share/{PACKAGE}/config', glob('config/*.*')),
        (f'share/{PACKAGE}/config/moves', glob('config/moves/*')),
        (f'share/{PACKAGE}/config/behaviors', glob('config/behaviors/*')),
        (f'share/{PACKAGE}/config/grafana', glob('config/grafana/*')),
        (f'share/{PACKAGE}/urdf', glob('urdf/*.xacro')),
        *(
            (f'share/{PACKAGE}/web/{path.parent.relative_to(DASHBOARD)}', [str(path)])
            for path in sorted(DASHBOARD.rglob('*'))
            if path.is_file()
        ),
    ],
    install_requires=['setuptools'],
    zip_safe=False,
    author='bbia_sim_ros maintainers',
    maintainer='bbia_sim_ros maintainers',
    maintainer_email='maintainers@bbia-sim-ros.invalid',
    description='Reachy Mini as a ROS 2 system: simulation and real robot behind the same topics',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            f'container = {PACKAGE}.container:main',
            f'simulator_node = {PACKAGE}.nodes.simulator_node:main',
            f'hardware_node = {PACKAGE}.nodes.hardware_node:main',
            f'camera_node = {PACKAGE}.nodes.camera_node:main',
            f'motion_node = {PACKAGE}.nodes.motion_node:main',
            f'bridge_node = {PACKAGE}.nodes.bridge_node:main',
            f'state_node = {PACKAGE}.nodes.state_node:main',
            f'microphone_node = {PACKAGE}.nodes.microphone_node:main',
            f'hearing_node = {PACKAGE}.nodes.hearing_node:main',
            f'speech_node = {PACKAGE}.nodes.speech_node:main',
            f'behavior_node = {PACKAGE}.nodes.behavior_node:main',
            f'vision_node = {PACKAGE}.nodes.vision_node:main',
            f'chat_node = {PACKAGE}.nodes.chat_node:main',
            f'monitor_node = {PACKAGE}.nodes.monitor_node:main',
            f'record = {PACKAGE}.nodes.recorder:main',
            f'replay = {PACKAGE}.nodes.player:main',
        ],
        'ros2doctor.checks': [f'BbiaCheck = {PACKAGE}.cli.ros2doctor_plugin:BbiaCheck'],
        'ros2doctor.report': [f'BbiaReport = {PACKAGE}.cli.ros2doctor_plugin:BbiaReport'],
    },
)
