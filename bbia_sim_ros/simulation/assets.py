"""The robot's model files: found in the official wheel, prepared once, kept in a cache.

Contract
    Nothing of the robot is part of this package. ``prepare`` takes the MJCF, the URDF, the meshes
    and the kinematics data from the installed wheel `reachy-mini` (found without importing it) and
    writes what the simulator and RViz need into one folder per wheel and preparation version:
    ``$BBIA_CACHE_DIR``, or ``$XDG_CACHE_HOME/bbia_sim_ros``, or ``~/.cache/bbia_sim_ros``.
    A folder appears under its final name only when it is whole (written beside it, then renamed),
    and a manifest with the size of every file is checked on each call, in a few milliseconds.
    Any number of processes may call at once: a file lock lets one of them work.

    ``python -m bbia_sim_ros.simulation.assets`` prepares and prints the folder.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.simulation.errors import AssetError

PREPARATION_VERSION = 2
MANIFEST = 'manifest.json'
WHEEL = 'reachy-mini'

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Source:
    """Where the official files are: the folder of the installed package `reachy_mini`."""

    package: Path
    version: str

    @property
    def mjcf(self) -> Path:
        """Folder of the official MJCF files."""
        return self.package / 'descriptions' / 'reachy_mini' / 'mjcf'

    @property
    def urdf(self) -> Path:
        """The official URDF."""
        return self.package / 'descriptions' / 'reachy_mini' / 'urdf' / 'robot.urdf'

    @property
    def kinematics_data(self) -> Path:
        """The official kinematics data."""
        return self.package / 'assets' / 'kinematics_data.json'

    @property
    def key(self) -> str:
        """Name of the cache folder: changes with the wheel's files and with our preparation."""
        digest = hashlib.sha256()
        for path in (self.mjcf / 'reachy_mini.xml', self.urdf, self.kinematics_data):
            digest.update(path.read_bytes())
        return f'reachy_mini-{self.version}-{digest.hexdigest()[:8]}-p{PREPARATION_VERSION}'


@dataclass(frozen=True)
class Assets:
    """The prepared files, all below `root`."""

    root: Path

    @property
    def physics_robot(self) -> Path:
        """MJCF of the robot for physics: collision shapes only, our damping and servos."""
        return self.root / 'physics.xml'

    @property
    def camera_robot(self) -> Path:
        """MJCF of the robot for pictures: simplified visual meshes, no collision shapes."""
        return self.root / 'camera.xml'

    @property
    def table_scene(self) -> Path:
        """MJCF of the official table with a croissant, an apple and a duck, without the robot."""
        return self.root / 'table.xml'

    @property
    def postures(self) -> Path:
        """JSON: for each keyframe the qpos of every joint of the robot, loops closed, at rest."""
        return self.root / 'postures.json'

    @property
    def urdf(self) -> Path:
        """URDF with absolute file:// URIs of the simplified meshes."""
        return self.root / 'robot.urdf'

    @property
    def urdf_xacro(self) -> Path:
        """The same links and joints as a file for `xacro:include`."""
        return self.root / 'reachy_mini.urdf.xacro'

    @property
    def kinematics_data(self) -> Path:
        """Copy of the official kinematics data."""
        return self.root / 'kinematics_data.json'


def find_source() -> Source:
    """Find the official files without importing their package.

    Raises
    ------
    AssetError
        The wheel is not installed, or files are missing from it.

    """
    spec = importlib.util.find_spec('reachy_mini')
    if spec is None or not spec.submodule_search_locations:
        raise AssetError(
            f'the robot model comes from the package {WHEEL}, which is not installed here; '
            f'install it with: pip install --no-deps {WHEEL}==1.13.0'
        )
    try:
        version = importlib.metadata.version(WHEEL)
    except importlib.metadata.PackageNotFoundError:
        version = 'unversioned'
    source = Source(Path(next(iter(spec.submodule_search_locations))), version)
    for path in (source.mjcf / 'reachy_mini.xml', source.urdf, source.kinematics_data):
        if not path.is_file():
            raise AssetError(
                f'{path} is missing from {WHEEL} {version}; reinstall it with: '
                f'pip install --force-reinstall --no-deps {WHEEL}==1.13.0'
            )
    return source


def default_cache_dir() -> Path:
    """Return the cache folder: see the module's contract."""
    chosen = os.environ.get('BBIA_CACHE_DIR')
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get('XDG_CACHE_HOME')
    return (Path(base) if base else Path.home() / '.cache').absolute() / 'bbia_sim_ros'


def prepare(cache_dir: Path | None = None, progress: Progress | None = None) -> Assets:
    """Return the prepared assets, making them if they are not there yet (some seconds, once).

    Parameters
    ----------
    cache_dir:
        Folder to keep them in; None takes `default_cache_dir`.
    progress:
        Called with (steps done, steps in all, what is in hand) while preparing.

    Raises
    ------
    AssetError
        The wheel is absent or damaged, or the cache cannot be written (read-only, disk full).

    """
    source = find_source()
    cache = cache_dir or default_cache_dir()
    final = cache / source.key
    if _is_whole(final):
        return Assets(final)
    try:
        with _locked(cache):
            if not _is_whole(final):
                _make(source, final, progress)
    except OSError as error:
        raise AssetError(_explain(error, cache)) from error
    return Assets(final)


def _make(source: Source, final: Path, progress: Progress | None) -> None:
    # Imported here: the mesh library and MuJoCo are slow to load; a prepared cache needs neither.
    from bbia_sim_ros.simulation.preparation import write_all  # noqa: PLC0415

    for leftover in final.parent.glob('.making-*'):
        shutil.rmtree(leftover)
    making = Path(tempfile.mkdtemp(prefix='.making-', dir=final.parent))
    try:
        write_all(source, making, final, progress or (lambda done, total, what: None))
        files = sorted(path for path in making.rglob('*') if path.is_file())
        manifest = {
            'root': str(final),
            'files': {str(path.relative_to(making)): path.stat().st_size for path in files},
        }
        (making / MANIFEST).write_text(json.dumps(manifest, indent=1))
        making.chmod(0o755)
        if final.exists():
            shutil.rmtree(final)
        making.rename(final)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _is_whole(folder: Path) -> bool:
    """Say whether every file is there with its size, made for this very path."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        return manifest['root'] == str(folder) and all(
            (folder / name).stat().st_size == size for name, size in manifest['files'].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / '.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _explain(error: OSError, cache: Path) -> str:
    where = error.filename or cache
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f'the robot model cannot be written to {where} ({error.strerror}); '
            'set BBIA_CACHE_DIR to a folder that you may write to'
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f'no room left for the robot model in {cache} ({error.strerror}); free 20 MB there, '
            'or set BBIA_CACHE_DIR to a folder on another disk'
        )
    return f'preparing the robot model in {cache} failed: {error}'


def main(arguments: list[str] | None = None) -> int:
    """Prepare the assets and print their folder."""
    parser = argparse.ArgumentParser(prog='assets', description='Prepare the robot model files.')
    parser.add_argument('--cache-dir', type=Path, help='instead of $BBIA_CACHE_DIR')
    parser.add_argument(
        '--progress', action='store_true', help='print lines: PROGRESS <done> <total> <what>'
    )
    options = parser.parse_args(arguments)

    def report(done: int, total: int, what: str) -> None:
        text = f'PROGRESS {done} {total} {what}' if options.progress else f'[{done}/{total}] {what}'
        print(text, flush=True)

    try:
        assets = prepare(options.cache_dir, report)
    except AssetError as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    print(assets.root)
    return 0


if __name__ == '__main__':
    sys.exit(main())
