"""Which processes have shared memory for pictures; their profile differs in nothing else."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bbia_sim_ros import stack

SIZES = ('segment_size', 'maxMessageSize')


def sizes(profile: Path) -> list[float]:
    elements = ElementTree.parse(profile).iter()
    return [float(one.text or '') for one in elements if local_name(one) in SIZES]


def profile_without_sizes(profile: Path) -> list[tuple[str, str]]:
    elements = ElementTree.parse(profile).iter()
    return [
        (local_name(one), (one.text or '').strip())
        for one in elements
        if local_name(one) not in SIZES
    ]


def local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition('}')[2]


@pytest.mark.parametrize('discovery', ['LOCALHOST', 'SUBNET'])
def test_only_what_publishes_pictures_has_shared_memory_for_them(discovery: str) -> None:
    current = {'ROS_AUTOMATIC_DISCOVERY_RANGE': discovery}
    current.update(stack.environment(current))
    large = Path(current['FASTDDS_DEFAULT_PROFILES_FILE'])
    for process in stack.plan({'camera': '/dev/video0'}):
        added = process.variables(current)
        if process.name in {'robot', 'camera'}:
            assert added == {}
            continue
        small = Path(added['FASTDDS_DEFAULT_PROFILES_FILE'])
        assert sizes(small) == [number / 4 for number in sizes(large)]
        assert profile_without_sizes(small) == profile_without_sizes(large)
        inside = {**current, **added}
        assert stack.environment(inside)['FASTDDS_DEFAULT_PROFILES_FILE'] == str(large)


def test_a_profile_of_the_persons_own_is_that_of_every_process() -> None:
    for process in stack.plan({}):
        assert process.variables({'FASTDDS_DEFAULT_PROFILES_FILE': '/mine.xml'}) == {}
        assert process.variables({}) == {}
