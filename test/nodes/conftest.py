"""A running simulator and a probe in a ROS domain of their own."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.domains import reserved_domain
from support.motion import Robot
from support.motion import running_robot
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


@pytest.fixture(scope='module')
def robot() -> Iterator[Robot]:
    """A robot with its motion node, shared by the tests of a module."""
    with reserved_domain(), running_robot() as made:
        yield made


@pytest.fixture(scope='module')
def fast_robot() -> Iterator[Robot]:
    """The same at four times the speed, on simulated time."""
    with reserved_domain(), running_robot(speed=4.0) as made:
        yield made
