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
from bbia_sim_ros.nodes import vision_output as topics
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.vision_follow import FollowAction
from bbia_sim_ros.nodes.vision_input import VisionInput
from bbia_sim_ros.nodes.vision_output import VisionOutput
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
from bbia_sim_ros.vision.sight import Sight
from bbia_sim_ros.vision.targets import TargetKind

LINGER_S: Final = 3.0
"""How long something is looked for after the last one who wanted it is gone."""
_LOOK_PERIOD_S: Final = 0.1
_REPORT_PERIOD_S: Final = 1.0
_TOPICS: Final = {
    FACES: (topics.FACES, topics.PEOPLE, topics.ANNOTATED),
    LANDMARKS: (topics.HANDS, topics.BODY, topics.ANNOTATED),
    OBJECTS: (topics.OBJECTS, topics.ANNOTATED),
}
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
        self._wanted_s = dict.fromkeys(_TOPICS, -math.inf)
        self._lanes = self._make_lanes(values)
        for lane in self._lanes.values():
            self._cleanup.callback(lane.close)
        self._cleanup.callback(self._end_goals)
        self.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())
        self._report()

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
        audience = self._output.audience()
        for name in self._wanted_by(audience):
            self._wanted_s[name] = now
        wanted = {name for name in self._lanes if now - self._wanted_s[name] <= LINGER_S}
        if wanted:
            self._input.start()
        elif self._input.open:
            self._input.stop()
            self._sight.forget()
        for name, lane in self._lanes.items():
            if lane.wanted != (name in wanted):
                lane.wanted = name in wanted

    def _wanted_by(self, audience: frozenset[str]) -> set[str]:
        wanted = {name for name, shown in _TOPICS.items() if audience & set(shown)}
        if self._follow.wanted is not None:
            wanted.add(_TARGETS[self._follow.wanted])
        if self._questions.asked:
            wanted |= {FACES, OBJECTS}
        if FACES in wanted and self.parameters.value.face_mesh:
            wanted.add(LANDMARKS)
        if topics.HANDS in audience:
            # Whose hands they are is told too.
            wanted.add(FACES)
        return wanted

    def _landmark_parts(self) -> dict[str, frozenset[str]]:
        """Return which landmarks are wanted; in the thread of the lane."""
        audience = self._output.audience()
        shown = topics.ANNOTATED in audience
        parts = {
            'mesh': self.parameters.value.face_mesh,
            'hands': shown or topics.HANDS in audience,
            'pose': shown or topics.BODY in audience,
        }
        return {'parts': frozenset(name for name, wanted in parts.items() if wanted)}

    def _on_faces(self, frame: Frame, faces: tuple[Face, ...]) -> None:
        seen = self._sight.on_faces(frame, faces)
        self._output.show_faces(frame, seen)
        self._output.show_annotated(frame, seen)

    def _on_landmarks(self, frame: Frame, landmarks: Landmarks) -> None:
        seen = self._sight.on_landmarks(frame, landmarks)
        self._output.show_landmarks(frame, seen)
        if FACES not in self._lanes:
            self._output.show_annotated(frame, seen)

    def _on_things(self, frame: Frame, things: tuple[Thing, ...]) -> None:
        seen = self._sight.on_things(frame, things)
        self._output.show_things(frame, seen)
        if not {FACES, LANDMARKS} & self._lanes.keys():
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

    def _report(self) -> None:
        self._report_camera()
        self._report_detectors()

    def _report_camera(self) -> None:
        source = self._input
        problems = []
        if self._is_blind():
            problems.append(f'no picture for {source.silent_s:.0f} s: does the camera run?')
        elif source.open and source.problem:
            problems.append(source.problem)
        problems += [f'{count} refused: {why}' for why, count in source.refused.items()]
        state = 'pictures come' if source.open else 'nobody wants to see anything'
        tracker = self._sight.tracker
        self._diagnostics.update(
            'camera',
            Level.WARN if problems else Level.OK,
            '; '.join(problems) or state,
            {
                'pictures': str(source.arrived),
                'refused': str(source.refused.total()),
                'people': str(len(tracker.people)),
                'people, pictures out of order': str(tracker.refused),
                'people, times begun anew': str(tracker.resets),
                'people, faces not used': str(tracker.ignored),
            },
        )

    def _report_detectors(self) -> None:
        obstacles = [one.obstacle for one in self._detectors.values() if one.obstacle]
        problems = [f'{name}: {lane.problem}' for name, lane in self._lanes.items() if lane.problem]
        looking = [name for name, lane in self._lanes.items() if lane.wanted]
        values = {name: one.obstacle or one.reason for name, one in self._detectors.items()}
        for name, lane in self._lanes.items():
            values[f'{name} looked at'] = str(lane.done)
            values[f'{name} passed over'] = str(lane.passed_over)
            values[f'{name} failed'] = str(lane.failed)
            values[f'{name} latency'] = f'{lane.latency_s:.3f} s'
        self._diagnostics.update(
            'detectors',
            Level.WARN if obstacles or problems else Level.OK,
            '; '.join((*obstacles, *problems)) or f'looking for: {", ".join(looking) or "nothing"}',
            values,
        )

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
