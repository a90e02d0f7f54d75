"""What Prometheus reads, as its own parser understands it, and what Grafana asks it for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bbia_sim_ros.bridge import metrics as bridge_metrics
from bbia_sim_ros.bridge.metrics import BridgeSample
from bbia_sim_ros.bridge.server import ServerReport
from bbia_sim_ros.exposition import text
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.monitor import exported
from bbia_sim_ros.monitor.exported import RobotSample
from bbia_sim_ros.monitor.exported import StackSample
from bbia_sim_ros.monitor.health import Part
from bbia_sim_ros.monitor.model_register import KnownModel
from bbia_sim_ros.monitor.process_usage import ProcessSample
from bbia_sim_ros.monitor.traffic import TopicSample
from bbia_sim_ros.stack import share_directory

UNITS = {'seconds', 'bytes', 'ratio', 'hertz', 'total'}
WITHOUT_UNIT = {
    'up',
    'threads',
    'publishers',
    'subscribers',
    'loaded',
    'level',
    'value',
    'connected',
    'stopped',
    'nodes',
    'clients',
}
SAMPLE = StackSample(
    processes=(
        ProcessSample(
            name='chat',
            pid=7,
            cpu=0.25,
            cpu_s=12.5,
            rss_b=90_000_000,
            uss_b=60_000_000,
            threads=9,
            began_s=1.7e9,
            restarts=2,
        ),
        ProcessSample(name='vision'),
    ),
    topics=(
        TopicSample(
            name='/joint_states',
            publishers=1,
            subscribers=2,
            rate=100.0,
            bandwidth=50_000.0,
            period_max=0.012,
            messages=1000,
            size_b=500_000,
        ),
        TopicSample(name='/camera/image_raw', publishers=1, subscribers=0),
    ),
    models=(
        KnownModel(
            owner='chat',
            model=ModelSnapshot(
                name='small', engine='x', state=ModelState.READY, memory_b=300, loads=1
            ),
            heard_s=0.0,
        ),
    ),
    parts=(Part(name='chat: "a\\b"\n', level=1, message='', values={'x y': 2.0}, heard_s=0.0),),
    robot=RobotSample(connected=True, emergency_stopped=False, overruns=3, real_time_factor=1.0),
    level=1,
    nodes=12,
    machine_cpu=50.0,
    machine_memory_available_b=1000,
    taken_s=1.7e9,
    duration_s=0.004,
)


def parsed(sample: StackSample) -> dict[tuple[str, ...], float]:
    """Return the values by the metric's name and the values of its labels, by label."""
    return {
        (point.name, *(value for _, value in sorted(point.labels.items()))): point.value
        for family in text_string_to_metric_families(text(exported.FAMILIES, sample))
        for point in family.samples
    }


def names() -> dict[str, Any]:
    families = (*exported.FAMILIES, *bridge_metrics.FAMILIES)
    return {family.name: family for family in families}


def test_every_value_of_a_sample_is_told_in_base_units() -> None:
    found = parsed(SAMPLE)
    assert found['bbia_process_cpu_ratio', 'chat'] == 0.25
    assert found['bbia_process_cpu_seconds_total', 'chat'] == 12.5
    assert found['bbia_process_resident_memory_bytes', 'chat'] == 90e6
    assert found['bbia_process_unique_memory_bytes', 'chat'] == 60e6
    assert found['bbia_process_restarts_total', 'chat'] == 2
    assert found['bbia_topic_rate_hertz', '/joint_states'] == 100.0
    assert found['bbia_topic_messages_total', '/joint_states'] == 1000
    assert found['bbia_model_loaded', 'small', 'chat'] == 1
    assert found['bbia_diagnostics_level', 'chat: "a\\b"\n'] == 1
    assert found['bbia_diagnostics_value', 'x y', 'chat: "a\\b"\n'] == 2.0
    assert found['bbia_machine_cpu_ratio',] == 0.5
    assert found['bbia_robot_overruns_total',] == 3
    assert {key[0] for key in found} == {family.name for family in exported.FAMILIES}


def test_what_is_not_known_is_left_out() -> None:
    found = parsed(SAMPLE)
    assert found['bbia_process_up', 'vision'] == 0
    assert ('bbia_process_cpu_ratio', 'vision') not in found
    assert found['bbia_topic_publishers', '/camera/image_raw'] == 1
    assert ('bbia_topic_rate_hertz', '/camera/image_raw') not in found
    unreadable = replace(SAMPLE, processes=(ProcessSample(name='chat', pid=7, rss_b=1),))
    assert ('bbia_process_unique_memory_bytes', 'chat') not in parsed(unreadable)
    assert not any(key[0].startswith('bbia_robot') for key in parsed(replace(SAMPLE, robot=None)))


def test_the_two_texts_of_one_page_are_one_text() -> None:
    page = text(exported.FAMILIES, SAMPLE) + text(
        bridge_metrics.FAMILIES, BridgeSample(up=True, report=ServerReport(total=4))
    )
    families = list(text_string_to_metric_families(page))
    assert len({family.name for family in families}) == len(families) == len(names())
    assert all(family.documentation for family in families)


@pytest.mark.parametrize('name', names())
def test_a_name_says_its_unit_as_prometheus_asks_for_it(name: str) -> None:
    assert re.fullmatch('bbia(_[a-z]+)+', name)
    last = name.rsplit('_', 1)[-1]
    assert last in UNITS | WITHOUT_UNIT


def test_the_example_for_grafana_asks_for_metrics_that_there_are() -> None:
    path = share_directory() / 'config' / 'grafana' / 'bbia.json'
    dashboard = json.loads(path.read_text(encoding='utf-8'))
    expressions = [
        target['expr'] for panel in dashboard['panels'] for target in panel.get('targets', ())
    ]
    assert len(expressions) >= len(dashboard['panels'])
    known = names()
    for expression in expressions:
        used = set(re.findall(r'\bbbia_\w+', expression))
        assert used, expression
        assert used <= known.keys(), expression
        for name, labels in re.findall(r'(bbia_\w+)\{([^}]*)\}', expression):
            assert set(re.findall(r'(\w+)[=!]', labels)) <= set(known[name].labels), expression
