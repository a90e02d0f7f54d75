"""The documentation site: its environment, building it strictly, and showing it.

Contract: Sphinx lives in an environment of its own, `.bbia/docs-venv`, made anew whenever
requirements/docs.lock changes, so that the main one stays small. `build` writes `.bbia/site`. A
link, an anchor or a picture that leads nowhere, and a page that the menu lacks, are errors. Links
to other web sites are looked at by `check_outside` alone, which needs a network.
"""

import functools
import subprocess
from pathlib import Path

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.packages import MEGABYTE
from bbia_sim_ros.cli.packages import create_venv
from bbia_sim_ros.cli.packages import run_uv
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import file_digest
from bbia_sim_ros.cli.uv import find_uv

LOCK = Path('requirements', 'docs.lock')
DEFAULT_PORT = 8088


def documentation_steps(layout: Layout) -> list[Step]:
    """Return the step that makes the environment; it stands on nothing else."""
    return [
        Step(
            name='docs',
            title='Sphinx for the documentation',
            inputs=lambda: f'{layout.root} {file_digest(layout.root / LOCK)}',
            run=lambda task: _make(layout, task),
            outputs=(_python(layout),),
            disk_b=100 * MEGABYTE,
        )
    ]


def build(layout: Layout) -> Path:
    """Build the site and return its front page. Raises CommandError after Sphinx named errors."""
    _sphinx(layout, 'html', layout.site)
    return layout.site / 'index.html'


def check_outside(layout: Layout) -> None:
    """Ask every web address that a page links to. Raises CommandError after naming dead ones."""
    _sphinx(layout, 'linkcheck', layout.state / 'linkcheck')


def serve(layout: Layout, port: int) -> None:
    """Show the built site to this computer's browsers until Ctrl-C. OSError: the port is taken."""
    import http.server  # noqa: PLC0415 - `./bbia up` runs for days without it

    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(layout.site))
    with http.server.ThreadingHTTPServer(('127.0.0.1', port), handler) as server:
        print(f'http://127.0.0.1:{server.server_port} until Ctrl-C', flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _make(layout: Layout, task: Task) -> None:
    create_venv(layout, layout.docs_venv, prompt='docs', row=task.row)
    command: list[str | Path] = [find_uv(layout.state), 'pip', 'install', '--no-deps']
    command += ['--python', _python(layout), '-r', layout.root / LOCK]
    run_uv(layout, command, log='docs.log', row=task.row)


def _sphinx(layout: Layout, builder: str, output: Path) -> None:
    # -E, -a: an old build would not warn again of what it has seen.
    command: list[str | Path] = [_python(layout), '-I', '-m', 'sphinx', '-q', '-E', '-a']
    command += ['-W', '--keep-going', '-b', builder, '-c', layout.root / 'docs']
    command += ['-d', layout.state / 'doctrees', layout.root, output]
    if subprocess.run(command, check=False, cwd=layout.root).returncode != 0:
        raise CommandError('the documentation has errors, see above')


def _python(layout: Layout) -> Path:
    return layout.docs_venv / 'bin' / 'python'
