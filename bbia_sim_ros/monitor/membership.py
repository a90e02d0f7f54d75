"""Which processes belong to the stack of one robot, read off their command lines. Pure.

A process of the stack is recognised by what it was started with, so nothing has to be registered
and it works the same under `./bbia up`, `ros2 launch` and by hand: it runs our container (or the
executable of one node, or one of the executables of others that `stack.py` starts), and its
namespace is in its `__ns:=` remapping. The ROS domain is in its environment.

Paths are taken apart as text: pathlib would put each part into the interpreter's table of interned
strings, which grows with strings that came and went.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from os.path import basename
from os.path import dirname

from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes

_CONTAINER = 'container'
_MODULE = f'{stack.PACKAGE}.{_CONTAINER}'
_ROS_ARGUMENTS = '--ros-args'
_NAMESPACE = '__ns:='
_DOMAIN = 'ROS_DOMAIN_ID'
_EXECUTABLES = {entry.executable: entry.name for entry in stack_nodes.NODES}
_OTHERS = {'robot_state_publisher': 'state', 'ros2_control_node': 'controller_manager'}
# Interpreter, its options, script: it is found among the first few or not at all.
_SCRIPT_WITHIN = 4
_LONGEST_LABEL = 32


@dataclass(frozen=True, kw_only=True)
class Membership:
    """The name of a process in the stack's table and its namespace, '/' for none."""

    name: str
    namespace: str


def membership(arguments: Sequence[str]) -> Membership | None:
    """Return what a command line makes of its process, None when it is not one of a stack."""
    name = _name(arguments)
    return None if name is None else Membership(name=name, namespace=_namespace(arguments))


def ros_domain(environment: Mapping[str, str]) -> int | None:
    """Return the ROS domain that a process was started in, None when that is no number."""
    text = environment.get(_DOMAIN, '') or '0'
    return int(text) if text.isascii() and text.isdigit() else None


def label(arguments: Sequence[str]) -> str:
    """Return what a child process is, in a word: its module's or its program's name."""
    words = list(arguments)
    if not words:
        return 'child'
    if '-m' in words[:-1] and _is_python(words[0]):
        module = words[words.index('-m') + 1].split('.')
        last = module[-1].removesuffix('_main')
        return last[:_LONGEST_LABEL] if words[0] and last else 'child'
    if _is_python(words[0]):
        scripts = [word for word in words[1:_SCRIPT_WITHIN] if word.endswith('.py')]
        stem = basename(scripts[0]).removesuffix('.py') if scripts else ''
        return stem[:_LONGEST_LABEL] or 'python'
    return basename(words[0])[:_LONGEST_LABEL] or 'child'


def _name(arguments: Sequence[str]) -> str | None:
    if not arguments:
        return None
    program = basename(arguments[0])
    if program in _OTHERS and _ROS_ARGUMENTS in arguments:
        return _OTHERS[program]
    words = list(arguments)
    words = words[: words.index(_ROS_ARGUMENTS)] if _ROS_ARGUMENTS in words else words
    for index, word in enumerate(words[: _SCRIPT_WITHIN + 1]):
        if word == _MODULE and index and words[index - 1] == '-m' and _is_python(words[0]):
            return _group(words[index + 1 :])
        name = basename(word)
        is_ours = basename(dirname(word)) == stack.PACKAGE and (index == 0 or _is_python(words[0]))
        if is_ours and name == _CONTAINER:
            return _group(words[index + 1 :])
        if is_ours and name in _EXECUTABLES:
            return _EXECUTABLES[name]
    return None


def _group(words: Sequence[str]) -> str | None:
    """Return the name of a process that runs these nodes, each with `@NAMESPACE` or without."""
    known = [word for word in words if word.partition('@')[0] in _EXECUTABLES]
    robots = dict.fromkeys(basename(word) for word in known if '@' in word)
    if robots:
        first, last = next(iter(robots)), next(reversed(robots))
        several = f'{first.replace("robot_", "robots_", 1)}_to_{last.removeprefix("robot_")}'
        return first if first == last else several
    if not known:
        return None
    if len(known) == 1:
        return _EXECUTABLES[known[0]]
    groups = (name for nodes, name in _groups().items() if nodes.issuperset(known))
    return next(groups, None) or '+'.join(_EXECUTABLES[node] for node in known)


@cache
def _groups() -> dict[frozenset[str], str]:
    """Return the names of the processes by all nodes that each can have."""
    processes = stack.plan({'state_publisher': 'state_node'})
    return {frozenset(process.nodes): process.name for process in processes}


def _namespace(arguments: Sequence[str]) -> str:
    given = (word for word in arguments if word.startswith(_NAMESPACE))
    return '/' + next(given, _NAMESPACE).removeprefix(_NAMESPACE).strip('/')


def _is_python(program: str) -> bool:
    return basename(program).startswith('python')
