"""Setup steps: what is out of date, in which order it runs, and how it survives being killed.

Contract
- A step is skipped when its stamp holds the key made from its inputs and from the stamps of the
  steps it stands on, and its outputs exist. So a step that ran again makes its followers run again.
- A stamp is written (atomically) only after its step succeeded. While a step runs, a mark beside
  the stamp says so: a step that finds the mark of an earlier run was killed or failed half-way, and
  is told by `Task.interrupted`, so that it can repair what it left.
- Steps whose prerequisites are done run at the same time, each on a thread of its own. When one
  fails, those that do not stand on it still run, then its error is raised. Ctrl-C ends them all.
- An optional step has a `check`: where that finds something missing, the step is left out with a
  word, and where the step fails, that is said and the others go on.
- `locked` lets one process at a time set up; the others wait, and say so.
"""

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.cli import child
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.progress import Row

REDRAW_S = 0.1


@dataclass(frozen=True)
class Task:
    """What a running step is handed."""

    row: Row
    interrupted: bool


@dataclass(frozen=True)
class Step:
    """One thing to set up.

    name     names the stamp; letters and dashes
    title    what the person reads
    inputs   fingerprint of everything the result depends on, cheap: it is read at every start
    run      does it; raises errors.CommandError
    after    names of the steps it stands on
    outputs  paths that must exist for the step to count as done
    disk_b   bytes that it adds to the disk, about
    check    of an optional step, which nothing may stand on: whether this machine can do it
    """

    name: str
    title: str
    inputs: Callable[[], str]
    run: Callable[[Task], None]
    after: tuple[str, ...] = ()
    outputs: tuple[Path, ...] = ()
    disk_b: int = 0
    check: Callable[[], Finding] | None = None


class Stamps:
    """The record of what has been done, one small file per step in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run_id(self, name: str) -> str:
        """Return what distinguishes the last successful run of step `name`; '' if there is none."""
        return self._read(name).get('run', '')

    def key(self, step: Step) -> str:
        """Return the key that `step` has to be stamped with to be up to date now."""
        parts = [step.inputs(), *(self.run_id(name) for name in step.after)]
        return hashlib.sha256('\0'.join(parts).encode()).hexdigest()

    def is_done(self, step: Step) -> bool:
        """Whether `step` is stamped for its present inputs and everything it made is there."""
        stamped = self._read(step.name).get('key') == self.key(step)
        return stamped and all(path.exists() for path in step.outputs)

    def start(self, step: Step) -> bool:
        """Mark `step` as begun. Returns whether an earlier run began and never succeeded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        mark = self._mark(step.name)
        interrupted = mark.exists()
        mark.touch()
        (self._folder / f'{step.name}.json').unlink(missing_ok=True)
        return interrupted

    def finish(self, step: Step, key: str) -> None:
        """Record the success of `step`."""
        path = self._folder / f'{step.name}.json'
        temporary = path.with_suffix(f'.{os.getpid()}.tmp')
        temporary.write_text(json.dumps({'key': key, 'run': uuid.uuid4().hex}), encoding='utf-8')
        temporary.replace(path)
        self._mark(step.name).unlink(missing_ok=True)

    def forget(self, *names: str) -> None:
        """Remove the stamps of these steps; the marks of steps under way stay."""
        for name in names:
            (self._folder / f'{name}.json').unlink(missing_ok=True)

    def _mark(self, name: str) -> Path:
        return self._folder / f'{name}.running'

    def _read(self, name: str) -> dict[str, str]:
        try:
            content = json.loads((self._folder / f'{name}.json').read_text(encoding='utf-8'))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content if isinstance(content, dict) else {}


def pending(steps: Sequence[Step], stamps: Stamps) -> list[Step]:
    """Return the steps that have to run, in order: the outdated ones and all that stand on them."""
    names: set[str] = set()
    result = []
    for step in steps:
        if names.intersection(step.after) or not stamps.is_done(step):
            names.add(step.name)
            result.append(step)
    return result


def possible(
    steps: Sequence[Step], stamps: Stamps, say: Callable[[str], None] = lambda line: None
) -> list[Step]:
    """Return `steps` without those optional ones that are to be done and cannot be; say which."""
    result = []
    for step in steps:
        if step.check is not None and not stamps.is_done(step):
            finding = step.check()
            if finding.level != OK:
                say(f'{finding.level}  {step.title} left out: {finding.text}; fix: {finding.fix}')
                continue
        result.append(step)
    return result


def run_steps(steps: Sequence[Step], stamps: Stamps, board: Board) -> None:
    """Run `steps` (in an order in which each stands on earlier ones only), in parallel if possible.

    Raises the first error of a step that is not optional, when nothing is left that does not stand
    on a failed one.
    """
    waiting = list(steps)
    unfinished = {step.name for step in steps}  # a failed step stays in it: nobody can stand on it
    running: dict[Future[None], Step] = {}
    errors: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=max(1, len(waiting))) as pool:
        try:
            while True:
                for step in [s for s in waiting if not unfinished.intersection(s.after)]:
                    waiting.remove(step)
                    running[pool.submit(_run, step, stamps, board)] = step
                if not running:
                    break
                done, _ = wait(running, timeout=REDRAW_S, return_when=FIRST_COMPLETED)
                board.draw()
                for future in done:
                    step = running.pop(future)
                    if (error := future.exception()) is None:
                        unfinished.discard(step.name)
                    elif step.check is not None and isinstance(error, CommandError):
                        board.say(f'{step.title} left out: {error}')
                    else:
                        errors.append(error)
        except BaseException:
            child.stop_all()
            raise
    if errors:
        raise errors[0]


def _run(step: Step, stamps: Stamps, board: Board) -> None:
    key = stamps.key(step)
    row = board.open(step.title)
    succeeded = False
    try:
        step.run(Task(row=row, interrupted=stamps.start(step)))
        stamps.finish(step, key)
        succeeded = True
    finally:
        board.close(row, succeeded=succeeded)


@contextmanager
def locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path`; while another process has it, wait and say so once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('a+', encoding='utf-8') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            say(f'Another ./bbia (process {file.read().strip() or "?"}) is setting up: waiting.')
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f'{os.getpid()}\n')
        file.flush()
        yield


def tree_fingerprint(paths: Iterable[Path]) -> str:
    """Return a digest of the names, sizes and change times of all files at and below `paths`.

    Reads no file. Hidden entries and `__pycache__` are left out; a missing path counts as absent.
    """
    digest = hashlib.sha256()
    for path in paths:
        for entry in _files(path):
            status = os.stat(entry)
            digest.update(f'{entry}\0{status.st_size}\0{status.st_mtime_ns}\n'.encode())
    return digest.hexdigest()


def names_fingerprint(folder: Path) -> str:
    """Return a digest of the names of all files below `folder`, whatever is in them."""
    return hashlib.sha256('\n'.join(_files(folder)).encode()).hexdigest()


def _files(path: Path) -> Iterator[str]:
    if path.is_file():
        yield str(path)
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(n for n in folders if not n.startswith('.') and n != '__pycache__')
        for name in sorted(files):
            if not name.startswith('.'):
                yield os.path.join(folder, name)


def file_digest(path: Path) -> str:
    """Return a digest of the content of the file `path`."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
