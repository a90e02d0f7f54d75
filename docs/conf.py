"""The documentation site: Sphinx with MyST, built by `./bbia docs`.

The source folder is the repository itself (`sphinx-build -c docs . OUTPUT`), so every relative link
leads to the same file in the site as it does in the repository. README.md is the front page. What
is no page, such as a program in bench/, becomes a download. A link or an anchor that leads nowhere
is a warning, and `./bbia docs` makes errors of warnings.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

project = 'bbia_sim_ros'
author = 'bbia_sim_ros maintainers'
copyright = 'bbia_sim_ros maintainers, Apache-2.0'
extensions = ['myst_parser']
html_theme = 'furo'
html_title = project
html_copy_source = False

# Everything at the top but the pages; a folder is not even looked into.
_ROOT = Path(__file__).resolve().parent.parent
_TOP_PAGES = ('README', 'CHANGELOG', 'CONTRIBUTING', 'QUALITY_DECLARATION')
root_doc = _TOP_PAGES[0]
exclude_patterns = [
    path.name
    for path in _ROOT.iterdir()
    if path.name != 'docs' and path.name not in {f'{page}.md' for page in _TOP_PAGES}
]

myst_heading_anchors = 4
myst_enable_extensions = ['tasklist']
# GitHub colours what it knows and leaves the rest alone.
suppress_warnings = ['misc.highlighting_failure']

# The menu; a page that is in none of these lists is a warning of Sphinx.
_MENU = {
    'Begin': ('docs/tutorial', 'docs/faq', 'docs/real_robot', 'docs/two_hosts'),
    'The robot': ('docs/simulation', 'docs/motion', 'docs/camera', 'docs/conformance'),
    'Senses and mind': (
        'docs/microphone',
        'docs/hearing',
        'docs/speech',
        'docs/vision',
        'docs/chat',
        'docs/commands',
        'docs/models',
        'docs/behaviors',
    ),
    'Seen and steered': ('docs/dashboard', 'docs/bridge', 'docs/fleet'),
    'It stays up': (
        'docs/supervision',
        'docs/endurance',
        'docs/monitoring',
        'docs/recording',
        'docs/security',
    ),
    'Reference': ('docs/topics', 'docs/parameters', 'docs/performance'),
    'Inside': ('docs/architecture', 'docs/porting', *_TOP_PAGES[1:]),
}


def _with_menu(app: Any, page: str, source: list[str]) -> None:
    """Add the menu to the front page, where GitHub would show it as text."""
    if page != root_doc:
        return
    for caption, pages in _MENU.items():
        there = [f'/{name}' for name in pages if (_ROOT / f'{name}.md').is_file()]
        lines = ['', '```{toctree}', ':hidden:', f':caption: {caption}', '', *there, '```', '']
        source[0] += '\n'.join(lines)


def _with_index(app: Any, error: Exception | None) -> None:
    """Let the front page also be what a web server shows for the folder."""
    if error is None and app.builder.name == 'html':
        folder = Path(app.outdir)
        shutil.copyfile(folder / f'{root_doc}.html', folder / 'index.html')


def setup(app: Any) -> None:
    """Connect the two; called by Sphinx."""
    app.connect('source-read', _with_menu)
    app.connect('build-finished', _with_index)
