"""Setup steps: what runs again and what does not, in parallel, after a failure, after SIGKILL."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import names_fingerprint
from bbia_sim_ros.cli.steps import pending
from bbia_sim_ros.cli.steps import possible
from bbia_sim_ros.cli.steps import run_steps
from bbia_sim_ros.cli.steps import tree_fingerprint
from support.waiting import wait_until

PROGRAM = Path(__file__).resolve().parents[1] / 'support' / 'interrupted_steps.py'
DEADLINE_S = 20


class Workshop:
    """Steps that note their runs, on stamps in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamps = Stamps(folder / 'stamps')
        self.inputs: dict[str, str] = {}
        self.ran: list[str] = []
        self.failing: set[str] = set()

    def step(self, name: str, *after: str, outputs: tuple[Path, ...] = ()) -> Step:
        return Step(
            name=name,
            title=name,
            inputs=lambda: self.inputs.get(name, ''),
            run=lambda task: self._run(name, task),
            after=after,
            outputs=outputs,
        )

    def set_up(self, *steps: Step) -> list[str]:
        """Run what is pending and return the names of what ran in this call."""
        before = len(self.ran)
        run_steps(pending(steps, self.stamps), self.stamps, Board(io.StringIO()))
        return self.ran[before:]

    def _run(self, name: str, task: Task) -> None:
        self.ran.append(f'{name} again' if task.interrupted else name)
        if name in self.failing:
            raise CommandError(f'{name} failed')


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_step_runs_once_as_long_as_nothing_changes(workshop: Workshop) -> None:
    steps = (workshop.step('a'), workshop.step('b', 'a'))
    assert workshop.set_up(*steps) == ['a', 'b']
    assert workshop.set_up(*steps) == []


def test_a_changed_input_runs_the_step_and_all_that_stand_on_it(workshop: Workshop) -> None:
    steps = (workshop.step('a'), workshop.step('b', 'a'), workshop.step('c', 'b'))
    workshop.set_up(*steps)
    workshop.inputs['b'] = 'new'
    assert workshop.set_up(*steps) == ['b', 'c']


def test_a_deleted_output_runs_the_step_again(workshop: Workshop) -> None:
    output = workshop.folder / 'made'
    output.touch()
    step = workshop.step('a', outputs=(output,))
    workshop.set_up(step)
    output.unlink()
    assert workshop.set_up(step) == ['a']


def test_a_damaged_stamp_counts_as_none(workshop: Workshop) -> None:
    step = workshop.step('a')
    workshop.set_up(step)
    (workshop.folder / 'stamps' / 'a.json').write_text('{"key": "', encoding='utf-8')
    assert workshop.set_up(step) == ['a']


def test_what_is_forgotten_runs_again_and_the_rest_does_not(workshop: Workshop) -> None:
    steps = (workshop.step('a'), workshop.step('b'), workshop.step('c'))
    workshop.set_up(*steps)
    workshop.stamps.forget('a', 'c', 'never done')
    assert sorted(workshop.set_up(*steps)) == ['a', 'c']


def test_a_failure_keeps_what_succeeded_and_runs_what_does_not_stand_on_it(
    workshop: Workshop,
) -> None:
    steps = (
        workshop.step('a'),
        workshop.step('b'),
        workshop.step('c', 'a'),
        workshop.step('d', 'b'),
    )
    workshop.failing = {'a'}
    with pytest.raises(CommandError, match='a failed'):
        workshop.set_up(*steps)
    assert sorted(workshop.ran) == ['a', 'b', 'd']
    workshop.failing = set()
    assert workshop.set_up(*steps) == ['a again', 'c']


def test_an_optional_step_that_the_machine_cannot_do_is_left_out_in_one_line(
    workshop: Workshop,
) -> None:
    able = Finding(OK, 'parts', '')
    unable = Finding(WARN, 'parts', 'no pkg-config', 'sudo apt install pkg-config')
    steps = [workshop.step('a'), replace(workshop.step('b'), check=lambda: unable)]
    said: list[str] = []
    assert possible(steps, workshop.stamps, said.append) == steps[:1]
    assert said == ['WARN  b left out: no pkg-config; fix: sudo apt install pkg-config']
    steps[1] = replace(steps[1], check=lambda: able)
    assert sorted(workshop.set_up(*possible(steps, workshop.stamps))) == ['a', 'b']


def test_a_machine_is_not_asked_about_an_optional_step_that_is_done(workshop: Workshop) -> None:
    unable = Finding(WARN, 'parts', 'no pkg-config', 'sudo apt install pkg-config')
    step = replace(workshop.step('a'), check=lambda: unable)
    workshop.set_up(step)
    said: list[str] = []
    assert possible([step], workshop.stamps, said.append) == [step]
    assert said == []


def test_an_optional_step_that_fails_is_said_stops_nothing_and_is_tried_again(
    workshop: Workshop,
) -> None:
    optional = replace(workshop.step('a'), check=lambda: Finding(OK, 'parts', ''))
    workshop.failing = {'a'}
    output = io.StringIO()
    run_steps([optional, workshop.step('b')], workshop.stamps, Board(output))
    assert 'a left out: a failed' in output.getvalue()
    assert sorted(workshop.ran) == ['a', 'b']
    workshop.failing = set()
    assert workshop.set_up(optional) == ['a again']


def test_steps_that_do_not_stand_on_each_other_run_at_the_same_time(workshop: Workshop) -> None:
    meeting = threading.Barrier(2)

    def meet(task: Task) -> None:
        meeting.wait(DEADLINE_S)

    steps = [Step(name, name, lambda: '', meet) for name in ('a', 'b')]
    run_steps(steps, workshop.stamps, Board(io.StringIO()))
    assert pending(steps, workshop.stamps) == []


def run_program(folder: Path, mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), mode], stderr=subprocess.PIPE, text=True
    )


def runs(folder: Path) -> list[str]:
    path = folder / 'runs'
    return path.read_text(encoding='utf-8').splitlines() if path.exists() else []


def test_a_set_up_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with run_program(tmp_path, 'block') as killed:
        assert wait_until(lambda: runs(tmp_path) == ['first', 'second'])
        killed.kill()
    with run_program(tmp_path, 'pass') as resumed:
        resumed.communicate(timeout=DEADLINE_S)
    assert resumed.returncode == 0
    assert runs(tmp_path) == ['first', 'second', 'second interrupted']
    with run_program(tmp_path, 'pass') as third:
        third.communicate(timeout=DEADLINE_S)
    assert len(runs(tmp_path)) == 3


def test_a_second_set_up_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    with run_program(tmp_path, 'block') as first:
        assert wait_until(lambda: len(runs(tmp_path)) == 2)
        with run_program(tmp_path, 'pass') as second:
            assert second.stderr is not None
            message = second.stderr.readline()
            assert f'process {first.pid}' in message
            assert len(runs(tmp_path)) == 2
            first.kill()
            second.communicate(timeout=DEADLINE_S)
        assert second.returncode == 0
    assert runs(tmp_path)[-1] == 'second interrupted'


def test_the_fingerprint_of_a_tree_sees_edits_and_ignores_caches(tmp_path: Path) -> None:
    file = tmp_path / 'tree' / 'file.msg'
    file.parent.mkdir()
    file.write_text('int32 a', encoding='utf-8')
    before = tree_fingerprint([file.parent])
    names_before = names_fingerprint(file.parent)
    (file.parent / '__pycache__').mkdir()
    (file.parent / '__pycache__' / 'x.pyc').touch()
    (file.parent / '.hidden').touch()
    assert tree_fingerprint([file.parent]) == before
    file.write_text('int32 b', encoding='utf-8')
    os.utime(file, ns=(1, 1))
    assert tree_fingerprint([file.parent]) != before
    assert names_fingerprint(file.parent) == names_before
    file.with_name('other.msg').touch()
    assert names_fingerprint(file.parent) != names_before
