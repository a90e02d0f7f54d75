"""Write `docs/parameters.md` and `config/bbia.yaml` from the declared parameters.

`python -m bbia_sim_ros.parameter_docs` writes both; `--check` only compares and exits with 1 when
one of them is out of date. Needs no ROS.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import yaml

from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import ParameterSpec
from bbia_sim_ros.parameters import Value

_WIDTH = 100


def parameters_of(entry: stack_nodes.NodeEntry) -> type[Parameters]:
    """Return the class that declares a node's parameters."""
    module, _, name = entry.parameters.partition(':')
    found: type[Parameters] = getattr(importlib.import_module(module), name)
    return found


def markdown() -> str:
    """Return the text of docs/parameters.md."""
    parts = [
        '# Parameters\n\n'
        'Generated from the code by `./bbia run python -m bbia_sim_ros.parameter_docs`.\n'
        'Change a value in a YAML file (`./bbia up params_file:=my.yaml`, a copy of\n'
        '`config/bbia.yaml`) or, unless it is marked fixed, while the node runs:\n'
        '`ros2 param set /robot camera_rate 5.0`. A value outside its range is refused with the\n'
        'reason.\n'
    ]
    for entry in stack_nodes.NODES:
        parts.append(f'\n## {entry.executable} (node `{entry.name}`)\n')
        parts.append('| parameter | type | default | allowed | while running | meaning |')
        parts.append('|---|---|---|---|---|---|')
        parts.extend(_row(spec) for spec in parameters_of(entry).specs())
    return '\n'.join(parts) + '\n'


def _row(spec: ParameterSpec) -> str:
    kind = f'{spec.kind.__name__}[]' if spec.is_array else spec.kind.__name__
    running = 'fixed' if spec.read_only else 'yes'
    allowed = spec.range_text() or 'any'
    return (
        f'| `{spec.name}` | {kind} | `{_yaml_value(spec.default)}` | {allowed} | {running} |'
        f' {spec.description} |'
    )


def yaml_text() -> str:
    """Return the text of config/bbia.yaml: every parameter with its default and its meaning.

    A node name stands there once: the two drivers share the name `robot`, and a node leaves alone
    what it did not declare. Raises `ValueError` when two nodes of one name declare a parameter
    differently.
    """
    lines = [
        '# Every parameter of the stack with its default, generated from the code by',
        '# `./bbia run python -m bbia_sim_ros.parameter_docs`. Copy it, change the copy, and start',
        '# with params_file:=COPY. /** stands for any namespace.',
    ]
    for name in dict.fromkeys(entry.name for entry in stack_nodes.NODES):
        entries = [entry for entry in stack_nodes.NODES if entry.name == name]
        lines += [f'/**/{name}:', '  ros__parameters:']
        for executables, specs in _shared_specs(entries):
            if executables != [entry.executable for entry in entries]:
                lines.append(f'    # --- {", ".join(executables)} only ---')
            for spec in specs:
                lines += _yaml_lines(spec)
    return '\n'.join(lines) + '\n'


def _shared_specs(
    entries: Sequence[stack_nodes.NodeEntry],
) -> list[tuple[list[str], list[ParameterSpec]]]:
    """Return (executables that declare them, specifications), what more of them declare first."""
    specs: dict[str, ParameterSpec] = {}
    owners: dict[str, list[str]] = {}
    for entry in entries:
        for spec in parameters_of(entry).specs():
            if specs.setdefault(spec.name, spec) != spec:
                raise ValueError(
                    f'{spec.name}: {entry.executable} declares it otherwise than'
                    f' {owners[spec.name][0]}, and both are the node {entry.name}'
                )
            owners.setdefault(spec.name, []).append(entry.executable)
    groups: dict[tuple[str, ...], list[ParameterSpec]] = {}
    for name, spec in specs.items():
        groups.setdefault(tuple(owners[name]), []).append(spec)
    return [(list(key), groups[key]) for key in sorted(groups, key=len, reverse=True)]


def _yaml_lines(spec: ParameterSpec) -> list[str]:
    text = spec.description + (f' [{spec.range_text()}]' if spec.range_text() else '')
    comments = textwrap.wrap(text, _WIDTH, initial_indent='    # ', subsequent_indent='    # ')
    return [*comments, f'    {spec.name}: {_yaml_value(spec.default)}']


def _yaml_value(value: Value) -> str:
    plain = list(value) or [''] if isinstance(value, tuple) else value
    if isinstance(plain, float):
        return repr(plain)
    text: str = yaml.safe_dump(plain, default_flow_style=True, width=10**6)
    return text.removesuffix('\n...\n').strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare the two files; return the exit code."""
    parser = argparse.ArgumentParser(prog='python -m bbia_sim_ros.parameter_docs')
    parser.add_argument('--check', action='store_true', help='only compare, write nothing')
    check = parser.parse_args(arguments).check
    root: Path = stack.share_directory()
    stale = []
    for path, text in (
        (root / 'docs' / 'parameters.md', markdown()),
        (root / 'config' / 'bbia.yaml', yaml_text()),
    ):
        if path.is_file() and path.read_text(encoding='utf-8') == text:
            continue
        if check:
            stale.append(path.name)
        else:
            path.write_text(text, encoding='utf-8')
            print(f'wrote {path}')
    if stale:
        print(f'out of date: {", ".join(stale)}; run python -m bbia_sim_ros.parameter_docs')
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main())
