"""A running simulator and a probe in a ROS domain of their own."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.simulator import Simulator

Start = Callable[..., Simulator]


@pytest.fixture
def start_simulator(ros_domain: int) -> Iterator[Start]:
    """Return a function that starts a simulator with parameters and waits until it is there."""
    with ExitStack() as cleanup:

        def start(namespace: str = '', **parameters: object) -> Simulator:
            arguments = [f'-p{name}:={value}' for name, value in parameters.items()]
            split = [part for text in arguments for part in ('-p', text.removeprefix('-p'))]
            remap = ['-r', f'__ns:=/{namespace}'] if namespace else []
            process = cleanup.enter_context(
                StackProcess('simulator_node', ros_arguments=(*split, *remap))
            )
            return Simulator(process, cleanup.enter_context(probe(namespace)))

        yield start


@pytest.fixture
def ros_probe(ros_domain: int) -> Iterator[Probe]:
    """A probe in the test's own domain."""
    with probe() as made:
        yield made
