"""The driver does without the library for windows, and the person's choice of OpenGL stays."""

import os
import subprocess
import sys

import pytest

LOOK = (
    'import os, sys, bbia_sim_ros.simulation.physics;'
    'print("glfw" in sys.modules, os.environ.get("MUJOCO_GL"))'
)


@pytest.mark.parametrize(('chosen', 'seen'), [(None, 'False None'), ('glfw', 'True glfw')])
def test_physics_load_no_window_library_unless_it_was_chosen(chosen: str | None, seen: str) -> None:
    environment = {name: text for name, text in os.environ.items() if name != 'MUJOCO_GL'}
    if chosen:
        environment['MUJOCO_GL'] = chosen
    command = [sys.executable, '-c', LOOK]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == seen
