"""A running behavior node that knows the behaviors of the tests, and somebody who asks for them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.action import ActionClient

from bbia_msgs.action import Behave
from bbia_msgs.msg import BehaviorInfo
from bbia_msgs.msg import BehaviorStatus
from bbia_msgs.srv import ListBehaviors
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message
from support import acted_behaviors
from support.motion import Goal
from support.ros import ROOT
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

ACTED = ('Tilt', 'Sway', 'Urgent', 'Loop', 'Raise', 'Sense', 'Talk', 'Spy')


class Behaving:
    """Asks the node `behavior` for behaviors and keeps all that it tells."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.statuses = probe.collect(BehaviorStatus, 'behavior/status', qos.LATCHED)
        self._diagnostics = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        self._client: Any = probe.make(lambda node: ActionClient(node, Behave, 'behave'))
        wait_until(self._ready, 'the action behave')
        wait_until(lambda: self.statuses, 'the node tells its status')

    def _ready(self) -> bool:
        assert self.process.process.poll() is None, self.process.output
        return bool(self._client.server_is_ready())

    def begin(self, name: str, priority: int = 0, **parameters: Any) -> Goal:
        """Begin a behavior."""
        return self.begin_with(name, json.dumps(parameters) if parameters else '', priority)

    def begin_with(self, name: str, parameters: str, priority: int = 0) -> Goal:
        """Begin a behavior with parameters as text."""
        feedback: list[Any] = []
        sent = self._client.send_goal_async(
            Behave.Goal(name=name, parameters=parameters, priority=priority),
            feedback_callback=lambda message: feedback.append(message.feedback),
        )
        wait_until(sent.done, 'the goal is answered')
        return Goal('behave', sent.result(), feedback)

    def done(self, name: str, **parameters: Any) -> str:
        """Return what a behavior says that it did."""
        _, result = self.begin(name, **parameters).outcome(60.0)
        assert result.success, result.message
        return str(result.message)

    def refused(self, name: str, **parameters: Any) -> str:
        """Return why a behavior did not run to its end."""
        _, result = self.begin(name, **parameters).outcome(60.0)
        assert not result.success, result.message
        return str(result.message)

    def sensed(self, what: str, **parameters: Any) -> str:
        """Return what the behavior `sense` says."""
        return self.done('sense', what=what, **parameters)

    def listed(self, containing: str = '') -> dict[str, BehaviorInfo]:
        """Return the known behaviors by name."""
        answer = self.probe.call(
            ListBehaviors, 'behavior/list', ListBehaviors.Request(filter=containing)
        )
        assert answer.success
        return {one.name: one for one in answer.behaviors}

    def wait_available(self, name: str) -> None:
        """Wait until all that a behavior needs is there."""
        wait_until(lambda: self.listed(name)[name].available, f'{name} can be started')

    @property
    def status(self) -> BehaviorStatus:
        """The newest status."""
        return self.statuses[-1]

    def wait_stage(self, stage: str) -> None:
        """Wait until a behavior is in a step."""
        wait_until(lambda: self.status.stage == stage, f'{stage}; it is {self.status}')

    def part(self, name: str) -> DiagnosticStatus | None:
        """What `/diagnostics` says last of a part of the node."""
        for message in reversed(self._diagnostics):
            for status in message.status:
                if status.name.endswith(f'behavior: {name}'):
                    return status
        return None


def install(folder: Path) -> Path:
    """Install a package with the behaviors of `acted_behaviors` into a folder, as pip does."""
    info = folder / 'acted_behaviors-1.0.dist-info'
    info.mkdir(parents=True)
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: acted-behaviors\nVersion: 1.0\n')
    module = acted_behaviors.__name__
    rows = '\n'.join(f'{name.lower()} = {module}:{name}' for name in ACTED)
    (info / 'entry_points.txt').write_text(f'[bbia_sim_ros.behaviors]\n{rows}\n')
    return folder


@contextmanager
def behaving(probe: Probe, folder: Path, **parameters: Any) -> Iterator[Behaving]:
    """Return somebody who asks a behavior node that keeps its things in a folder."""
    given = {
        'storage_folder': folder / 'storage',
        'pictures_folder': folder / 'pictures',
        'idle_life': 'false',
        **parameters,
    }
    arguments = tuple(part for name, value in given.items() for part in ('-p', f'{name}:={value}'))
    path = [str(install(folder / 'packages')), str(ROOT / 'test'), os.environ.get('PYTHONPATH', '')]
    with StackProcess(
        'behavior_node', ros_arguments=arguments, PYTHONPATH=os.pathsep.join(filter(None, path))
    ) as process:
        yield Behaving(process, probe)
        if process.process.poll() is None:
            assert process.stop() == 0
        assert 'Traceback' not in process.output, process.output


@contextmanager
def published(made: Probe, kind: Any, topic: str, quality: Any) -> Iterator[Any]:
    """Return a publisher that goes at the end of the block, so that the part is missing again."""
    publisher = made.make(lambda node: node.create_publisher(kind, topic, quality))
    try:
        yield publisher
    finally:
        made.make(lambda node: node.destroy_publisher(publisher))


def stamped(made: Probe, ago_s: float = 0.0) -> Any:
    return time_message(made.node.get_clock().now().nanoseconds * 1e-9 - ago_s)


def until_over(goal: Goal, publish: Callable[[], None]) -> Any:
    """Publish again and again until a behavior is over; return its result."""

    def look() -> bool:
        publish()
        return goal.over

    wait_until(look, 'the behavior ends')
    return goal.outcome()[1]
