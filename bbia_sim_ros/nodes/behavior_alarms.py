"""Rings the alarms of `behaviors/alarms.py` when their time comes, as the behavior `alarm_ring`.

It is a goal of the action `behave` like any other, so that whoever cancels all goals, as the tool
`stop` of a conversation does, ends the ringing too. The file is read once a second, in the
executor's thread, by the system's clock: an alarm is for people, whatever a simulation does. Those
that are due at the same look ring as one; the time that is told then is the robot's own, whatever
zone they were set in. What cannot be rung is logged with the reason, and told on `/diagnostics` in
`<node>: alarms`. So is a file that cannot be used, until alarms are written again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final

from action_msgs.msg import GoalStatus
from rclpy.node import Node

from bbia_msgs.action import Behave
from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import CLOCK
from bbia_sim_ros.behaviors.alarms import Alarm
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.behaviors.alarms import AlarmError
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.orders import Order
from bbia_sim_ros.nodes.orders import Orders

RING: Final = 'alarm_ring'
_PERIOD_S: Final = 1.0


class AlarmRinger:
    """See the module's docstring; ``folder`` is that of all behaviors."""

    def __init__(self, node: Node, diagnostics: Diagnostics, folder: Path) -> None:
        self._node = node
        self._diagnostics = diagnostics
        self._orders = Orders(node, {'behave': Behave})
        self._path = folder / CLOCK / ALARMS_FILE
        self._book = AlarmBook(self._path)
        self._not_rung = ''
        self._broken = ''
        node.create_timer(_PERIOD_S, self._look, clock=steady_clock())

    def _look(self) -> None:
        if not self._orders.there('behave'):
            return
        try:
            due = self._book.take_due(datetime.now(UTC))
            following = self._book.next()
        except AlarmError as error:
            if str(error) != self._broken:
                self._broken = str(error)
                self._node.get_logger().error(self._broken)
            self._diagnostics.update('alarms', Level.ERROR, self._broken)
            return
        if self._path.exists():
            self._broken = ''
        self._ring(due.ringing, missed=False)
        self._ring(due.missed, missed=True)
        problem = self._book.problem or self._not_rung
        told = 'no alarm is set' if following is None else f'the next is {_in_words(following)}'
        self._diagnostics.update(
            'alarms',
            Level.WARN if problem or self._broken else Level.OK,
            '; '.join(filter(None, (told, self._broken, problem))),
        )

    def _ring(self, alarms: Sequence[Alarm], *, missed: bool) -> None:
        if not alarms:
            return
        parameters: dict[str, object] = {
            'label': ', '.join(alarm.label for alarm in alarms if alarm.label)
        }
        if missed:
            parameters |= {'missed': True, 'time': f'{alarms[0].at:%H:%M}'}
        order = self._orders.dispatch(
            'behave',
            Behave.Goal(name=RING, parameters=json.dumps(parameters)),
            on_change=lambda: self._note(order, f'{alarms[0].at:%H:%M}'),
        )

    def _note(self, order: Order, at: str) -> None:
        if not order.ended.is_set():
            return
        self._not_rung = ''
        if order.status == GoalStatus.STATUS_ABORTED:
            self._not_rung = f'the alarm of {at} was not rung to its end: {order.result.message}'
            self._node.get_logger().error(self._not_rung)


def _in_words(alarm: Alarm) -> str:
    label = f' ({alarm.label})' if alarm.label else ''
    return f'{alarm.at:%H:%M} {alarm.zone}{label}, {alarm.due:%Y-%m-%d %H:%M} UTC'
