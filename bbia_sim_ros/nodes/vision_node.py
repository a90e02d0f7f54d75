"""Sees: faces, people with lasting identities, hands, postures and objects before the head camera.

In, only while somebody wants to see: pictures and where the head was (`nodes/vision_input.py`).
Out: `nodes/vision_output.py`, `models/status`; the action `follow` (`nodes/vision_follow.py`), the
services `vision/describe` and `vision/history` (`nodes/vision_services.py`). On `/diagnostics`:
`<node>: camera`, `<node>: detectors`, `<node>: models`.

What is looked for is what somebody subscribes to, follows or asks about, and `LINGER_S` longer;
otherwise the camera is not subscribed to and nothing is computed. Each detector has a thread
(`vision/lane.py`) that waits for its model, which computes in a process of its own.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import ExitStack
from typing import Final

from rclpy.node import Node

from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.vision_follow import FollowAction
from bbia_sim_ros.nodes.vision_input import VisionInput
from bbia_sim_ros.nodes.vision_output import VisionOutput
from bbia_sim_ros.nodes.vision_report import VisionReport
from bbia_sim_ros.nodes.vision_services import VisionServices
from bbia_sim_ros.vision.detectors import FACES
from bbia_sim_ros.vision.detectors import LANDMARKS
from bbia_sim_ros.vision.detectors import OBJECTS
from bbia_sim_ros.vision.detectors import make_detectors
from bbia_sim_ros.vision.follower import FollowerSettings
from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.lane import Lane
from bbia_sim_ros.vision.lane import OnResult
from bbia_sim_ros.vision.parameters import VisionParameters
from bbia_sim_ros.vision.people import PeopleTracker
from bbia_sim_ros.vision.people import TrackerSettings
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Landmarks
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.sight import Sight
from bbia_sim_ros.vision.targets import TargetKind
from bbia_sim_ros.vision.wanted import landmark_parts
from bbia_sim_ros.vision.wanted import wanted_detectors
from bbia_sim_ros.vision.wanted import who_draws

LINGER_S: Final = 3.0
"""How long something is looked for after the last one who wanted it is gone."""
_LOOK_PERIOD_S: Final = 0.1
_TARGETS: Final = {TargetKind.FACE: FACES, TargetKind.OBJECT: OBJECTS}


class VisionNode(Node):
    """The node `vision`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('vision')
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        self.parameters = NodeParameters(self, VisionParameters, on_change=self._on_parameters)
        values = self.parameters.value
        self._diagnostics = Diagnostics(self, hardware_id='vision')
        self._owner = ModelOwner(self, values.pool_limits(), self._diagnostics)
        self._cleanup.callback(self._owner.close)
        self._detectors = make_detectors(values)
        for detector in self._detectors.values():
            if detector.spec is not None:
                self._owner.pool.add(detector.spec)
        self._input = VisionInput(self, transport=values.transport)
        self._sight = Sight(PeopleTracker(_tracker_settings(values)), self._input.view)
        self._output = VisionOutput(
            self,
            history=values.detection_history,
            quality=lambda: self.parameters.value.annotated_quality,
            hri=values.hri_topics,
        )
        self._poller = Poller(self)
        self._follow = FollowAction(
            self,
            self._poller,
            settings=lambda: _follower_settings(self.parameters.value),
            seen=lambda: self._sight.now,
            head_pose=self._input.head_pose,
            obstacle=self._obstacle,
            looks=self._looks,
            blind=self._is_blind,
        )
        self._cleanup.callback(self._follow.destroy)
        self._questions = VisionServices(
            self,
            self._poller,
            values=lambda: self.parameters.value,
            detectors=self._detectors,
            pool=self._owner.pool,
            source=self._input,
            sight=self._sight,
            output=self._output,
        )
        self._lanes = self._make_lanes(values)
        self._wanted_s = dict.fromkeys(self._lanes, -math.inf)
        for lane in self._lanes.values():
            self._cleanup.callback(lane.close)
        self._cleanup.callback(self._end_goals)
        self.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        VisionReport(
            self,
            self._diagnostics,
            source=self._input,
            blind=self._is_blind,
            tracker=self._sight.tracker,
            detectors=self._detectors,
            lanes=self._lanes,
        )

    def _make_lanes(self, values: VisionParameters) -> dict[str, Lane]:
        """Return a lane for each detector that can be used."""
        callbacks: dict[str, OnResult] = {
            FACES: self._on_faces,
            LANDMARKS: self._on_landmarks,
            OBJECTS: self._on_things,
        }
        return {
            name: Lane(
                name,
                pool=self._owner.pool,
                newest=self._input.newest,
                on_result=on_result,
                rate=values.rate,
                deadline_s=values.detect_timeout,
                arguments=self._landmark_parts if name == LANDMARKS else dict,
            )
            for name, on_result in callbacks.items()
            if self._detectors[name].usable
        }

    def _on_parameters(self, before: VisionParameters, after: VisionParameters) -> None:
        self._owner.pool.limits = after.pool_limits()
        for lane in self._lanes.values():
            lane.rate, lane.deadline_s = after.rate, after.detect_timeout

    def _look(self) -> None:
        """Look for what is wanted, and for nothing else."""
        now = time.monotonic()
        target = self._follow.wanted
        asked = bool(self._questions.looking)
        wanted_now = wanted_detectors(
            self.parameters.value,
            self._output.audience(),
            target='' if target is None else _TARGETS[target],
            asked=asked,
        )
        self._wanted_s |= dict.fromkeys(wanted_now, now)
        wanted = {name for name in self._lanes if now - self._wanted_s[name] <= LINGER_S}
        if wanted or asked:
            self._input.start()
        elif self._input.open:
            self._input.stop()
            self._sight.forget()
        for name, lane in self._lanes.items():
            if lane.wanted != (name in wanted):
                lane.wanted = name in wanted

    def _landmark_parts(self) -> dict[str, frozenset[str]]:
        """Return which landmarks are wanted; in the thread of the lane."""
        return {'parts': landmark_parts(self.parameters.value, self._output.audience())}

    def _on_faces(self, frame: Frame, faces: tuple[Face, ...]) -> None:
        seen = self._sight.on_faces(frame, faces)
        self._output.show_faces(frame, seen)
        self._draw(FACES, frame, seen)

    def _on_landmarks(self, frame: Frame, landmarks: Landmarks) -> None:
        seen = self._sight.on_landmarks(frame, landmarks)
        self._output.show_landmarks(frame, seen)
        self._draw(LANDMARKS, frame, seen)

    def _on_things(self, frame: Frame, things: tuple[Thing, ...]) -> None:
        seen = self._sight.on_things(frame, things)
        self._output.show_things(frame, seen)
        self._draw(OBJECTS, frame, seen)

    def _draw(self, name: str, frame: Frame, seen: Seen) -> None:
        """Let one detector's pictures be drawn on."""
        if who_draws({lane: one.problem for lane, one in self._lanes.items()}) == name:
            self._output.show_annotated(frame, seen)

    def _obstacle(self, kind: TargetKind) -> str:
        """Return why a kind of target cannot be seen; '' if it can."""
        detector = self._detectors[_TARGETS[kind]]
        return '' if detector.usable else detector.obstacle or detector.reason

    def _looks(self, kind: TargetKind) -> int:
        """Return how many pictures a kind of target was looked for in, even in vain."""
        lane = self._lanes[_TARGETS[kind]]
        return lane.done + lane.failed

    def _is_blind(self) -> bool:
        return self._input.silent_s > self.parameters.value.frame_timeout

    def destroy_node(self) -> None:
        """End every goal with a result, unload the models, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _end_goals(self) -> None:
        """Let the clients of running goals and questions hear how they ended."""
        self._poller.closing = True
        self._follow.cancel_all()

        def still_running() -> bool:
            self._poller.look()
            return bool(self._follow.running or self._questions.asked)

        finish_goals(self, still_running)


def _tracker_settings(values: VisionParameters) -> TrackerSettings:
    return TrackerSettings(
        appear_sightings=values.appear_sightings,
        leave_after_s=values.leave_time,
        max_people=values.max_people,
    )


def _follower_settings(values: VisionParameters) -> FollowerSettings:
    return FollowerSettings(
        dead_zone_rad=values.dead_zone, wait_s=values.lost_wait, search_s=values.search_time
    )


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['vision_node', *sys.argv[1:]])
