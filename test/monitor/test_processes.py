"""Real processes: found by what they run, measured, stopped, ended, and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.monitor.names import Identity
from bbia_sim_ros.monitor.process_scan import Found
from bbia_sim_ros.monitor.process_scan import ProcessScan
from bbia_sim_ros.monitor.process_usage import ProcessSample
from bbia_sim_ros.monitor.process_usage import ProcessUsage
from support.waiting import is_running
from support.waiting import wait_until

DOMAIN = 231
# A program that stands where the container is installed: ROS takes a second to start.
IDLE = 'import sys; sys.stdin.read()'
BUSY = 'import sys, select\nwhile not select.select([sys.stdin], [], [], 0)[0]: pass'
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', {IDLE!r}], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.read()
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a program as the container with nodes."""
    container = tmp_path / 'lib' / 'bbia_sim_ros' / 'container'
    container.parent.mkdir(parents=True)

    with ExitStack() as cleanup:

        def started(
            *nodes: str, program: str = IDLE, domain: int = DOMAIN, namespace: str = ''
        ) -> subprocess.Popen[str]:
            container.write_text(program, encoding='utf-8')
            remapped = ['-r', f'__ns:=/{namespace}'] if namespace else []
            process = subprocess.Popen(
                [sys.executable, str(container), *nodes, '--ros-args', *remapped],
                env={**os.environ, 'ROS_DOMAIN_ID': str(domain)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
            )
            cleanup.enter_context(process)
            cleanup.callback(process.kill)
            return process

        yield started


class Watch:
    """A scan and the usage of what it finds."""

    def __init__(self, namespace: str = '/') -> None:
        self.scan = ProcessScan(domain=DOMAIN, namespace=namespace)
        self.usage = ProcessUsage()

    def sample(self) -> dict[str, ProcessSample]:
        found = self.scan.look()
        samples = self.usage.sample(found, uss_period_s=1.0, period_s=1.0)
        return {item.name: item for item in samples}

    def wait(self, name: str, holds: Callable[[ProcessSample], bool]) -> ProcessSample:
        def look() -> ProcessSample | None:
            item = self.sample().get(name)
            return item if item is not None and holds(item) else None

        return wait_until(look, f'the sample of {name}')


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_only_the_processes_of_this_domain_and_namespace_are_found(start: Start) -> None:
    ours = start('chat_node', namespace='left')
    start('chat_node', namespace='right')
    start('chat_node')
    start('vision_node', namespace='left', domain=DOMAIN + 1)
    watch = Watch('/left')
    assert watch.wait('chat', lambda item: item.pid == ours.pid)
    assert watch.sample().keys() == {'chat'}


def test_memory_threads_and_time_are_those_of_the_process(start: Start) -> None:
    process = start('chat_node', program=BUSY)
    watch = Watch()
    before = watch.wait('chat', lambda item: item.pid == process.pid)
    # The kernel counts in ticks of 10 ms: over less than many of them a share means nothing.
    spent = psutil.Process(process.pid).cpu_times
    wait_until(lambda: spent().user + spent().system > before.cpu_s + 0.5, 'it has worked')
    item = watch.sample()['chat']
    assert item.pid == process.pid
    assert item.threads == 1
    assert 1e6 < item.uss_b < item.rss_b < 1e9
    assert 0.0 < item.cpu < 1.1
    assert item.cpu_s >= before.cpu_s + 0.5
    assert not item.stopped


def test_children_are_named_after_their_owner(start: Start) -> None:
    process = start('chat_node', program=PARENT)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    watch = Watch()
    assert watch.wait('chat/python', lambda item: item.pid == child)
    assert watch.sample()['chat'].pid == process.pid
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not is_running(child), 'the child ends')
    wait_until(lambda: watch.sample().keys() == {'chat'}, 'the child is forgotten')


def test_a_process_that_ends_is_told_as_gone_and_its_successor_as_a_restart(start: Start) -> None:
    watch = Watch()
    first = start('chat_node')
    watch.wait('chat', lambda item: item.pid == first.pid)
    end(first)
    gone = watch.wait('chat', lambda item: item.pid == 0)
    assert (gone.rss_b, gone.uss_b, gone.threads, gone.cpu) == (0, -1, 0, 0.0)
    second = start('chat_node')
    assert watch.wait('chat', lambda item: item.pid == second.pid).restarts == 1


def test_a_process_that_is_stopped_is_told_so(start: Start) -> None:
    process = start('chat_node')
    watch = Watch()
    watch.wait('chat', lambda item: item.pid == process.pid)
    process.send_signal(signal.SIGSTOP)
    watch.wait('chat', lambda item: item.stopped)
    process.send_signal(signal.SIGCONT)
    watch.wait('chat', lambda item: not item.stopped)


def test_a_program_that_becomes_one_of_the_stack_is_found(tmp_path: Path) -> None:
    container = tmp_path / 'bbia_sim_ros' / 'container'
    container.parent.mkdir()
    container.write_text(IDLE, encoding='utf-8')
    watch = Watch()
    shell = subprocess.Popen(
        ['/bin/sh', '-c', 'read line; exec "$@"', 'sh', sys.executable, container, 'chat_node'],
        env={**os.environ, 'ROS_DOMAIN_ID': str(DOMAIN)},
        stdin=subprocess.PIPE,
        text=True,
    )
    with shell:
        try:
            for _ in range(3):
                assert not watch.sample()
            assert shell.stdin is not None
            shell.stdin.write('go\n')
            shell.stdin.flush()
            watch.wait('chat', lambda item: item.pid == shell.pid)
        finally:
            shell.kill()


def test_a_process_that_ends_between_two_looks_at_it_is_gone(start: Start) -> None:
    process = start('chat_node')
    watch = Watch()
    watch.wait('chat', lambda item: item.pid == process.pid)
    found = watch.scan.look()
    end(process)
    samples = watch.usage.sample(found, uss_period_s=0.001, period_s=1.0)
    assert [(item.name, item.pid, item.uss_b) for item in samples] == [('chat', 0, -1)]


def test_an_id_that_is_another_process_by_now_is_not_measured(start: Start) -> None:
    process = start('chat_node')
    watch = Watch()
    watch.wait('chat', lambda item: item.pid == process.pid)
    (found,) = watch.scan.look()
    end(process)
    successor = start('chat_node')
    stale = Found(
        identity=Identity(successor.pid, found.identity.began_s - 1.0),
        process=found.process,
        name='chat',
    )
    (sample,) = ProcessUsage().sample((stale,), uss_period_s=1.0, period_s=1.0)
    assert sample.pid == 0
