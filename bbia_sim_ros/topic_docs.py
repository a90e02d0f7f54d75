"""Write `docs/topics.md`: all topics, services and actions, from the nodes themselves.

`python -m bbia_sim_ros.topic_docs` writes it; `--check` only compares and exits with 1 when it is
out of date. Each node of the stack's table is made in this process, asked what it has, and
destroyed at once: in a namespace of its own and without discovery, so that a running robot neither
notices nor matters. No device is opened and no port is taken, but `simulator_node` needs the
prepared assets. What a node makes later, and only while it is needed, is in `LATER`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Final

import rclpy
from rclpy.action.graph import get_action_server_names_and_types_by_node
from rclpy.action.server import ActionServer
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.service import Service
from rclpy.signals import SignalHandlerOptions

from bbia_sim_ros import stack
from bbia_sim_ros.container import load_node
from bbia_sim_ros.stack_nodes import NODES
from bbia_sim_ros.stack_nodes import NodeEntry

NAMESPACE: Final = '/topic_docs'
MESSAGES: Final = 'bbia_msgs'
# Sources that are only opened for a subscriber, ports of which any is right, a host nobody is at.
_ARGUMENTS: Final = {
    'camera': ('camera_source:=none.png',),
    'microphone': ('audio_source:=none',),
    'bridge': ('port:=0', 'web_port:=0'),
    'robot': ('host:=127.0.0.1',),
}
# Every node has these: its parameters and its types.
_OF_EVERY_NODE: Final = ('rcl_interfaces', 'type_description_interfaces')
_FIRST_WORDS: Final = """\
# Topics, services and actions

Generated from the nodes by `./bbia run python -m bbia_sim_ros.topic_docs`; a test compares.
Names are relative, so they work under a namespace, unless they begin with `/`.
What they are for: [README](../README.md#topics-and-services), and the page of each part. Who
publishes or subscribes is an executable of the [parameters](parameters.md)' headings; `robot` is
`simulator_node` or `hardware_node`.

Quality of service is the publisher's, or the subscriber's where the stack only subscribes.
`stream` is reliable, `sensor` best effort, `latched` reliable and kept for who comes later; the
number is the depth of the queue. Who asks for more than is offered gets nothing: subscribe to
`sensor` topics best effort. The services of parameters, which every node has, are left out.
"""
LATER: Final = {
    '`models/status`': 'a publisher (latched 1) for each model that a node owns',
    '`camera/image_raw` or `.../compressed`, `camera/camera_info`, `head_pose`': (
        'subscribed by `vision_node` while anybody wants to see'
    ),
    '`audio`, `vision/people`, `vision/hands`, `/tf` and others': (
        'subscribed by `behavior_node` while a behavior uses them'
    ),
    '`joint_states`': (
        'subscribed by `motion_node`, and by `state_node` while anybody subscribes to `/tf`'
    ),
    '`/tf`, `/tf_static`': 'subscribed by `motion_node` while it looks at a point of another frame',
    '`motion/status`': 'subscribed by `hearing_node` with `while_moving: ignore`',
    '`/humans/faces/...`': 'published by `vision_node` with `hri_topics` (REP-155)',
    '`/clock`': 'published by `simulator_node` with `publish_clock`',
    'anything else': '`bridge_node` publishes, subscribes and calls what its clients ask for',
}


@dataclass(kw_only=True)
class Row:
    """One name and type; `users` are executables by what they do with it."""

    name: str
    kind: str
    quality: str = ''
    users: dict[str, list[str]] = field(default_factory=dict)

    def add(self, role: str, executable: str) -> None:
        """Note who does what with it, once."""
        there = self.users.setdefault(role, [])
        if executable not in there:
            there.append(executable)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What all nodes have, by name."""

    topics: dict[str, Row]
    services: dict[str, Row]
    actions: dict[str, Row]


def markdown(reference: Reference, messages: Path) -> str:
    """Return the text of docs/topics.md; `messages` is the folder of the package bbia_msgs."""
    parts = [_FIRST_WORDS]
    parts += ['\n## Topics\n\n| topic | type | quality | published by | subscribed by |\n']
    parts += ['|---|---|---|---|---|\n']
    for row in _sorted(reference.topics):
        who = ' | '.join(_names(row.users.get(role, [])) for role in ('publishes', 'subscribes'))
        parts.append(f'| `{row.name}` | {_type(row.kind)} | {row.quality} | {who} |\n')
    for title, rows in (('Services', reference.services), ('Actions', reference.actions)):
        parts += [f'\n## {title}\n\n| {title.lower()[:-1]} | type | offered by | what it does |\n']
        parts += ['|---|---|---|---|\n']
        for row in _sorted(rows):
            who, text = _names(row.users['serves']), _first_comment(row.kind, messages)
            parts.append(f'| `{row.name}` | {_type(row.kind)} | {who} | {text} |\n')
    parts += ['\n## Only while needed\n\n| what | by whom, and when |\n|---|---|\n']
    parts += [f'| {what} | {when} |\n' for what, when in LATER.items()]
    parts += ['\n## Our message types\n\n| type | what it is |\n|---|---|\n']
    for path in sorted(messages.glob('msg/*.msg')):
        kind = f'{MESSAGES}/msg/{path.stem}'
        parts.append(f'| {_type(kind)} | {_first_comment(kind, messages)} |\n')
    return ''.join(parts)


def introspect(entries: Iterable[NodeEntry] = NODES) -> Reference:
    """Make each node, and return what they have together. `rclpy.init` must not have been called.

    Raises what a node raises that cannot start.
    """
    reference = Reference(topics={}, services={}, actions={})
    with _alone():
        for entry in entries:
            node = load_node(entry.executable)
            try:
                _add(reference, node, entry)
            finally:
                node.destroy_node()
    return reference


@contextmanager
def _alone() -> Iterator[None]:
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'OFF'
    arguments = ['--ros-args', '--log-level', 'fatal', '-r', f'__ns:={NAMESPACE}']
    for node, values in _ARGUMENTS.items():
        for value in values:
            arguments += ['-p', f'{node}:{value}']
    rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    try:
        yield
    finally:
        rclpy.try_shutdown()


def _add(reference: Reference, node: Node, entry: NodeEntry) -> None:
    for publisher in filter(_is_own, node.publishers):
        row = _row(reference.topics, publisher.topic_name, _kind(publisher.msg_type))
        row.quality = _quality(publisher.qos_profile)
        row.add('publishes', entry.executable)
    for subscription in node.subscriptions:
        row = _row(reference.topics, subscription.topic_name, _kind(subscription.msg_type))
        row.quality = row.quality or _quality(subscription.qos_profile)
        row.add('subscribes', entry.executable)
    for service in filter(_is_own, node.services):
        row = _row(reference.services, service.service_name, _kind(service.srv_type))
        row.add('serves', entry.executable)
    for name, kind in _actions(node):
        _row(reference.actions, name, kind).add('serves', entry.executable)


def _is_own(entity: Publisher[Any] | Service[Any, Any]) -> bool:
    class_ = entity.msg_type if isinstance(entity, Publisher) else entity.srv_type
    return _kind(class_).partition('/')[0] not in _OF_EVERY_NODE


def _actions(node: Node) -> list[tuple[str, str]]:
    """Return name and type of the actions that a node serves.

    Raises `RuntimeError` when the graph does not know all of them: then nothing is written.
    """
    found = get_action_server_names_and_types_by_node(node, node.get_name(), node.get_namespace())
    count = sum(isinstance(waitable, ActionServer) for waitable in node.waitables)
    if len(found) != count:
        raise RuntimeError(
            f'{node.get_name()} serves {count} actions, but {len(found)} are known'
            f' ({", ".join(name for name, _ in found)}): try again'
        )
    return [(name, kinds[0]) for name, kinds in found]


def _row(rows: dict[str, Row], full_name: str, kind: str) -> Row:
    name = full_name.removeprefix(f'{NAMESPACE}/')
    row = rows.setdefault(name, Row(name=name, kind=kind))
    if row.kind != kind:
        raise ValueError(f'{name} is {row.kind} and {kind}: one name has to have one type')
    return row


def _kind(class_: type[Any]) -> str:
    package, group, *_ = class_.__module__.split('.')
    return f'{package}/{group}/{class_.__name__}'


def _quality(profile: QoSProfile) -> str:
    if profile.durability == DurabilityPolicy.TRANSIENT_LOCAL:
        word = 'latched'
    else:
        word = 'stream' if profile.reliability == ReliabilityPolicy.RELIABLE else 'sensor'
    return f'{word} {profile.depth}'


def _sorted(rows: dict[str, Row]) -> list[Row]:
    return [rows[name] for name in sorted(rows, key=lambda name: name.lstrip('/'))]


def _names(executables: Sequence[str]) -> str:
    return ', '.join(f'`{name}`' for name in executables)


def _type(kind: str) -> str:
    package, group, name = kind.split('/')
    short = f'{package}/{name}'
    return f'[{short}](../{package}/{group}/{name}.{group})' if package == MESSAGES else short


def _first_comment(kind: str, messages: Path) -> str:
    """Return the first line of a definition of ours, which says what it is; '' for another's."""
    package, group, name = kind.split('/')
    if package != MESSAGES:
        return ''
    path = messages / group / f'{name}.{group}'
    return path.read_text(encoding='utf-8').partition('\n')[0].removeprefix('#').strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare docs/topics.md; return the exit code."""
    parser = argparse.ArgumentParser(prog='python -m bbia_sim_ros.topic_docs')
    parser.add_argument('--check', action='store_true', help='only compare, write nothing')
    check = parser.parse_args(arguments).check
    root = stack.share_directory()
    path = root / 'docs' / 'topics.md'
    text = markdown(introspect(), root / MESSAGES)
    if path.is_file() and path.read_text(encoding='utf-8') == text:
        return 0
    if check:
        print(f'out of date: {path.name}; run python -m bbia_sim_ros.topic_docs')
        return 1
    path.write_text(text, encoding='utf-8')
    print(f'wrote {path}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
