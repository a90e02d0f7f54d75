#!/usr/bin/env python3
"""Write requirements.lock, requirements-core.lock, daemon.lock and docs.lock from the *.in here.

    requirements/lock.py             keep the present pins where they still fit
    requirements/lock.py --upgrade   take the newest of everything that *.in does not pin

Resolved by uv for Python 3.11 on x86-64 Linux, the one platform that the ROS 2 wheels exist for;
the pins hold for Python 3.12 as well. The CPU build of torch is what is resolved, so that no CUDA
package enters the lock: `./bbia` lets uv choose the build for the machine at hand. Local version
parts (`+cpu`) are cut off for the same reason. The core lock is resolved with the full lock as
its constraint, so the two can only agree. The official daemon and the documentation have
environments of their own, so their locks are resolved by themselves. PyGObject of the daemon has to
be built to tell its dependencies, with the Debian packages that daemon.in names.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from bbia_sim_ros.cli.uv import find_uv  # noqa: E402
from bbia_sim_ros.cli.uv import local_wheel  # noqa: E402
from bbia_sim_ros.cli.uv import uv_environment  # noqa: E402

HEADER = '# Written by requirements/lock.py from {source}; do not edit.\n'


def resolve(source: Path, lock: Path, *, more: list[str]) -> None:
    """Write the pins of `source` to `lock`, one 'name==version' a line, sorted by name."""
    known = lock.read_text(encoding='utf-8') if lock.exists() else ''
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, lock.name)  # uv keeps the pins that it finds here
        output.write_text(re.sub(r'^torch==.*\n', '', known, flags=re.MULTILINE), encoding='utf-8')
        command = [
            str(find_uv(ROOT / '.bbia')), 'pip', 'compile', str(source), '-o', str(output),
            '--config-file', str(HERE / 'uv.toml'),
            '--python-version', '3.11',
            '--python-platform', 'x86_64-manylinux_2_28',
            '--no-header', '--no-annotate', '--quiet', *more,
        ]  # fmt: skip
        variables = uv_environment(os.environ, state=ROOT / '.bbia')
        result = subprocess.run(command, check=False, env=variables, stdout=subprocess.DEVNULL)
        if result.returncode != 0:
            raise SystemExit(f'uv could not resolve {source.name}: see its message above')
        pins = re.sub(r'\+[a-z0-9.]+$', '', output.read_text(encoding='utf-8'), flags=re.MULTILINE)
    pins = re.sub(r'^#.*\n', '', pins, flags=re.MULTILINE)
    lock.write_text(HEADER.format(source=source.relative_to(ROOT)) + pins, encoding='utf-8')
    print(f'{lock.name}: {pins.count("==")} packages')


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--upgrade', action='store_true', help='do not keep the present pins')
    more = ['--upgrade'] if parser.parse_args().upgrade else []
    if local_wheel('torch-', tag='cp311', environ=os.environ) is None:
        more += ['--torch-backend', 'cpu']
    full = ROOT / 'requirements.lock'
    ours = [*more, '--override', str(HERE / 'overrides.txt')]
    resolve(HERE / 'full.in', full, more=ours)
    ours += ['--constraint', str(full)]
    resolve(HERE / 'core.in', ROOT / 'requirements-core.lock', more=ours)
    resolve(HERE / 'daemon.in', HERE / 'daemon.lock', more=more)
    resolve(HERE / 'docs.in', HERE / 'docs.lock', more=more)


if __name__ == '__main__':
    main()
