"""What the node `vision` says of itself on `/diagnostics`: `camera` and `detectors`.

Once a second, in the executor's thread. A refusal is warned of when it happened since the report
before, a detector's problem while the detector is wanted; the counts of all time are among the
values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping
from typing import Final

from rclpy.node import Node

from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.vision_input import VisionInput
from bbia_sim_ros.vision.detectors import Detector
from bbia_sim_ros.vision.lane import Lane
from bbia_sim_ros.vision.people import PeopleTracker

_PERIOD_S: Final = 1.0


class VisionReport:
    """See the module's docstring; ``blind`` tells whether the camera is missed."""

    def __init__(
        self,
        node: Node,
        diagnostics: Diagnostics,
        *,
        source: VisionInput,
        blind: Callable[[], bool],
        tracker: PeopleTracker,
        detectors: Mapping[str, Detector],
        lanes: Mapping[str, Lane],
    ) -> None:
        self._diagnostics = diagnostics
        self._source = source
        self._blind = blind
        self._tracker = tracker
        self._detectors = detectors
        self._lanes = lanes
        self._told_refused: Counter[str] = Counter()
        node.create_timer(_PERIOD_S, self._report, clock=steady_clock())
        self._report()

    def _report(self) -> None:
        self._report_camera()
        self._report_detectors()

    def _report_camera(self) -> None:
        source, tracker = self._source, self._tracker
        problems = []
        if self._blind():
            problems.append(f'no picture for {source.silent_s:.0f} s: does the camera run?')
        elif source.open and source.problem:
            problems.append(source.problem)
        refused = source.refused.copy()
        problems += [
            f'{count} refused: {why}' for why, count in (refused - self._told_refused).items()
        ]
        self._told_refused = refused
        state = 'pictures come' if source.open else 'nobody wants to see anything'
        self._diagnostics.update(
            'camera',
            Level.WARN if problems else Level.OK,
            '; '.join(problems) or state,
            {
                'pictures': str(source.arrived),
                'refused': str(refused.total()),
                'people': str(len(tracker.people)),
                'people, pictures out of order': str(tracker.refused),
                'people, times begun anew': str(tracker.resets),
                'people, faces not used': str(tracker.ignored),
            },
        )

    def _report_detectors(self) -> None:
        obstacles = [one.obstacle for one in self._detectors.values() if one.obstacle]
        looking = {name: lane for name, lane in self._lanes.items() if lane.wanted}
        problems = [f'{name}: {lane.problem}' for name, lane in looking.items() if lane.problem]
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
