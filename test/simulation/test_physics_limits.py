"""The simulated robot: what it refuses, its motor modes, and that it ends well."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.errors import SimulationClosed
from bbia_sim_ros.simulation.errors import SimulationDiverged
from bbia_sim_ros.simulation.errors import StepLimitReached
from bbia_sim_ros.simulation.model import PREFIX
from bbia_sim_ros.simulation.physics import Physics

REPOSITORY = Path(__file__).resolve().parents[2]

Load = Callable[..., Physics]


@pytest.mark.parametrize(
    ('targets', 'message'),
    [
        (np.zeros(8), 'nine targets'),
        (np.zeros((1, 9)), 'nine targets'),
        ([0.0] * 8 + [np.nan], 'left_antenna are not finite'),
        ([np.inf] + [0.0] * 8, 'yaw_body are not finite'),
    ],
)
def test_bad_targets_are_refused_and_the_old_ones_stay(
    targets: FloatArray, message: str, load: Load
) -> None:
    physics = load()
    before = physics.targets
    with pytest.raises(ValueError, match=message):
        physics.set_targets(targets)
    np.testing.assert_array_equal(physics.targets, before)


def test_targets_are_clamped_to_the_joint_ranges(load: Load) -> None:
    physics = load()
    physics.set_targets(np.full(9, 100.0))
    np.testing.assert_allclose(physics.targets, JOINT_UPPER_RAD, atol=1e-6)


def test_motors_off_let_the_head_sink_and_compliant_ones_carry_it(load: Load) -> None:
    physics = load()
    physics.set_torque('off')
    physics.step(1500)
    assert physics.head_pose[2, 3] < -0.008
    np.testing.assert_array_equal(physics.joint_efforts, np.zeros(9))

    physics.reset()
    physics.set_torque('compliant')
    physics.step(1500)
    assert abs(physics.head_pose[2, 3]) < 0.001
    head = physics.model.body(PREFIX + 'xl_330').id
    physics.data.xfrc_applied[head, 2] = -3.0
    physics.step(500)
    physics.data.xfrc_applied[head, 2] = 0.0
    pushed = physics.head_pose[2, 3]
    assert pushed < -0.005
    physics.step(500)
    # Nothing pulls it back.
    assert physics.head_pose[2, 3] < pushed + 0.002


def test_switching_on_holds_the_robot_where_it_is(load: Load) -> None:
    physics = load()
    physics.set_torque('off')
    physics.step(1500)
    low = physics.head_pose
    physics.set_torque('on')
    physics.step(500)
    np.testing.assert_allclose(physics.head_pose, low, atol=2e-3)
    with pytest.raises(ValueError, match='unknown motor mode'):
        physics.set_torque('limp')  # type: ignore[arg-type]


def test_the_step_limit_stops_the_simulation_and_says_so(load: Load) -> None:
    physics = load(max_steps=100)
    physics.step(95)
    with pytest.raises(StepLimitReached, match='max_steps = 100'):
        physics.step(10)
    assert physics.steps == 100
    assert physics.time == pytest.approx(0.2)
    with pytest.raises(StepLimitReached):
        physics.step()
    assert physics.steps == 100
    physics.reset()
    with pytest.raises(StepLimitReached):
        physics.step()


def test_a_closed_simulation_says_so(load: Load) -> None:
    physics = load()
    physics.close()
    physics.close()
    assert physics.closed
    with pytest.raises(SimulationClosed):
        physics.step()
    with pytest.raises(SimulationClosed):
        assert physics.head_pose is not None


def test_options_out_of_range_are_refused(load: Load) -> None:
    with pytest.raises(ValueError, match='max_steps must be'):
        load(max_steps=-1)
    with pytest.raises(ValueError, match='unknown keyframe'):
        load(keyframe='dance')
    with pytest.raises(ValueError, match='count must be'):
        load().step(-1)


def test_a_diverging_scene_is_reset_and_counted(tmp_path: Path, load: Load) -> None:
    # A hinge with an absurdly stiff spring: the integration cannot follow it.
    scene = tmp_path / 'unstable.xml'
    scene.write_text(
        '<mujoco><worldbody><body pos="0 0 3"><joint stiffness="1e12" springref="90"/>'
        '<geom size="0.01" mass="0.001" pos="0.1 0 0"/></body></worldbody></mujoco>'
    )
    physics = load(str(scene))
    with pytest.raises(SimulationDiverged, match=r'unstable\.xml(?s:.*)reset to neutral'):
        physics.step(1000)
    assert physics.divergences == 1
    assert physics.time > 0.0
    assert np.isfinite(physics.qpos).all()
    assert physics.data.warning.number.sum() == 0


def test_closing_gives_the_memory_back(assets: object) -> None:
    code = """
import json
from pathlib import Path
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.heap import give_back
from bbia_sim_ros.simulation.physics import Physics

def rss():
    lines = Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith('RssAnon')) / 1e3

assets = prepare()
give_back()  # what the imports left
before = rss()
physics = Physics.load('table', assets)
physics.step(100)
loaded = rss()
physics.close()
print(json.dumps([before, loaded, rss()]))
"""
    run = subprocess.run(
        [sys.executable, '-c', code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    before, loaded, after = json.loads(run.stdout)
    assert loaded - before > 2.0
    assert after - before < 0.2 * (loaded - before)
