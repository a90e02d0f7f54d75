"""A node with toy models, and how a test sees it; run as a process by `toy_owner`.

Its parameter `models` is a JSON list of what is special in each `ModelSpec`. The service
`~/occupy/MODEL` (std_srvs/Trigger) makes a model busy until the file MODEL is in `folder`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from bbia_sim_ros.models.parameters import ModelParameters
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.parameters import parameter
from support.ros import ROOT
from support.ros import StackProcess

_SPIN_SLICE_S = 0.05
_WORK_DEADLINE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class ToyParameters(ModelParameters):
    """Parameters of the node."""

    models: str = parameter('[]', 'The models as JSON.', read_only=True)
    folder: str = parameter('', 'Where the files are that end work.', read_only=True)


class ToyOwnerNode(Node):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__('toys')
        self.parameters = NodeParameters(self, ToyParameters, on_change=self._on_parameters)
        values = self.parameters.value
        diagnostics = Diagnostics(self, hardware_id='none')
        self._owner = ModelOwner(self, values.pool_limits(), diagnostics)
        for fields in json.loads(values.models):
            special = {'engine': 'toy', 'factory': 'support.toy_models:Toy', **fields}
            self._owner.pool.add(ModelSpec(**special))
            self._offer_work(special['name'], Path(values.folder) / special['name'])

    def _offer_work(self, model: str, end: Path) -> None:
        def work(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            self._owner.pool.request(
                model, 'until', {'path': str(end)}, deadline_s=_WORK_DEADLINE_S
            )
            response.success = True
            return response

        self.create_service(Trigger, f'~/occupy/{model}', work)

    def _on_parameters(self, before: ToyParameters, after: ToyParameters) -> None:
        self._owner.pool.limits = after.pool_limits()

    def destroy_node(self) -> None:
        """Unload the models, destroy the node."""
        self._owner.close()
        super().destroy_node()


@contextmanager
def toy_owner(
    *models: dict[str, Any], name: str = 'toys', folder: Path | None = None, **parameters: object
) -> Iterator[StackProcess]:
    """Run the node with these models, and parameters, until the end of the block."""
    values = {'models': json.dumps(json.dumps(models)), **parameters}
    if folder is not None:
        values['folder'] = json.dumps(str(folder))
    pairs = [('-p', f'{key}:={value}') for key, value in values.items()]
    arguments = [text for pair in pairs for text in pair]
    with StackProcess(
        ros_arguments=('-r', f'__node:={name}', *arguments),
        module='support.model_owner_node',
        PYTHONPATH=os.pathsep.join((str(ROOT / 'test'), os.environ.get('PYTHONPATH', ''))),
    ) as process:
        yield process


def main() -> int:
    """Run the node; return the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = ToyOwnerNode()
    executor = EventsExecutor()
    executor.add_node(node)
    while not stop.is_set():
        executor.spin_once(_SPIN_SLICE_S)
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
