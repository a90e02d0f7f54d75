"""Behaviors: what the robot does by itself, one at a time, and idle life in between.

In: the action `behave`, the service `behavior/list` (`nodes/behavior_action.py`), and what the
robot hears, sees and does (`nodes/behavior_robot.py`). Out: `behavior/status` and
`behavior/listening`, latched; `models/status` of the model that finds the rhythm of music. On
`/diagnostics`: `<node>: behaviors`, `<node>: library`, `<node>: alarms`, `<node>: models`.

Who has the body is decided by `behaviors/director.py`; each behavior runs in a thread of its own,
and everything of ROS in the executor's.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from rclpy.node import Node

from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.director import Director
from bbia_sim_ros.behaviors.music import obstacle
from bbia_sim_ros.behaviors.music import rhythm_spec
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes.behavior_action import BehaveAction
from bbia_sim_ros.nodes.behavior_action import StatusPublisher
from bbia_sim_ros.nodes.behavior_alarms import AlarmRinger
from bbia_sim_ros.nodes.behavior_robot import RosRobots
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller

_REPORT_PERIOD_S = 2.0


class BehaviorNode(Node):
    """The node `behavior`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('behavior')
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        self.parameters = NodeParameters(
            self, BehaviorNodeParameters, on_change=self._on_parameters
        )
        values = self.parameters.value
        self._diagnostics = Diagnostics(self, hardware_id='behavior')
        self._owner = ModelOwner(self, values.pool_limits(), self._diagnostics)
        self._cleanup.callback(self._owner.close)
        if not obstacle():
            self._owner.pool.add(rhythm_spec())
        self._catalogue = Catalogue.discover()
        self._director = Director(
            self._catalogue,
            RosRobots(self, self._owner.pool, lambda: self.parameters.value.network),
            values,
            on_status=StatusPublisher(self).publish,
        )
        self._cleanup.callback(self._director.close)
        self._poller = Poller(self)
        self._action = BehaveAction(self, self._poller, self._director)
        self._cleanup.callback(self._action.destroy)
        self._cleanup.callback(self._end_goals)
        AlarmRinger(self, self._diagnostics, values.storage())
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())
        self._report()

    def _on_parameters(self, _: BehaviorNodeParameters, after: BehaviorNodeParameters) -> None:
        self._owner.pool.limits = after.pool_limits()
        self._director.parameters = after

    def _report(self) -> None:
        status, lost = self._director.status, self._director.lost
        most_lost = self.parameters.value.lost_threads_max
        doing = f'{status.name}: {status.stage}' if status.name else 'none runs'
        level = Level.OK
        if lost:
            level = Level.ERROR if lost >= most_lost else Level.WARN
            doing += f'; {lost} of {most_lost} could not be ended and compute in vain'
        if lost >= most_lost:
            doing += ': start the node again'
        self._diagnostics.update(
            'behaviors',
            level,
            doing,
            {'queue': ', '.join(status.queue), 'last end': status.last_end, 'lost': str(lost)},
        )
        problems = list(self._catalogue.problems)
        if obstacle():
            problems.append(f'no rhythm of music can be found: {obstacle()}')
        self._diagnostics.update(
            'library',
            Level.WARN if problems else Level.OK,
            '; '.join((f'{len(self._catalogue.entries)} behaviors', *problems)),
        )

    def destroy_node(self) -> None:
        """End every behavior with a result and the robot at rest, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _end_goals(self) -> None:
        """Let the clients of running goals hear how they ended, and the robot come to rest."""
        self._director.cancel_all('the node behavior ends')

        def still_running() -> bool:
            self._poller.look()
            return self._action.running > 0

        finish_goals(self, still_running)


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['behavior_node', *sys.argv[1:]])
