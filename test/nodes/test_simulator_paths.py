"""Bodies of the simulated scene on paths: the service simulator/set_paths, and what is seen."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Transform
from geometry_msgs.msg import Vector3
from sensor_msgs.msg import Image
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from bbia_msgs.srv import SetPaths
from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.paths import MAX_POSES
from bbia_sim_ros.simulation.people_scene import PANEL_PLACES_M
from bbia_sim_ros.simulation.photographs import find
from bbia_sim_ros.simulation.pictures import ASTRONAUT
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import degrees_between
from support.face_scene import face_in_camera
from support.face_scene import facing_robot
from support.face_scene import paths_request
from support.optional import need
from support.ros import ROOT
from support.ros import StackProcess
from support.simulator import Simulator
from support.waiting import DEADLINE_S
from support.waiting import wait_until

SCENE = """
<mujoco>
  <visual><headlight ambient="0 0 0" diffuse="0 0 0"/></visual>
  <asset><material name="red" rgba="1 0 0 1" emission="1"/></asset>
  <worldbody>
    <body name="box" mocap="true" pos="0.8 0 0.23">
      <geom type="box" size="0.05 0.05 0.05" material="red" contype="0" conaffinity="0"/>
    </body>
    <body name="ball" pos="-1 0 0.05"><freejoint/><geom size="0.05"/></body>
  </worldbody>
</mujoco>
"""
MIDDLE_PX = 319.5
AHEAD = pose_from_euler(x=0.8, z=0.23)
LEFT = pose_from_euler(x=0.8, y=0.4, z=0.23)
LEFT_PX = MIDDLE_PX - 0.4 / 0.72 * 240.0 / math.tan(math.radians(40.0))
NEAR_PX = 12.0
DETECTION_S = 30.0


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / 'box.xml'
    path.write_text(SCENE)
    return path


class Eye:
    """The newest pictures of a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.images = simulator.probe.collect(Image, 'camera/image_raw')

    def picture(self) -> Any:
        """Return a picture that was begun after this call.

        Where the computer is busy, a queue of older ones and one in the making come before it.
        """
        count = len(self.images)
        older = qos.SENSOR_DATA.depth + 1
        wait_until(lambda: len(self.images) > count + older, 'a fresh picture')
        image = self.images[-1]
        return np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)

    def column_of_red(self) -> float:
        """Return the middle column of the red box in a fresh picture, NaN without one."""
        pixels = self.picture()
        columns = np.nonzero((pixels[:, :, 0] > 150) & (pixels[:, :, 1:].max(axis=2) < 80))[1]
        return float(columns.mean()) if len(columns) else math.nan

    def wait_for_red_at(self, column: float, what: str) -> None:
        """Wait until the red box is near a column."""
        wait_until(lambda: abs(self.column_of_red() - column) < NEAR_PX, what)


def set_paths(simulator: Simulator, request: SetPaths.Request) -> SetPaths.Response:
    return simulator.probe.call(SetPaths, 'simulator/set_paths', request)


def test_a_body_follows_its_path_in_the_picture_and_a_reset_puts_it_back(
    start_simulator, scene: Path
) -> None:
    simulator: Simulator = start_simulator(scene=scene)
    eye = Eye(simulator)
    eye.wait_for_red_at(MIDDLE_PX, 'the box is ahead')
    answer = set_paths(simulator, paths_request((0.0, 0.5), {'box': (AHEAD, LEFT)}))
    assert (answer.success, answer.message) == (True, '')
    eye.wait_for_red_at(LEFT_PX, 'the box is at the left')
    assert simulator.probe.call(Trigger, 'simulator/reset').success
    eye.wait_for_red_at(MIDDLE_PX, 'the box is ahead again')


def test_paths_run_on_simulated_time(start_simulator, scene: Path) -> None:
    simulator: Simulator = start_simulator(scene=scene, lock_step='true')
    eye = Eye(simulator)
    request = paths_request((0.0, 1.0, 2.0), {'box': (AHEAD, LEFT, AHEAD)}, loop=True)
    assert set_paths(simulator, request).success
    assert abs(eye.column_of_red() - MIDDLE_PX) < NEAR_PX
    for column in (LEFT_PX, MIDDLE_PX, LEFT_PX):
        step = StepSimulation.Request(steps=500)
        assert simulator.probe.call(StepSimulation, 'simulator/step', step).success
        assert abs(eye.column_of_red() - column) < NEAR_PX
    # Time stands still, and so does the box.
    assert abs(eye.column_of_red() - LEFT_PX) < NEAR_PX


def test_a_paused_simulator_shows_where_a_path_begins(start_simulator, scene: Path) -> None:
    simulator: Simulator = start_simulator(scene=scene)
    assert simulator.probe.call(SetBool, 'simulator/set_pause', SetBool.Request(data=True)).success
    eye = Eye(simulator)
    assert set_paths(simulator, paths_request((0.0, 0.1), {'box': (LEFT, AHEAD)})).success
    eye.wait_for_red_at(LEFT_PX, 'the box is at the left')


def good() -> SetPaths.Request:
    return paths_request((0.0, 1.0), {'box': (AHEAD, LEFT)})


def led(body: str) -> SetPaths.Request:
    return paths_request((0.0, 1.0), {body: (AHEAD, LEFT)})


def ending(*transforms: Transform) -> SetPaths.Request:
    """Return a good request whose last point has these poses."""
    request = good()
    request.trajectory.points[1].transforms = list(transforms)
    return request


def turned(w: float) -> Transform:
    return Transform(rotation=Quaternion(w=w))


def placed(y: float) -> Transform:
    return Transform(translation=Vector3(y=y))


def timed(first_s: int, second_s: int) -> SetPaths.Request:
    request = good()
    for point, second in zip(request.trajectory.points, (first_s, second_s), strict=True):
        point.time_from_start.sec = second
    return request


def named_twice() -> SetPaths.Request:
    request = good()
    request.trajectory.joint_names.append('box')
    for point in request.trajectory.points:
        point.transforms.append(Transform())
    return request


def without_points() -> SetPaths.Request:
    request = good()
    request.trajectory.points.clear()
    return request


def with_points(count: int) -> SetPaths.Request:
    times_s = [0.01 * number for number in range(count)]
    return paths_request(times_s, {'box': (AHEAD,) * count})


BAD_REQUESTS = (
    (paths_request((0.0,), {'box': (LEFT,)}, frame='map'), 'not known; give them in base_link'),
    (timed(1, 1), 'point 1 is at 1 s, after one at 1 s'),
    (timed(-1, 1), 'point 0 is at -1 s'),
    (paths_request((0.0,), {'box': (AHEAD,)}, loop=True), 'needs two points or more'),
    (with_points(MAX_POSES + 1), f'at most {MAX_POSES} poses'),
    (without_points(), '1 bodies and 0 points'),
    (named_twice(), 'box named more than once'),
    (led('nobody'), "no body 'nobody'; bodies that can follow a path: box"),
    (led('ball'), "'ball' is not free of physics"),
    (led('reachy_mini/xl_330'), 'is not free of physics'),
    (ending(), 'point 1 has 0 poses for 1 bodies'),
    (ending(Transform(), Transform()), 'point 1 has 2 poses for 1 bodies'),
    (ending(placed(math.nan)), 'box, point 1:'),
    (ending(turned(math.inf)), 'box, point 1:'),
    (ending(turned(2.0)), 'quaternion has length 2'),
    (ending(turned(0.0)), 'quaternion is all zeros'),
    (ending(placed(1e9)), 'allowed are -100 to 100 m'),
)


def test_bad_paths_are_refused_with_the_reason_and_the_running_one_goes_on(
    start_simulator, scene: Path
) -> None:
    simulator: Simulator = start_simulator(scene=scene)
    assert set_paths(simulator, paths_request((0.0,), {'box': (LEFT,)})).success
    for request, reason in BAD_REQUESTS:
        answer = set_paths(simulator, request)
        assert not answer.success, reason
        assert reason in answer.message, answer.message
    Eye(simulator).wait_for_red_at(LEFT_PX, 'the box is where the good path led it')


def test_after_the_step_limit_paths_are_refused(start_simulator, scene: Path) -> None:
    simulator: Simulator = start_simulator(scene=scene, max_steps=50)
    simulator.wait_status(lambda now: 'stopped' in now.detail, 'the limit')
    answer = set_paths(simulator, paths_request((0.0,), {'box': (LEFT,)}))
    assert not answer.success
    assert 'simulator/reset' in answer.message


def test_a_face_that_moves_is_found_where_it_is(start_simulator) -> None:
    need('skimage', 'mediapipe')
    from bbia_sim_ros.vision.face_model import FaceModel

    model = FaceModel(lambda *_: None, model='full')
    simulator: Simulator = start_simulator(scene='people', lock_step='true')
    eye = Eye(simulator)
    assert len(model.detect(Context(DETECTION_S), image=eye.picture())) == len(PANEL_PLACES_M)
    places = [facing_robot(0.7, y, 0.35) for y in (-0.3, 0.0, 0.3)]
    request = paths_request(
        (0.0, 0.5, 1.0), {'panel_1': places, 'panel_2': (OUT_OF_SIGHT,) * len(places)}
    )
    assert set_paths(simulator, request).success
    for place in places:
        (face,) = model.detect(Context(DETECTION_S), image=eye.picture())
        # Pixels of faces count from the outer edge of the picture.
        focal = 240.0 / math.tan(math.radians(40.0))
        seen = np.array((face.box.x - 320.0, face.box.y - 240.0, focal))
        assert degrees_between(seen, face_in_camera(place)) < 2.0
        step = StepSimulation.Request(steps=250)
        assert simulator.probe.call(StepSimulation, 'simulator/step', step).success


def run_example(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-m', f'bbia_sim_ros.examples.{name}', *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def test_the_example_lets_the_faces_of_the_scene_move(start_simulator) -> None:
    need('skimage')
    simulator: Simulator = start_simulator(scene='people')
    eye = Eye(simulator)
    before = eye.picture().astype(int)
    done = run_example('panels', '4')
    assert (done.returncode, done.stdout) == (0, 'the faces move\n'), done.stderr
    wait_until(lambda: np.abs(eye.picture() - before).mean() > 5.0, 'the picture changes')
    stopped = run_example('panels', '0')
    assert (stopped.returncode, stopped.stdout) == (0, 'the faces stand still\n'), stopped.stderr
    np.testing.assert_array_equal(eye.picture(), eye.picture())


def test_photographs_of_ones_own_are_shown(start_simulator, tmp_path: Path) -> None:
    need('skimage')
    (astronaut,) = find([ASTRONAUT])
    own = tmp_path / 'blue suit.png'
    cv2.imwrite(str(own), cv2.imread(str(astronaut))[:, :, ::-1])
    simulator: Simulator = start_simulator(scene='people', photographs=f"['{own}', '{astronaut}']")
    left, right = np.split(Eye(simulator).picture().astype(int), 2, axis=1)
    blue, orange = (half[:, :, 2] - half[:, :, 0] for half in (left, right))
    assert (blue > 80).sum() > 2000
    assert (orange < -80).sum() > 2000


def test_a_photograph_that_is_not_there_is_said_at_the_start(ros_domain: int) -> None:
    arguments = ('-p', 'scene:=people', '-p', "photographs:=['/nowhere.png']")
    with StackProcess('simulator_node', ros_arguments=arguments) as process:
        assert process.wait() == 2
        assert 'there is no photograph /nowhere.png' in process.output
        assert 'Traceback' not in process.output
