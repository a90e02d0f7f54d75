"""Parameters of `monitor_node`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter

_MB_B = 1_000_000
# What ROS allows in a name: https://design.ros2.org/articles/topic_and_service_names.html
_TOPIC = re.compile(r'(~/|/)?[A-Za-z_]\w*(/[A-Za-z_]\w*)*', re.ASCII)
_LONGEST_TOPIC = 200
MOST_TOPICS = 64
_WATCHED = (
    'joint_states',
    'body_target',
    'cmd_body',
    'robot_status',
    'motion/status',
    'behavior/status',
    'speech/activity',
    'speech/transcript',
    'speech/output',
    'chat/reply',
    'audio',
    'camera/image_raw',
    'camera/image_raw/compressed',
    'vision/faces',
    'vision/objects',
    'vision/people',
)


@dataclass(frozen=True, kw_only=True)
class MonitorParameters(Parameters):
    """Parameters of `monitor_node`."""

    memory_budget_mb: float = parameter(
        0.0,
        'Memory that the models of all nodes may take together, MB; above it the least recently'
        ' used idle model is unloaded; 0: no limit.',
        minimum=0.0,
        maximum=10_000_000.0,
    )
    owner_timeout: float = parameter(
        25.0,
        'Seconds without a word from a node that has loaded models after which it counts as gone;'
        ' such a node speaks every 10 s.',
        minimum=1.0,
        maximum=3600.0,
    )
    sample_period: float = parameter(
        1.0, 'Seconds between two samples on metrics.', minimum=0.2, maximum=60.0
    )
    metrics_history: int = parameter(
        1000, 'Samples that metrics/history keeps.', minimum=1, maximum=10_000
    )
    uss_period: float = parameter(
        20.0,
        'Seconds between two looks at the memory that a process has for itself, which takes the'
        ' kernel some milliseconds; it is the last known one in between.',
        minimum=0.2,
        maximum=3600.0,
    )
    watched_topics: tuple[str, ...] = parameter(
        _WATCHED,
        'Topics whose traffic is measured, at most 64. Those that'
        ' are computed only while somebody subscribes (below camera and vision, audio,'
        ' speech/output, tf) are not subscribed to: only their publishers and subscribers are'
        ' counted.',
    )
    diagnostics_timeout: float = parameter(
        5.0,
        'Seconds without a word about a part on /diagnostics after which it counts as stale; nodes'
        ' of this stack speak every second.',
        minimum=2.0,
        maximum=3600.0,
    )
    forget_after: float = parameter(
        0.0,
        'Seconds after which a process, a node or a part that is gone is no longer named; 0:'
        ' never.',
        minimum=0.0,
        maximum=1_000_000.0,
    )

    @property
    def memory_budget_b(self) -> int:
        """The budget in bytes; 0: no limit."""
        return round(self.memory_budget_mb * _MB_B)

    def conflicts(self) -> Iterable[str]:
        """Topics must have names that ROS allows, and not be too many."""
        count = len(self.watched_topics)
        if count > MOST_TOPICS:
            yield f'watched_topics: {count} are named, {MOST_TOPICS} at most may be'
        for name in self.watched_topics:
            if not _TOPIC.fullmatch(name) or '__' in name or len(name) > _LONGEST_TOPIC:
                yield (
                    f'watched_topics: {name[:_LONGEST_TOPIC]!r} is no name of a topic, such as'
                    ' joint_states or /left/joint_states'
                )
