"""The day of `test/support/day.py` as an animated picture: lived once, then drawn offline.

All that is shown was measured while the real nodes lived it: the joints, where the panel with the
face was led, and what the behavior node said it did. The physics is led along the measured joints
again, which closes the loops of the platform. One camera looks at the robot, `room` past it at the
face, which is hidden while nobody is there. Stretches in which nothing moves, while models are
loaded, are left out. The rest is played twice as fast, but some seconds of the dance in their own
time.

    ./bbia run python bench/day_film.py docs/images/day.webp [--recording day.npz]

A recording that exists is drawn again, one that does not is written. Needs an off-screen OpenGL.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from PIL import ImageDraw  # noqa: E402
from PIL import ImageFont  # noqa: E402

from bbia_sim_ros.nodes.messages import seconds  # noqa: E402
from bbia_sim_ros.robot.names import ACTUATED_JOINTS  # noqa: E402
from bbia_sim_ros.robot.names import FloatArray  # noqa: E402
from bbia_sim_ros.robot.poses import pose_from_euler  # noqa: E402
from bbia_sim_ros.simulation.assets import prepare  # noqa: E402
from bbia_sim_ros.simulation.camera import STUDIO_CAMERA  # noqa: E402
from bbia_sim_ros.simulation.camera import CameraSettings  # noqa: E402
from bbia_sim_ros.simulation.camera import CameraWorker  # noqa: E402
from bbia_sim_ros.simulation.paths import Paths  # noqa: E402
from bbia_sim_ros.simulation.people_scene import PANEL_NAMES  # noqa: E402
from bbia_sim_ros.simulation.people_scene import PEOPLE  # noqa: E402
from bbia_sim_ros.simulation.physics import Physics  # noqa: E402
from support.day import Day  # noqa: E402
from support.day import day  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.face_scene import OUT_OF_SIGHT  # noqa: E402

WIDTH_PX, PICTURE_PX, STRIP_PX = 480, 270, 30
FRAMES_PER_S = 4.0
SPEED, DANCING_SPEED = 2.0, 1.0
DANCING_S = 7.0
LAST_FRAME_MS = 2500
# What moves more slowly is breathing.
STILL_RAD_PER_S = 0.35
AROUND_S = 0.7
# How long a face that has come is shown, whether or not something moves.
STARE_S = 1.0
# How long before its answer a spoken order is shown.
ORDER_S = 4.0
SETTLE_S = 1.0
# Under the floor: out of the robot's sight is in that of its portrait.
HIDDEN = pose_from_euler(z=-5.0)
# Every tenth of the measurements, so that their noise is no motion.
TENTH = 10
WEBP_QUALITY = 60
FONT_PX = 16
STRIP_RGB = (24, 28, 33)
TEXT_RGB = (240, 240, 240)
# What is written under the picture while a behavior is in a stage that begins with these words.
CAPTIONS = (
    ('wake_up', '', 'wakes up'),
    ('greeting', 'looking out', 'sees a face'),
    ('greeting', 'greeting', '"Hello Zoe! Nice to see you."'),
    ('follow_face', '', 'follows the face'),
    ('order', '', 'hears "look left"'),
    ('dance', 'dancing', 'dances, 120 beats a minute'),
    ('dance', 'coming', 'comes to rest'),
    ('dance', '', 'finds the beat of a song'),
    ('go_to_sleep', 'saying', '"I am sleepy. Good night!"'),
    ('go_to_sleep', '', 'goes to sleep'),
)


@dataclass(frozen=True, kw_only=True)
class View:
    """A camera, the size of its picture, px, and the column at which its part of a frame begins."""

    name: str
    width: int
    height: int
    left: int

    def camera(self) -> CameraWorker:
        """Return what renders it."""
        settings = CameraSettings(
            width=self.width, height=self.height, camera=self.name, shadows=True, samples=4
        )
        return CameraWorker(PEOPLE, prepare(), settings)

    def cut(self, picture: Any) -> Any:
        """Return the part that is shown (PICTURE_PX, WIDTH_PX / 2, 3) of a picture."""
        return picture[-PICTURE_PX:, self.left : self.left + WIDTH_PX // 2]


VIEWS = (
    View(name=STUDIO_CAMERA, width=330, height=PICTURE_PX, left=45),
    View(name='room', width=510, height=332, left=146),
)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A day as it was measured; moments are s of the clock of the simulator's stamps.

    `times` (n,) and `joints` (n, 9), rad; `walks` when the panel was led along which times and
    poses; `stages` when which behavior was in which stage; `chapters` their names and moments.
    """

    times: FloatArray
    joints: FloatArray
    walks: list[tuple[float, list[float], list[list[list[float]]]]]
    stages: list[tuple[float, str, str]]
    chapters: list[tuple[str, float, float]]

    def save(self, path: Path) -> None:
        """Write it."""
        told = {name: value for name, value in asdict(self).items() if isinstance(value, list)}
        np.savez_compressed(path, times=self.times, joints=self.joints, told=json.dumps(told))

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read what `save` wrote."""
        with np.load(path) as file:
            told: dict[str, Any] = json.loads(str(file['told']))
            return cls(times=file['times'], joints=file['joints'], **told)


def live() -> Recording:
    """Live a day."""
    with tempfile.TemporaryDirectory() as folder, reserved_domain(), day(Path(folder)) as lived:
        lived.live()
        return recorded(lived)


def recorded(lived: Day) -> Recording:
    """Return what was measured of a day."""
    states = list(lived.robot.simulator.joint_states)
    nine = len(ACTUATED_JOINTS)
    return Recording(
        times=np.array([seconds(state.header.stamp) or 0.0 for state in states]),
        joints=np.array([state.position[:nine] for state in states]),
        walks=[
            (begun, list(times_s), [pose.tolist() for pose in poses])
            for begun, times_s, poses in lived.walks
        ],
        stages=[
            (seconds(one.header.stamp) or 0.0, one.name, one.stage)
            for one in lived.behaviors.statuses
        ],
        chapters=[(one.name, one.begun, one.ended) for one in lived.chapters],
    )


def moments_shown(recording: Recording) -> FloatArray:
    """Return the moments of the frames, s: those of the day around which something moves."""
    dancing = [when for when, _, stage in recording.stages if stage.startswith('dancing')]
    moment, ended = recording.chapters[0][1], recording.chapters[-1][2]
    shown = []
    while moment < ended:
        is_dancing = dancing[0] <= moment <= dancing[-1]
        is_long = is_dancing and moment > dancing[0] + DANCING_S
        if not is_long and _is_shown(recording, moment):
            shown.append(moment)
        moment += (DANCING_SPEED if is_dancing else SPEED) / FRAMES_PER_S
    return np.array(shown)


def _is_shown(recording: Recording, moment: float) -> bool:
    for begun, times_s, poses in recording.walks:
        lasted = moment - begun
        if len(poses) > 1 and 0.0 < lasted < times_s[-1] + STARE_S:
            return True
    answered = next(ended for name, _, ended in recording.chapters if name == 'order')
    return answered - ORDER_S < moment < answered or _moves(recording, moment)


def _moves(recording: Recording, moment: float) -> bool:
    first, last = np.searchsorted(recording.times, (moment - AROUND_S, moment + AROUND_S))
    times, joints = recording.times[first:last:TENTH], recording.joints[first:last:TENTH]
    if len(times) < 2:
        return False
    speeds = np.abs(np.diff(joints, axis=0)) / np.maximum(np.diff(times), 1e-3)[:, None]
    return bool(speeds.max() > STILL_RAD_PER_S)


def caption(recording: Recording, moment: float) -> str:
    """Return what is written under the picture."""
    chapter = next(name for name, _, ended in recording.chapters if moment <= ended)
    told = [(name, stage) for when, name, stage in recording.stages if when <= moment]
    doing, stage = told[-1] if told else ('', '')
    if doing != chapter:
        stage = ''
    return next(
        text for name, begin, text in CAPTIONS if name == chapter and stage.startswith(begin)
    )


def led(recording: Recording, moments: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield what the camera needs at each moment: qpos and mocap of the physics, led along."""
    physics = Physics.load(PEOPLE, prepare())
    walks = list(recording.walks)
    start = moments[0] - SETTLE_S
    try:
        for moment in moments:
            while (now := start + physics.time) < moment:
                if walks and walks[0][0] <= now:
                    _, times_s, poses = walks.pop(0)
                    physics.set_paths(_paths(times_s, poses))
                physics.set_targets(_joints_at(recording, now))
                physics.step()
            yield physics.qpos, physics.mocap
    finally:
        physics.close()


def _joints_at(recording: Recording, moment: float) -> FloatArray:
    index = min(np.searchsorted(recording.times, moment), len(recording.times) - 1)
    measured: FloatArray = recording.joints[index]
    return measured


def _paths(times_s: list[float], poses: list[list[list[float]]]) -> Paths:
    places = [HIDDEN if np.allclose(pose, OUT_OF_SIGHT) else pose for pose in poses]
    both = [[place, HIDDEN] for place in places]
    return Paths(bodies=PANEL_NAMES, times_s=tuple(times_s), poses=np.array(both))


def draw(recording: Recording) -> list[Image.Image]:
    """Return the frames."""
    moments = moments_shown(recording)
    cameras = [view.camera() for view in VIEWS]
    frames = []
    try:
        for moment, (qpos, mocap) in zip(moments, led(recording, moments), strict=True):
            parts = [
                view.cut(camera.render(qpos, mocap).rgb)
                for view, camera in zip(VIEWS, cameras, strict=True)
            ]
            frames.append(framed(np.hstack(parts), caption(recording, moment)))
    finally:
        for camera in cameras:
            camera.close()
    return frames


def framed(picture: Any, text: str) -> Image.Image:
    """Return a picture (height, width, 3), RGB, with a strip and a text under it."""
    frame = Image.new('RGB', (WIDTH_PX, PICTURE_PX + STRIP_PX), STRIP_RGB)
    frame.paste(Image.fromarray(picture))
    place = (WIDTH_PX // 2, PICTURE_PX + STRIP_PX // 2)
    font = ImageFont.load_default(FONT_PX)
    ImageDraw.Draw(frame).text(place, text, font=font, fill=TEXT_RGB, anchor='mm')
    return frame


def main() -> None:
    """Live or read a day, and write its film."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=Path, help='WebP file to write')
    parser.add_argument('--recording', type=Path, help='NPZ file to read, or to write if absent')
    given = parser.parse_args()
    if given.recording is not None and given.recording.is_file():
        recording = Recording.load(given.recording)
    else:
        recording = live()
        if given.recording is not None:
            recording.save(given.recording)
    frames = draw(recording)
    durations = [round(1000.0 / FRAMES_PER_S)] * (len(frames) - 1) + [LAST_FRAME_MS]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    frames[0].save(
        given.out,
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        quality=WEBP_QUALITY,
        method=6,
    )
    print(f'{given.out}: {len(frames)} frames, {given.out.stat().st_size / 1000:.0f} kB')


if __name__ == '__main__':
    main()
