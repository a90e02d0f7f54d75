"""A head that follows a face: camera, tracker, follower, motion and servos in a closed loop."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.follower import Follower
from bbia_sim_ros.vision.follower import Gaze
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.view import View
from bbia_sim_ros.vision.view import angle_between
from support.people import face_at
from support.people import head_camera
from support.stage import DT_S
from support.stage import Stage

FRAME_S: Final = 0.1
GAZE_S: Final = 0.05
# Camera, transport and detector together.
PICTURE_DELAY_S: Final = 0.12
SERVO_DELAY_S: Final = 0.03
SERVO_TIME_CONSTANT_S: Final = 0.06

Walk = Callable[[float], FloatArray | None]

_EMOTIONS: Final = Path(__file__).resolve().parents[2] / 'config' / 'emotions.yaml'


def awake_stage() -> Stage:
    """Return a stage with the body at rest, without idle motion."""
    mood = EmotionSet.load([_EMOTIONS]).get('neutral').mood
    stage = Stage(MotionMixer(limits=MotionLimits(), reach=BoxReach(), mood=mood))
    stage.mixer.layers.idle_enabled = False
    stage.mixer.begin(NEUTRAL)
    stage.run(0.6)
    return stage


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One control period: time (s), yaw of the head and error (rad), and what the follower said."""

    t: float
    yaw: float
    error: float
    gaze: Gaze | None


@dataclass
class FollowingHead:
    """See the module's docstring.

    ``pose_error_s``: how much older the head pose is than the picture it is taken to belong to.
    """

    stage: Stage = field(default_factory=awake_stage)
    follower: Follower = field(default_factory=Follower)
    tracker: PeopleTracker = field(default_factory=PeopleTracker)
    noise_px: float = 2.0
    pose_error_s: float = 0.02
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the head at rest."""
        self.t = 0.0
        self._actual = NEUTRAL.values.copy()
        self._orders = deque([self._actual] * (round(SERVO_DELAY_S / DT_S) + 1), maxlen=4)
        self._poses = deque([head_pose_of(self._actual)] * 10, maxlen=10)
        self._rng = np.random.default_rng(5)
        self._due: deque[tuple[float, View, list[Face]]] = deque()
        self._frames = self._gazes = 0
        self._gaze: Gaze | None = None

    def run(self, walk: Walk, seconds: float) -> list[Moment]:
        """Let the target go where a walk leads it in `head_neutral`; None: it is not there."""
        begin = len(self.moments)
        for _ in range(round(seconds / DT_S)):
            self._step(walk)
        return self.moments[begin:]

    def _step(self, walk: Walk) -> None:
        self.t += DT_S
        pose = self._move_head()
        target = walk(self.t)
        if self.t >= self._frames * FRAME_S:
            self._frames += 1
            self._take_picture(target, pose)
        self._see_pictures()
        if self.t >= self._gazes * GAZE_S:
            self._gazes += 1
            self._gaze = self.follower.step(self.t, pose)
            if self._gaze.point is not None:
                self.stage.mixer.gaze.push(self._gaze.point, self.stage.now)
        error = math.nan
        if target is not None:
            optical = pose @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME]
            error = angle_between(optical[:3, 2], target - optical[:3, 3])
        yaw = math.atan2(pose[1, 0], pose[0, 0])
        self.moments.append(Moment(t=self.t, yaw=yaw, error=error, gaze=self._gaze))

    def _move_head(self) -> FloatArray:
        self._orders.append(self.stage.step().body.values)
        share = 1.0 - math.exp(-DT_S / SERVO_TIME_CONSTANT_S)
        self._actual = self._actual + share * (self._orders[0] - self._actual)
        pose = head_pose_of(self._actual)
        self._poses.append(pose)
        return pose

    def _take_picture(self, target: FloatArray | None, pose: FloatArray) -> None:
        believed = self._poses[-1 - round(self.pose_error_s / DT_S)]
        lens = head_camera()
        view = View.of_head(lens, head_pose=believed, stamp_s=self.t)
        shown = View.of_head(lens, head_pose=pose, stamp_s=self.t)
        faces: list[Face] = []
        pixel = None if target is None else shown.pixel(target)
        if target is not None and pixel is not None and _inside(pixel, shown):
            faces = [face_at(shown, target, noise_px=self.noise_px, rng=self._rng)]
        self._due.append((self.t + PICTURE_DELAY_S, view, faces))

    def _see_pictures(self) -> None:
        while self._due and self._due[0][0] <= self.t:
            _, view, faces = self._due.popleft()
            for person in self.tracker.update(faces, view)[:1]:
                if person.visible:
                    self.follower.observe(person.position, view.stamp_s, target=person.id)


def _inside(pixel: tuple[float, float], view: View) -> bool:
    return 0.0 < pixel[0] < view.width and 0.0 < pixel[1] < view.height
