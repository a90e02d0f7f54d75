"""The checks of the folders that the stack writes to: room, permission, and who else can read them.

Contract: nothing is changed but a probe file in each folder, or in the nearest one that exists,
removed again. Which folders these are follows from environment variables; a folder that is named by
a parameter or on the command line (conversations, a recording's `-o`) is checked where it is used.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import Runtime
from bbia_sim_ros.cli.probes import run_probe
from bbia_sim_ros.cli.recording_arguments import DEFAULT_MB

MB = 10**6
GIB = 2**30
OTHERS = 0o077
STATE_PROBE = """
from bbia_sim_ros.robot.lasting_state import LastingState
state = LastingState(0, 'bbia_doctor')
print(state.path.parent)
state.load()
"""


@dataclass(frozen=True, kw_only=True)
class Store:
    """A folder that something is kept in.

    name    of the finding
    need_b  the room that it should have, bytes
    fix     how to have it elsewhere
    level   of the finding when it cannot be written to
    """

    name: str
    folder: Path
    need_b: int
    fix: str
    level: str = WARN


def stores(variables: Mapping[str, str], here: Path) -> list[Store]:
    """Return the folders for these environment variables and the working directory `here`."""
    home = _home(variables)
    cache = Path(variables.get('XDG_CACHE_HOME') or home / '.cache')
    hub = Path(variables.get('HF_HOME') or cache / 'huggingface')
    ros = Path(variables.get('ROS_HOME') or home / '.ros')
    return [
        Store(
            name='cache',
            folder=Path(variables.get('BBIA_CACHE_DIR') or cache / 'bbia_sim_ros'),
            need_b=100 * MB,
            fix='set BBIA_CACHE_DIR to a folder that you may write to, with 100 MB to spare',
            level=FAIL,  # the robot's model is in it
        ),
        Store(
            name='logs',
            folder=Path(variables.get('ROS_LOG_DIR') or ros / 'log'),
            need_b=100 * MB,
            fix='set ROS_LOG_DIR to a folder that you may write to, or remove old logs',
            level=FAIL,  # no node starts without
        ),
        Store(
            name='data',
            folder=data_folder(variables),
            need_b=100 * MB,
            fix='set XDG_DATA_HOME to a folder that you may write to, with 100 MB to spare',
        ),
        Store(
            name='models',
            folder=Path(variables.get('HF_HUB_CACHE') or hub / 'hub'),
            need_b=2 * GIB,  # a small chat model and a Whisper
            fix='set HF_HOME to a folder of yours on a larger disk: models take gigabytes',
        ),
        Store(
            name='recordings',
            folder=here,
            need_b=int(DEFAULT_MB * MB),
            fix='./bbia record -o FOLDER on another disk, or a smaller --max-size',
        ),
    ]


def data_folder(variables: Mapping[str, str]) -> Path:
    """Return where behaviors, pictures and moves are kept unless a parameter names a folder."""
    share = variables.get('XDG_DATA_HOME') or _home(variables) / '.local' / 'share'
    return Path(share) / 'bbia_sim_ros'


def _home(variables: Mapping[str, str]) -> Path:
    # Unlike Path.home it leaves an unknown home as it is.
    return Path(variables.get('HOME') or os.path.expanduser('~'))


def check_store(store: Store) -> Finding:
    """The folder can be written to, or be made, and has room."""
    problem = _problem(store.folder)
    if problem:
        return Finding(store.level, store.name, problem, store.fix)
    free_b = shutil.disk_usage(_nearest(store.folder)).free
    text = f'{free_b / GIB:.1f} GiB free for {store.folder}'
    if free_b >= store.need_b:
        return Finding(OK, store.name, text)
    return Finding(WARN, store.name, f'{text}, {store.need_b / GIB:.1f} are wanted', store.fix)


def _problem(folder: Path) -> str:
    """Return why nothing can be kept in `folder`, which need not exist yet; '' when it can."""
    try:
        return writing_problem(_nearest(folder))
    except OSError as error:
        return f'{folder}: {error.strerror}'


def _nearest(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def writing_problem(folder: Path) -> str:
    """Return why no file can be made in `folder`; '' when one can."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix='bbia_doctor_'):
            return ''
    except OSError as error:
        return f'{folder} cannot be written to: {error.strerror}'


def check_private(folder: Path) -> Finding:
    """What the robot keeps of people is for this account alone."""
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return Finding(NOT_APPLICABLE, 'private', f'nothing is kept in {folder} yet')
    except OSError as error:
        fix = f'sudo chown -R "$USER" "{folder}"'
        return Finding(WARN, 'private', f'{folder}: {error.strerror}', fix)
    if not mode & OTHERS:
        return Finding(OK, 'private', f'{folder} is yours alone')
    text = f'other accounts can look into {folder} (mode {mode & 0o777:o})'
    return Finding(WARN, 'private', text, f'chmod go= "{folder}", unless you meant it')


def check_lasting_state(runtime: Runtime) -> Finding:
    """An emergency stop outlives a crash: its file can be kept, and nobody else can write it."""
    answer = run_probe(runtime, STATE_PROBE)
    if not answer.output:
        return Finding(WARN, 'state', answer.error, runtime.set_up)
    folder = Path(answer.output.splitlines()[-1])
    problem = answer.error.rpartition('LastingStateError: ')[2] or _problem(folder)
    if not problem:
        return Finding(OK, 'state', f'an emergency stop outlives a crash, in {folder}')
    return Finding(WARN, 'state', problem, 'set BBIA_RUNTIME_DIR to a new folder of yours')
