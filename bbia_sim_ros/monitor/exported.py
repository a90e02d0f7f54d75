"""What is exported of the stack, and under which names, which are for good. Pure."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from bbia_sim_ros.exposition import Family
from bbia_sim_ros.exposition import Point
from bbia_sim_ros.exposition import once
from bbia_sim_ros.monitor.health import Part
from bbia_sim_ros.monitor.model_register import KnownModel
from bbia_sim_ros.monitor.process_usage import ProcessSample
from bbia_sim_ros.monitor.traffic import TopicSample

_PERCENT = 100.0


@dataclass(frozen=True, kw_only=True)
class RobotSample:
    """What the driver of the robot says of itself."""

    connected: bool
    emergency_stopped: bool
    overruns: int
    real_time_factor: float


@dataclass(frozen=True, kw_only=True)
class StackSample:
    """Everything that is exported; `machine_cpu` in percent of all cores, times in s."""

    processes: Sequence[ProcessSample] = ()
    topics: Sequence[TopicSample] = ()
    models: Sequence[KnownModel] = ()
    parts: Sequence[Part] = ()
    robot: RobotSample | None = None
    level: int = 0
    nodes: int = 0
    memory_budget_b: int = 0
    machine_cpu: float = 0.0
    machine_memory_available_b: int = 0
    taken_s: float = 0.0
    """When the sample was taken, s since 1970."""
    duration_s: float = 0.0
    """What it took to take it."""


Points = Callable[[StackSample], Iterable[Point]]


def _each_process(value: Callable[[ProcessSample], float]) -> Points:
    return lambda sample: (((item.name,), value(item)) for item in sample.processes if item.pid)


def _each_heard(value: Callable[[TopicSample], float]) -> Points:
    return lambda sample: (((item.name,), value(item)) for item in sample.topics if item.rate >= 0)


def _each_topic(value: Callable[[TopicSample], float]) -> Points:
    return lambda sample: (((item.name,), value(item)) for item in sample.topics)


def _each_model(value: Callable[[KnownModel], float]) -> Points:
    return lambda sample: (((item.owner, item.model.name), value(item)) for item in sample.models)


def _robot(value: Callable[[RobotSample], float]) -> Callable[[StackSample], float | None]:
    return lambda sample: None if sample.robot is None else value(sample.robot)


_PROCESS, _TOPIC, _MODEL, _PART = ('process',), ('topic',), ('owner', 'model'), ('name',)
FAMILIES: tuple[Family[StackSample], ...] = (
    Family(
        name='bbia_process_up',
        meaning='Whether the process runs.',
        labels=_PROCESS,
        points=lambda sample: (((item.name,), item.pid > 0) for item in sample.processes),
    ),
    Family(
        name='bbia_process_cpu_ratio',
        meaning='Share of one core since the sample before.',
        labels=_PROCESS,
        points=_each_process(lambda item: item.cpu),
    ),
    Family(
        name='bbia_process_cpu_seconds_total',
        meaning='Time on processors.',
        labels=_PROCESS,
        points=_each_process(lambda item: item.cpu_s),
    ),
    Family(
        name='bbia_process_resident_memory_bytes',
        meaning='Resident memory.',
        labels=_PROCESS,
        points=_each_process(lambda item: item.rss_b),
    ),
    Family(
        name='bbia_process_unique_memory_bytes',
        meaning='Memory that would be free if the process ended.',
        labels=_PROCESS,
        points=lambda sample: (
            ((item.name,), item.uss_b) for item in sample.processes if item.pid and item.uss_b >= 0
        ),
    ),
    Family(
        name='bbia_process_threads',
        meaning='Threads.',
        labels=_PROCESS,
        points=_each_process(lambda item: item.threads),
    ),
    Family(
        name='bbia_process_start_time_seconds',
        meaning='When the process began, since 1970.',
        labels=_PROCESS,
        points=_each_process(lambda item: item.began_s),
    ),
    Family(
        name='bbia_process_restarts_total',
        meaning='Times that another process took the place of this one.',
        labels=_PROCESS,
        points=lambda sample: (((item.name,), item.restarts) for item in sample.processes),
    ),
    Family(
        name='bbia_topic_publishers',
        meaning='Publishers in the graph.',
        labels=_TOPIC,
        points=_each_topic(lambda item: item.publishers),
    ),
    Family(
        name='bbia_topic_subscribers',
        meaning="Subscribers in the graph but the monitor's own.",
        labels=_TOPIC,
        points=_each_topic(lambda item: item.subscribers),
    ),
    Family(
        name='bbia_topic_rate_hertz',
        meaning='Messages a second since the sample before.',
        labels=_TOPIC,
        points=_each_heard(lambda item: item.rate),
    ),
    Family(
        name='bbia_topic_period_max_seconds',
        meaning='Longest time between two messages since the sample before.',
        labels=_TOPIC,
        points=lambda sample: (
            ((item.name,), item.period_max) for item in sample.topics if item.period_max >= 0
        ),
    ),
    Family(
        name='bbia_topic_messages_total',
        meaning='Messages heard since the monitor began.',
        labels=_TOPIC,
        points=_each_heard(lambda item: item.messages),
    ),
    Family(
        name='bbia_topic_size_bytes_total',
        meaning='What these messages took, serialised.',
        labels=_TOPIC,
        points=_each_heard(lambda item: item.size_b),
    ),
    Family(
        name='bbia_model_loaded',
        meaning='Whether the model is loaded.',
        labels=_MODEL,
        points=_each_model(lambda item: item.is_loaded),
    ),
    Family(
        name='bbia_model_memory_bytes',
        meaning='Memory of the model and its process.',
        labels=_MODEL,
        points=_each_model(lambda item: item.model.memory_b),
    ),
    Family(
        name='bbia_model_loads_total',
        meaning='Times that the model was loaded.',
        labels=_MODEL,
        points=_each_model(lambda item: item.model.loads),
    ),
    Family(
        name='bbia_model_evictions_total',
        meaning='Times that the model had to go.',
        labels=_MODEL,
        points=_each_model(lambda item: item.model.evictions),
    ),
    once(
        'bbia_model_memory_budget_bytes',
        'What all models may take together; 0: no limit.',
        lambda sample: sample.memory_budget_b,
    ),
    Family(
        name='bbia_diagnostics_level',
        meaning='Level of a part on /diagnostics: 0 OK, 1 WARN, 2 ERROR, 3 STALE.',
        labels=_PART,
        points=lambda sample: (((part.name,), part.level) for part in sample.parts),
    ),
    Family(
        name='bbia_diagnostics_value',
        meaning='What a part tells on /diagnostics, where it is a number.',
        labels=('name', 'key'),
        points=lambda sample: (
            ((part.name, key), value) for part in sample.parts for key, value in part.values.items()
        ),
    ),
    once(
        'bbia_stack_level',
        'Level of the whole stack, that of its worst part: 0 OK, 1 WARN, 2 ERROR.',
        lambda sample: sample.level,
    ),
    once(
        'bbia_robot_connected',
        'Whether the robot tells a fresh state.',
        _robot(lambda robot: robot.connected),
    ),
    once(
        'bbia_robot_emergency_stopped',
        'Whether the robot is stopped until it is released.',
        _robot(lambda robot: robot.emergency_stopped),
    ),
    once(
        'bbia_robot_overruns_total',
        'Control periods that ended too late.',
        _robot(lambda robot: robot.overruns),
    ),
    once(
        'bbia_robot_real_time_ratio',
        'Simulated seconds a second; 1 on hardware.',
        _robot(lambda robot: robot.real_time_factor),
    ),
    once('bbia_graph_nodes', 'Nodes that DDS has found.', lambda sample: sample.nodes),
    once(
        'bbia_machine_cpu_ratio',
        'Share of all cores of the machine that is used.',
        lambda sample: sample.machine_cpu / _PERCENT,
    ),
    once(
        'bbia_machine_memory_available_bytes',
        'Memory that programs can still get.',
        lambda sample: sample.machine_memory_available_b,
    ),
    once(
        'bbia_sample_timestamp_seconds',
        'When the sample was taken, since 1970.',
        lambda sample: sample.taken_s,
    ),
    once(
        'bbia_sample_duration_seconds',
        'What it took to take the sample.',
        lambda sample: sample.duration_s,
    ),
)
