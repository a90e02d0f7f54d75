"""The monitor's samples of real processes and topics, their history, and how the stack is."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from prometheus_client.parser import text_string_to_metric_families
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

from bbia_msgs.srv import GetMetricsHistory
from bbia_sim_ros.nodes import qos
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.metrics import Watcher
from support.metrics import monitor
from support.models import OK
from support.models import WARN
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.waiting import wait_until

ERROR = b'\x02'
FAST: dict[str, object] = {'sample_period': 0.2}


@pytest.fixture
def watcher(ros_probe: Probe) -> Watcher:
    return Watcher(ros_probe)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A monitor that several tests look at."""

    process: StackProcess
    probe: Probe
    watcher: Watcher


@pytest.fixture(scope='module')
def shared() -> Iterator[Shared]:
    with reserved_domain(), monitor(**FAST) as process, probe() as made:
        yield Shared(process=process, probe=made, watcher=Watcher(made))


@contextmanager
def streaming(seen: Probe, message: Any, topic: str, hertz: float) -> Iterator[None]:
    """Publish a message again and again for the time of the block."""
    publisher = seen.node.create_publisher(type(message), topic, qos.STREAM)
    timer = seen.node.create_timer(1.0 / hertz, lambda: publisher.publish(message))
    try:
        yield
    finally:
        timer.cancel()
        seen.node.destroy_publisher(publisher)


def history(seen: Probe, **fields: Any) -> list[Any]:
    """Ask for the history and return its samples."""
    request = GetMetricsHistory.Request(**fields)
    answer = seen.call(GetMetricsHistory, 'metrics/history', request)
    assert answer.success, answer.message
    return list(answer.samples)


def set_parameter(seen: Probe, name: str, value: Any) -> Any:
    """Set a parameter of the monitor and return the result."""
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return seen.call(SetParameters, 'monitor/set_parameters', request).results[0]


def test_every_process_of_the_stack_is_in_the_sample(watcher: Watcher) -> None:
    with monitor(**FAST) as own, StackProcess('state_node') as other:
        state = watcher.wait_process('state', lambda item: item.uss_mb > 1.0)
        assert state.pid == other.process.pid
        assert state.rss_mb > state.uss_mb
        assert state.threads > 1
        assert 0.0 < state.uptime < 100.0
        assert watcher.wait_process('monitor').pid == own.process.pid
        newest = watcher.samples[-1]
        assert newest.uss_mb == pytest.approx(sum(item.uss_mb for item in newest.processes))
        assert 0.0 <= newest.machine_cpu <= 100.0
        assert newest.machine_memory_available_mb > 1.0


def test_two_robots_in_one_domain_do_not_count_each_other(ros_domain: int) -> None:
    with (
        monitor(namespace='left', **FAST),
        monitor('state_node', namespace='right', **FAST),
        probe('left') as left,
        probe('right') as right,
    ):
        seen = [Watcher(left), Watcher(right)]
        names = [
            wait_until(lambda one=one: one.samples and {p.name for p in one.samples[-1].processes})
            for one in seen
        ]
        assert names == [{'monitor'}, {'state+monitor'}]


def test_a_process_that_is_killed_is_named_and_its_successor_counted(watcher: Watcher) -> None:
    with monitor(**FAST):
        with StackProcess('state_node') as first:
            watcher.wait_process('state', lambda item: item.pid == first.process.pid)
            first.stop(signal.SIGKILL)
        watcher.wait_process('state', lambda item: item.pid == 0)
        watcher.wait_stack(ERROR, 'the process state is gone')
        with StackProcess('state_node') as second:
            item = watcher.wait_process('state', lambda item: item.pid == second.process.pid)
            assert item.restarts == 1
            watcher.wait_stack(OK, 'parts are OK')


def test_a_node_that_leaves_the_graph_is_named_until_it_is_to_be_forgotten(
    watcher: Watcher, ros_probe: Probe
) -> None:
    with monitor(**FAST):
        with StackProcess('state_node') as other:
            watcher.wait_process('state')
            # The probe, the monitor with its ears, and the node.
            watcher.wait_nodes(4)
            assert other.stop() == 0
        watcher.wait_stack(ERROR, 'the node state is gone')
        assert set_parameter(ros_probe, 'forget_after', 1.0).successful
        watcher.wait_stack(OK, 'parts are OK')
        wait_until(
            lambda: {item.name for item in watcher.samples[-1].processes} == {'monitor'},
            'the process is forgotten',
        )


def test_the_worst_part_is_the_level_of_the_stack_and_a_silent_one_is_stale(
    watcher: Watcher, ros_probe: Probe
) -> None:
    status = DiagnosticStatus(level=WARN, name='robot: link', message='the link is slow')
    other = DiagnosticStatus(level=ERROR, name='right/robot: link', message='of another robot')
    array = DiagnosticArray(status=[status, other])
    with monitor(diagnostics_timeout=2.0, **FAST):
        with streaming(ros_probe, array, '/diagnostics', 10.0):
            said = watcher.wait_stack(WARN, 'robot: link (WARN)')
            assert 'right' not in said.message
        watcher.wait_stack(ERROR, 'robot: link (STALE)')


def test_rate_bandwidth_and_period_are_measured(shared: Shared) -> None:
    message = JointState(name=['a'] * 10, position=[0.0] * 10)
    with streaming(shared.probe, message, 'joint_states', 50.0):
        item = shared.watcher.wait_topic(
            '/joint_states', lambda item: item.rate > 20.0 and item.period_max > 0.0
        )
        assert item.type == 'sensor_msgs/msg/JointState'
        assert (item.publishers, item.subscribers) == (1, 0)
        assert item.bandwidth > 100.0 * item.rate
        assert item.period_max < 2.0
        assert shared.watcher.wait_topic('/motion/status').rate == -1.0


def test_what_is_made_only_for_a_subscriber_is_counted_and_not_subscribed_to(
    shared: Shared,
) -> None:
    publisher = shared.probe.node.create_publisher(Image, 'camera/image_raw', qos.SENSOR_DATA)
    item = shared.watcher.wait_topic('/camera/image_raw', lambda item: item.type)
    assert (item.publishers, item.subscribers) == (1, 0)
    assert (item.rate, item.bandwidth, item.period_max) == (-1.0, -1.0, -1.0)
    assert publisher.get_subscription_count() == 0
    shared.probe.node.destroy_publisher(publisher)


def test_a_topic_that_gets_another_type_is_measured_again(shared: Shared) -> None:
    for message, name in ((String(data='x'), 'std_msgs/msg/String'), (JointState(), 'sensor')):
        with streaming(shared.probe, message, 'cmd_body', 50.0):
            shared.watcher.wait_topic(
                '/cmd_body', lambda item, name=name: name in item.type and item.rate > 0.0
            )
        shared.watcher.wait_topic('/cmd_body', lambda item: item.publishers == 0)


def test_other_topics_can_be_watched_while_it_runs(shared: Shared) -> None:
    before = [item.name for item in shared.watcher.wait_sample().topics]
    with streaming(shared.probe, String(data='x'), 'other', 50.0):
        assert set_parameter(shared.probe, 'watched_topics', ['other', '']).successful
        shared.watcher.wait_topic('/other', lambda item: item.rate > 0.0)
        assert {item.name for item in shared.watcher.samples[-1].topics} == {'/other'}
        assert set_parameter(shared.probe, 'watched_topics', before).successful
        shared.watcher.wait_topic('/joint_states')
    assert [item.name for item in shared.watcher.samples[-1].topics] == before


def test_a_thousand_topics_do_not_hold_up_the_samples(shared: Shared) -> None:
    def make(node: Node) -> list[Any]:
        return [node.create_publisher(String, f'many/t{number}', 1) for number in range(1000)]

    publishers = shared.probe.make(make)
    begun = len(shared.watcher.samples)
    wait_until(lambda: len(shared.watcher.samples) > begun + 3, 'more samples')
    assert len(shared.watcher.samples[-1].topics) < 64
    for publisher in publishers:
        shared.probe.node.destroy_publisher(publisher)


def test_the_history_holds_the_newest_samples(watcher: Watcher, ros_probe: Probe) -> None:
    with monitor(metrics_history=21, **FAST):
        # More than are put together at once.
        wait_until(lambda: len(watcher.samples) >= 23, 'samples')
        samples = history(ros_probe)
        assert len(samples) == 21
        stamps = [(item.header.stamp.sec, item.header.stamp.nanosec) for item in samples]
        assert stamps == sorted(set(stamps))
        assert all(item.processes for item in samples)
        assert len(history(ros_probe, max_samples=2)) == 2
        later = history(ros_probe, since=samples[-1].header.stamp)
        assert stamps[-1] not in [(s.header.stamp.sec, s.header.stamp.nanosec) for s in later]
        assert history(ros_probe, since=Time(sec=2**31 - 1)) == []
        assert set_parameter(ros_probe, 'metrics_history', 1).successful
        assert len(history(ros_probe)) == 1


def test_the_text_for_prometheus_is_that_of_the_newest_sample(shared: Shared) -> None:
    shared.watcher.wait_process('monitor')
    answer = shared.probe.call(Trigger, 'metrics/prometheus')
    assert answer.success, answer.message
    families = {item.name: item for item in text_string_to_metric_families(answer.message)}
    (up,) = families['bbia_process_up'].samples
    assert (up.labels, up.value) == ({'process': 'monitor'}, 1.0)


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('sample_period', 0.0, 'sample_period out of range'),
        ('metrics_history', 0, 'metrics_history out of range'),
        ('uss_period', -1.0, 'uss_period out of range'),
        ('diagnostics_timeout', 0.5, 'diagnostics_timeout out of range'),
        ('forget_after', -1.0, 'forget_after out of range'),
        ('watched_topics', [f't{number}' for number in range(65)], '65 are named, 64 at most'),
        ('watched_topics', ['joint_states', 'not a name'], "'not a name' is no name of a topic"),
        ('watched_topics', ['a//b'], "'a//b' is no name"),
        ('watched_topics', ['a__b'], "'a__b' is no name"),
        ('watched_topics', ['é'], "'é' is no name"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    shared: Shared, name: str, value: Any, reason: str
) -> None:
    answer = set_parameter(shared.probe, name, value)
    assert not answer.successful
    assert reason in answer.reason


def test_it_ends_without_a_word(ros_probe: Probe, watcher: Watcher) -> None:
    with monitor('state_node', **FAST) as process:
        watcher.wait_sample()
        assert process.stop() == 0
        assert 'Traceback' not in process.output


def page(bridge: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the metrics of the bridge's page."""
    status, about, body = bridge.get('/metrics', **headers)
    if status != 200:
        return status, {}
    assert about['Content-Type'] == 'text/plain; version=1.0.0; charset=utf-8'
    assert about['Cache-Control'] == 'no-store'
    return status, {item.name: item for item in text_string_to_metric_families(body.decode())}


def test_the_web_port_serves_metrics_and_none_that_are_old(ros_domain: int) -> None:
    with running_bridge(discovery_timeout=0.1) as bridge:
        status, alone = page(bridge)
        assert status == 200
        assert alone['bbia_up'].samples[0].value == 0.0
        assert 'bbia_process_up' not in alone
        with monitor(**FAST) as process:
            wait_until(lambda: 'bbia_process_up' in page(bridge)[1], 'the metrics of the monitor')
            with bridge.client():
                wait_until(
                    lambda: page(bridge)[1]['bbia_bridge_clients'].samples[0].value == 1.0,
                    'the client',
                )
            _, together = page(bridge)
            assert together['bbia_up'].samples[0].value == 1.0
            names = {point.labels['process'] for point in together['bbia_process_up'].samples}
            assert names == {'bridge', 'monitor'}
            process.process.send_signal(signal.SIGSTOP)
            wait_until(lambda: page(bridge)[1]['bbia_up'].samples[0].value == 0.0, 'it is down')
            assert 'bbia_process_up' not in page(bridge)[1]


def test_metrics_need_the_token_and_an_allowed_origin(ros_domain: int) -> None:
    token = 'a-token-that-is-long-enough'
    with running_bridge({'BBIA_BRIDGE_TOKEN': token}, discovery_timeout=0.1) as bridge:
        assert page(bridge)[0] == 401
        assert page(bridge, Authorization='Bearer wrong')[0] == 401
        assert page(bridge, Authorization=f'Bearer {token}')[0] == 200
        elsewhere = {'Origin': 'http://elsewhere.example', 'Authorization': f'Bearer {token}'}
        assert page(bridge, **elsewhere)[0] == 403
        assert bridge.get('/config.json')[0] == 200
