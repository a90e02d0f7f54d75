"""`./bbia docs`: what it is asked for, and what its step depends on."""

from __future__ import annotations

import threading
import urllib.request
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from bbia_sim_ros.cli.documentation import LOCK
from bbia_sim_ros.cli.documentation import build
from bbia_sim_ros.cli.documentation import documentation_steps
from bbia_sim_ros.cli.documentation import serve
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.plan import all_steps
from bbia_sim_ros.cli.verbs.docs import run


@pytest.mark.parametrize(
    ('arguments', 'reason'),
    [
        (['page'], 'unexpected page'),
        (['--port', '70000'], r'allowed is 0 \.\. 65535'),
        (['--port', 'http'], r'allowed is 0 \.\. 65535'),
        (['--port'], '--port needs a port'),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_made(
    arguments: list[str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=reason):
        run(arguments, Layout(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_robot_and_its_tests_do_without_sphinx() -> None:
    (step,) = documentation_steps(Layout())
    assert step.name not in {step.name for step in all_steps(Layout(), core=False, tests=True)}
    assert 'sphinx' in pins(Layout().root / LOCK)
    assert 'sphinx' not in pins(Layout().root / 'requirements.lock')


def test_another_lock_makes_the_environment_anew(tmp_path: Path) -> None:
    lock = tmp_path / LOCK
    lock.parent.mkdir()
    (step,) = documentation_steps(Layout(tmp_path))
    lock.write_text('sphinx==9.0.4\n', encoding='utf-8')
    before = step.inputs()
    lock.write_text('sphinx==9.0.5\n', encoding='utf-8')
    assert step.inputs() != before


def test_errors_of_the_generator_are_errors(tmp_path: Path) -> None:
    python = tmp_path / '.bbia' / 'docs-venv' / 'bin' / 'python'
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nexit 1\n', encoding='utf-8')
    python.chmod(0o755)
    with pytest.raises(CommandError, match='the documentation has errors'):
        build(Layout(tmp_path))


def test_the_built_site_is_shown_to_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.site.mkdir(parents=True)
    (layout.site / 'index.html').write_text('the robot', encoding='utf-8')
    servers: list[ThreadingHTTPServer] = []
    listening = threading.Event()

    class Server(ThreadingHTTPServer):
        def service_actions(self) -> None:
            servers.append(self)
            listening.set()

    monkeypatch.setattr('http.server.ThreadingHTTPServer', Server)
    thread = threading.Thread(target=serve, args=(layout, 0))
    thread.start()
    assert listening.wait(10)
    host, port = servers[0].server_address[:2]
    with urllib.request.urlopen(f'http://127.0.0.1:{port}/', timeout=10) as answer:
        assert answer.read() == b'the robot'
    assert host == '127.0.0.1'
    servers[0].shutdown()
    thread.join(10)
    assert not thread.is_alive()
