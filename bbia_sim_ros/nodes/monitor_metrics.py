"""What the stack uses and moves: `metrics`, `metrics/history` and the text for Prometheus.

Out: `metrics`, every `sample_period`. Services: `metrics/history` with the samples that are kept,
and `metrics/prometheus`, whose message is the newest sample as text (`monitor/exported.py`); the
bridge calls it when somebody asks its web port for `/metrics`. All in the executor's thread: a
sample is made in some milliseconds, a long history is put together `_PUT_A_LOOK` samples at a time
with pauses between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from bbia_msgs.msg import Metrics
from bbia_msgs.msg import ProcessMetrics
from bbia_msgs.msg import RobotStatus
from bbia_msgs.msg import TopicMetrics
from bbia_msgs.srv import GetMetricsHistory
from bbia_sim_ros.exposition import text
from bbia_sim_ros.monitor.exported import FAMILIES
from bbia_sim_ros.monitor.exported import RobotSample
from bbia_sim_ros.monitor.exported import StackSample
from bbia_sim_ros.monitor.history import History
from bbia_sim_ros.monitor.model_register import KnownModel
from bbia_sim_ros.monitor.parameters import MonitorParameters
from bbia_sim_ros.monitor.process_scan import ProcessScan
from bbia_sim_ros.monitor.process_usage import ProcessSample
from bbia_sim_ros.monitor.process_usage import ProcessUsage
from bbia_sim_ros.monitor.traffic import TopicSample
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.monitor_health import MonitorHealth
from bbia_sim_ros.nodes.monitor_topics import MonitorTopics
from bbia_sim_ros.nodes.polling import Poller

_MB_B = 1e6
_PERCENT = 100.0
_NS = 1_000_000_000
_PUT_A_LOOK = 20


class MonitorMetrics:
    """See the module's docstring."""

    def __init__(
        self,
        node: Node,
        parameters: Callable[[], MonitorParameters],
        models: Callable[[], tuple[KnownModel, ...]],
        health: MonitorHealth,
    ) -> None:
        self._node = node
        self._parameters = parameters
        self._models = models
        self._health = health
        values = parameters()
        self._scan = ProcessScan(
            domain=node.context.get_domain_id(), namespace=node.get_namespace()
        )
        self._usage = ProcessUsage()
        self._topics = MonitorTopics(node)
        self._topics.watch(values.watched_topics)
        self._history = History(values.metrics_history)
        self._newest: StackSample | None = None
        self._robot: RobotSample | None = None
        self._poller = Poller(node)
        self._answering = False
        # Its first answer means nothing; it is the load since the call before.
        psutil.cpu_percent(interval=None)
        self._publisher = node.create_publisher(Metrics, 'metrics', qos.STREAM)
        node.create_subscription(RobotStatus, 'robot_status', self._on_robot, qos.LATCHED)
        node.create_service(GetMetricsHistory, 'metrics/history', self._on_history)
        node.create_service(Trigger, 'metrics/prometheus', self._on_prometheus)
        self._timer = node.create_timer(values.sample_period, self._sample, clock=steady_clock())

    def reconfigure(self, before: MonitorParameters, after: MonitorParameters) -> None:
        """Take changed parameters into account."""
        if after.watched_topics != before.watched_topics:
            self._topics.watch(after.watched_topics)
        if after.metrics_history != before.metrics_history:
            self._history.resize(after.metrics_history)
        if after.sample_period != before.sample_period:
            self._timer.timer_period_ns = round(after.sample_period * _NS)

    def close(self) -> None:
        """Stop listening; who waits for a history gets what is there."""
        self._poller.closing = True
        self._poller.look()
        self._topics.close()

    def _sample(self) -> None:
        begun = time.monotonic()
        values = self._parameters()
        if values.forget_after:
            self._usage.forget(before_s=begun - values.forget_after)
        processes = self._usage.sample(
            self._scan.look(), uss_period_s=values.uss_period, period_s=values.sample_period
        )
        parts = self._health.look(processes)
        sample = StackSample(
            processes=processes,
            topics=self._topics.sample(),
            models=self._models(),
            parts=parts,
            robot=self._robot,
            level=self._health.level,
            nodes=self._health.nodes,
            memory_budget_b=values.memory_budget_b,
            machine_cpu=psutil.cpu_percent(interval=None),
            machine_memory_available_b=psutil.virtual_memory().available,
            taken_s=time.time(),
            duration_s=time.monotonic() - begun,
        )
        self._newest = sample
        now = self._node.get_clock().now()
        message = _message(sample)
        message.header.stamp = now.to_msg()
        self._history.add(now.nanoseconds, serialize_message(message))
        self._publisher.publish(message)

    def _on_robot(self, status: RobotStatus) -> None:
        self._robot = RobotSample(
            connected=status.connected,
            emergency_stopped=status.emergency_stopped,
            overruns=status.overruns,
            real_time_factor=status.real_time_factor,
        )

    async def _on_history(
        self, request: GetMetricsHistory.Request, response: GetMetricsHistory.Response
    ) -> GetMetricsHistory.Response:
        # One at a time: as objects, samples take far more memory than as bytes.
        await self._poller.until(lambda: None if self._answering else True)
        self._answering = True
        since_ns = request.since.sec * _NS + request.since.nanosec
        waiting = iter(self._history.newest(most=request.max_samples, since_ns=since_ns))
        samples: list[Any] = []

        def put() -> bool | None:
            for _ in range(_PUT_A_LOOK):
                sample = next(waiting, None)
                if sample is None:
                    return True
                samples.append(deserialize_message(sample, Metrics))
            return True if self._poller.closing else None

        try:
            await self._poller.until(put)
        finally:
            self._answering = False
        response.success, response.samples = True, samples
        return response

    def _on_prometheus(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        if self._newest is None:
            response.message = 'there is no sample yet; ask again in a second'
            return response
        response.success, response.message = True, text(FAMILIES, self._newest)
        return response


def _message(sample: StackSample) -> Metrics:
    uss = [item.uss_b for item in sample.processes if item.pid and item.uss_b >= 0]
    return Metrics(
        header=Header(),
        processes=[_process_message(item, sample.taken_s) for item in sample.processes],
        topics=[_topic_message(item) for item in sample.topics],
        cpu=_PERCENT * sum(item.cpu for item in sample.processes),
        uss_mb=sum(uss) / _MB_B,
        model_memory_mb=sum(known.model.memory_b for known in sample.models) / _MB_B,
        memory_budget_mb=sample.memory_budget_b / _MB_B,
        machine_cpu=sample.machine_cpu,
        machine_memory_available_mb=sample.machine_memory_available_b / _MB_B,
    )


def _process_message(item: ProcessSample, now_s: float) -> ProcessMetrics:
    return ProcessMetrics(
        name=item.name,
        pid=item.pid,
        cpu=_PERCENT * item.cpu,
        rss_mb=item.rss_b / _MB_B,
        uss_mb=item.uss_b / _MB_B if item.uss_b >= 0 else float(item.uss_b),
        threads=item.threads,
        # The clock may have been set since it began.
        uptime=max(0.0, now_s - item.began_s) if item.pid else 0.0,
        restarts=item.restarts,
    )


def _topic_message(item: TopicSample) -> TopicMetrics:
    return TopicMetrics(
        name=item.name,
        type=item.type_name,
        publishers=item.publishers,
        subscribers=item.subscribers,
        rate=item.rate,
        bandwidth=item.bandwidth,
        period_max=item.period_max,
    )
