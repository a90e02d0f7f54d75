"""Nodes that run, each in a ROS domain of its own, and those who talk to them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

from support.behaving import Behaving
from support.behaving import behaving
from support.bridge import Bridge
from support.bridge import RawClient
from support.bridge import running_bridge
from support.bridge_player import playing
from support.domains import reserved_domain
from support.eyes import Camera
from support.eyes import Eyes
from support.eyes import eyes
from support.motion import Robot
from support.motion import running_robot
from support.ros import StackProcess
from support.ros import probe
from support.sights import portrait
from support.simulator import Simulator
from support.waiting import wait_until

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


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    """A bridge with its usual parameters, shared by the tests of a module."""
    with reserved_domain(), running_bridge() as made:
        yield made


@pytest.fixture
def client(bridge: Bridge) -> Iterator[RawClient]:
    """A client of the module's bridge."""
    with bridge.client() as made:
        yield made


@pytest.fixture
def player(bridge: Bridge) -> Iterator[list[Any]]:
    """The goals of an action server /play beside the module's bridge."""
    with playing(bridge) as goals:
        yield goals


@pytest.fixture(scope='module')
def seeing() -> Iterator[tuple[Eyes, Camera]]:
    """A vision node of the whole module, and its camera."""
    with (
        reserved_domain(),
        probe() as made,
        eyes(made, colors='[red]', tags='DICT_4X4_50') as someone,
        Camera(made) as camera,
    ):
        yield someone, camera


@pytest.fixture
def watched(seeing: tuple[Eyes, Camera]) -> Iterator[Eyes]:
    """The same: nobody watches, and the camera shows the portrait."""
    someone, camera = seeing
    camera.picture, camera.fields, camera.late_s = portrait(), None, 0.0
    camera.focal_px, camera.head = 500.0, np.eye(4)
    yield someone
    someone.leave()


@pytest.fixture
def camera(seeing: tuple[Eyes, Camera]) -> Camera:
    """The camera of the module's vision node."""
    return seeing[1]


@pytest.fixture(scope='module')
def sensing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behaving]:
    """A behavior node that the tests of a file share; it may use the network."""
    folder = tmp_path_factory.mktemp('behaving')
    with reserved_domain(), probe() as made, behaving(made, folder, network='true') as asked:
        yield asked


@pytest.fixture
def stage(sensing: Behaving) -> Behaving:
    """The shared node, with no behavior running."""
    wait_until(lambda: sensing.status.state == 'idle', 'no behavior')
    return sensing
