"""`./bbia` as a person types it, in processes of its own."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import REPOSITORY_ROOT
from bbia_sim_ros.cli.verbs import VERBS
from bbia_sim_ros.cli.verbs.up import parse
from bbia_sim_ros.stack_argument_table import ARGUMENTS

BBIA = REPOSITORY_ROOT / 'bbia'
DEADLINE_S = 60


def bbia(
    *arguments: str, program: Path = BBIA, cwd: str | Path = '/', **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-I', '-S', str(program), *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )


# Loaded by pytest and by ros2doctor, not by ./bbia.
PLUGINS = ('require_all', 'ros2doctor_plugin')


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """The command line alone, in a folder with a space, not set up."""
    root = tmp_path / 'my robot'
    code = root / 'bbia_sim_ros'
    shutil.copytree(REPOSITORY_ROOT / 'bbia_sim_ros' / 'cli', code / 'cli')
    for name in ('__init__', 'heartbeat'):
        shutil.copy(REPOSITORY_ROOT / 'bbia_sim_ros' / f'{name}.py', code)
    for table in (REPOSITORY_ROOT / 'bbia_sim_ros').glob('stack*.py'):
        shutil.copy(table, code)
    for name in ('bbia', 'requirements.lock', 'requirements-core.lock'):
        shutil.copy(REPOSITORY_ROOT / name, root / name)
    return root


@pytest.mark.parametrize('arguments', [[], ['--help'], ['help']])
def test_help_lists_every_verb(arguments: Sequence[str]) -> None:
    result = bbia(*arguments)
    assert result.returncode == 0
    for name, verb in VERBS.items():
        assert f'{name} ' in result.stdout
        assert verb.summary in result.stdout


@pytest.mark.parametrize('verb', list(VERBS))
def test_every_verb_explains_itself(verb: str) -> None:
    result = bbia(verb, '--help')
    assert result.returncode == 0
    assert f'usage: ./bbia {verb}' in result.stdout


def test_an_unknown_verb_gets_the_nearest_one() -> None:
    result = bbia('tset')
    assert result.returncode == 2
    assert 'Did you mean test?' in result.stderr


def test_show_args_lists_every_argument_of_the_stack() -> None:
    result = bbia('up', '--show-args')
    assert result.returncode == 0
    for argument in ARGUMENTS:
        assert f'{argument.name}:=' in result.stdout
        assert argument.description in result.stdout


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['scen:=table'], 'did you mean scene'),
        (['headless:=maybe'], 'headless:=maybe is not one of true, false'),
        (['table'], 'not NAME:=VALUE'),
        (['scene:=a', 'scene:=b'], 'given twice'),
        (['--robot'], '--robot needs'),
        (['--audio'], '--audio needs'),
        (['--audio', 'a', 'audio:=b'], 'audio is given twice'),
        (['--robot', 'scene:=table'], '--robot needs'),
        (['--robot', 'http://10.0.0.7'], 'HOST or HOST:PORT'),
        (['--robot', 'a', '--robot=b'], '--robot is given twice'),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_set_up(
    bare_checkout: Path, arguments: Sequence[str], message: str
) -> None:
    result = bbia('up', *arguments, program=bare_checkout / 'bbia')
    assert result.returncode == 2
    assert message in result.stderr
    assert not (bare_checkout / '.bbia').exists()


def test_robot_is_short_for_two_arguments() -> None:
    expected = {'source': 'hardware', 'host': '10.0.0.7', 'scene': 'table'}
    assert parse(['--robot', '10.0.0.7', 'scene:=table']) == expected
    assert parse(['--robot=10.0.0.7', 'scene:=table']) == expected
    assert parse(['--robot', 'reachy-mini.local:8001'])['host'] == 'reachy-mini.local:8001'
    assert parse(['--audio', 'my voice.wav']) == {'audio': 'my voice.wav'}
    with pytest.raises(UsageError, match='given twice'):
        parse(['host:=a', '--robot', 'b'])


def test_a_machine_without_a_compiler_is_told_so_and_nothing_is_changed(
    bare_checkout: Path, tmp_path: Path
) -> None:
    empty = tmp_path / 'empty'
    empty.mkdir()
    result = bbia('setup', '--core', program=bare_checkout / 'bbia', PATH=str(empty))
    assert result.returncode == 1
    assert 'missing: C compiler, C++ compiler, make' in result.stderr
    assert 'fix: ' in result.stderr
    assert 'Traceback' not in result.stderr
    assert not (bare_checkout / '.venv').exists()


def test_the_doctor_looks_at_a_robot_when_asked_and_fails_without_one(bare_checkout: Path) -> None:
    doctor = bare_checkout / 'bbia'
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))  # and does not listen
        address = f'127.0.0.1:{closed.getsockname()[1]}'
        result = bbia('doctor', '--robot', address, program=doctor)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    place = lines.index(f'FAIL  daemon      no daemon at {address}: Connection refused')
    assert 'fix: start it there: reachy-mini-daemon' in lines[place + 1]
    assert 'daemon      ' not in bbia('doctor', program=doctor).stdout


def test_a_command_runs_in_the_folder_where_it_was_typed(tmp_path: Path) -> None:
    code = 'import os, sys, rclpy; print(os.getcwd(), sys.argv[1:])'
    result = bbia('run', 'python', '-c', code, '--flag', 'two words', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{tmp_path} ['--flag', 'two words']\n"


def test_the_exit_code_of_a_command_is_kept() -> None:
    assert bbia('run', 'python', '-c', 'raise SystemExit(41)').returncode == 41


def test_a_command_that_does_not_exist_is_named() -> None:
    result = bbia('run', 'no-such-command')
    assert result.returncode == 1
    assert 'no-such-command' in result.stderr
    assert 'Traceback' not in result.stderr


def test_run_without_a_command_is_wrong_usage() -> None:
    assert bbia('run').returncode == 2


def test_bench_lists_the_measurements_and_their_first_line() -> None:
    result = bbia('bench')
    assert result.returncode == 0
    for script in (REPOSITORY_ROOT / 'bench').glob('[!_]*.py'):
        assert script.stem in result.stdout


def test_an_unknown_measurement_is_wrong_usage() -> None:
    result = bbia('bench', 'no_such_measurement')
    assert result.returncode == 2
    assert 'no_such_measurement' in result.stderr


def test_an_old_python_can_read_the_entry_and_its_message() -> None:
    source = BBIA.read_text(encoding='utf-8')
    tree = ast.parse(source, feature_version=(3, 4))
    check = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node.lineno for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert check.lineno < min(imports)


def test_the_command_line_imports_nothing_but_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, 'bbia_sim_ros'}
    package = REPOSITORY_ROOT / 'bbia_sim_ros'
    plugins_of_others = {package / 'cli' / f'{name}.py' for name in PLUGINS}
    for path in (*(package / 'cli').rglob('*.py'), package / 'heartbeat.py'):
        if path in plugins_of_others:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or '']
            for name in names:
                assert name.partition('.')[0] in allowed, f'{path.name} imports {name}'
                assert (
                    name.startswith(
                        (
                            'bbia_sim_ros.cli',
                            'bbia_sim_ros.heartbeat',
                            'bbia_sim_ros.stack_argument',
                        )
                    )
                    or name in {*allowed}
                    or (not name.startswith('bbia_sim_ros'))
                ), f'{path.name} imports {name}'
